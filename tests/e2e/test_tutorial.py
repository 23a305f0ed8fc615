"""The tutorial's commands, as they stand there, in an empty folder."""

import csv
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from linkage.protocol.exchange_rules import ExchangeFolders, WatchRule
from tests.conftest import Trilink

ROOT = Path(__file__).resolve().parents[2]
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    return [body for found, body in BLOCKS.findall((ROOT / "docs" / page).read_text(encoding="utf-8")) if found == language]


@pytest.mark.e2e
def test_every_command_of_the_tutorial(trilink: Trilink, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    shim = tmp_path / "bin" / "trilink"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flows.command_line "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    empty = tmp_path / "empty"
    empty.mkdir()
    script = "set -eu\n" + "\n".join(blocks("tutorial.md", "bash"))
    environment = trilink.environment | {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], cwd=empty, env=environment, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with (empty / "run" / "links.csv").open(encoding="utf-8", newline="") as file:
        assert {(row["record_a"], row["record_b"]) for row in csv.DictReader(file)} == {("M-1", "U-1"), ("M-3", "U-2")}


def test_profiles_of_the_operator_s_page_are_read() -> None:
    unit, owner = (tomllib.loads(block) for block in blocks("how-to-operate.md", "toml"))
    assert ExchangeFolders.model_validate(unit["exchange"]).send.keys() == {"mx", "ca"}
    assert WatchRule.model_validate(unit["watch"]).deadlines["2026-11"].year == 2026
    assert WatchRule.model_validate(owner["watch"]).epochs == ("2026-11",)
