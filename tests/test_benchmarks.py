"""The benchmarks run on little data, so that they cannot rot; their figures mean nothing here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


COMMANDS = [
    ("benchmarks.speed", "--tiny"),
    ("benchmarks.encode", "--tiny"),
    ("benchmarks.link", "--tiny"),
    ("benchmarks.privacy", "--tiny"),
    ("benchmarks.scale", "--tiny"),
    ("benchmarks.quality", "--tiny", "--tools", "ecm", "splink", "--data", "febrl4-no-ssn", "fake-1000"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_it_prints_a_table(command: tuple[str, ...], tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("|") > 20
