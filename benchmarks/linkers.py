"""Run the tools: Trilink as a user would, the peers in their own environment; each hands in its ranked pairs and its seconds."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from benchmarks.possible import possible_matches

PEERS = {"splink": "Splink, clear text", "ecm": "recordlinkage ECM, clear text", "anonlink": "anonlink, CLK"}
NAMES = PEERS | {"trilink": "Trilink, encoded"}
PEERS_PYTHON = Path(".venv-peers/bin/python")
MATCHING = ("encode", "link", "regroup", "cluster")  # of a rehearsal's steps


class Result(NamedTuple):
    """Ranked pairs (`peers.tables`), seconds from tidy tables to decided pairs, over all entity types, and versions; of Trilink alone what
    the rehearsal's scoreboard says, by entity type."""

    pairs: pd.DataFrame
    seconds: float
    versions: dict[str, str]
    scoreboard: dict[str, Any]


class LeftOut(NamedTuple):
    """A tool that did not run, and why."""

    reason: str


def run_tool(tool: str, data: Path, setting: str, out: Path) -> Result | LeftOut:
    """Run one tool on one data set; what it writes stays in `out`."""
    return _trilink(data, out / "rehearsal") if tool == "trilink" else _peer(tool, data, setting, out)


def _peer(peer: str, data: Path, setting: str, out: Path) -> Result | LeftOut:
    """A peer in the peers' environment, or in our own where there is none and it happens to be here too."""
    out.mkdir(parents=True, exist_ok=True)
    table = out / f"{peer}.csv"
    python = PEERS_PYTHON if PEERS_PYTHON.exists() else Path(sys.executable)
    command = [str(python), "-W", "ignore", "-m", f"benchmarks.peers.{peer}", str(data), setting, str(table)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return LeftOut(f"{last} (`make .venv-peers/ready` installs the peers)" if "No module named" in last else last)
    report = json.loads(done.stdout.splitlines()[-1])
    return Result(pd.read_csv(table, dtype={"record_a": str, "record_b": str}), sum(report["seconds"].values()), report["versions"], {})


def _trilink(data: Path, out: Path) -> Result | LeftOut:
    command = [sys.executable, "-m", "flows.command_line", "rehearse", "--data", str(data), "--out", str(out), "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return LeftOut((done.stderr.strip().splitlines() or ["no message"])[-1])
    steps = json.loads((out / "timings.json").read_text(encoding="utf-8"))
    seconds = sum(row["seconds"] for row in steps if row["step"] in MATCHING)
    scoreboard = json.loads((out / "scoreboard.json").read_text(encoding="utf-8"))["entities"]
    return Result(possible_matches(out), seconds, {"trilink": importlib.metadata.version("trilink")}, scoreboard)
