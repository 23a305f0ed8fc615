"""Killed at a write and run again, the main job ends as if nothing had happened."""

from pathlib import Path

import pytest

from tests.conftest import Trilink

pytestmark = pytest.mark.e2e

KILL = """
import os, signal, sys, importlib
module, function, call = sys.argv[1], sys.argv[2], int(sys.argv[3])
room = importlib.import_module(module)
honest, calls = getattr(room, function), []
def killed(*arguments, **named):
    calls.append(1)
    if len(calls) == call:
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(*arguments, **named)
setattr(room, function, killed)
from flows.command_line import app
sys.argv = ["trilink", *sys.argv[4:]]
app()
"""

PLACES = [  # room, function, at which call
    ("linkage.owner.release", "seal", 4),
    ("linkage.unit.intake", "write_json", 5),
    ("linkage.unit.comparison", "table_bytes", 6),
    ("linkage.unit.issuing", "seal", 2),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place[0]}.{place[1]}")
def test_killed_and_run_again_gives_the_same(
    place: tuple[str, str, int], rehearsed: Path, canary_corpus: Path, trilink: Trilink, tmp_path: Path
) -> None:
    arguments = ("rehearse", "--data", canary_corpus, "--out", tmp_path / "out", "--seed", 7)
    killed = trilink.python(KILL, *place, *arguments)
    assert killed.returncode == -9, killed.stderr
    done = trilink(*arguments)
    assert done.returncode == 0, done.stderr
    for name in ("links.csv", "clusters.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (rehearsed / name).read_bytes()
    leftovers = [path for path in (tmp_path / "out").rglob(".*") if path.name.startswith((".intake", ".encoding"))]
    assert leftovers == []
