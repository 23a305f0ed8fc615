"""How long the unit takes from sealed packages to sealed lists, and with how much memory, as the number of records grows.

    python -m benchmarks.scale [--sizes 30000,100000] [--entities suspect,firearm] [--full] [--work DIR] [--peer-python P] [--steps ...]

For each size and entity type: an invented corpus of three owners (`lean_tables`), keys, packages and answers made by the owners' own flows,
the unit's flows in two processes (before and after the owners answer), and beside them Splink in clear text with the very same blocking
keys (`clear_keys`, `peers.splink_keys`). Every step is a process of its own (`scale_steps`). What lies in ``--work`` is not made again,
but the unit and the peer run anew; so a large size may be done in pieces with ``--steps``. ``--tiny`` runs on little data, so that the
script cannot rot.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.lean_tables import write_lean
from benchmarks.scale_steps import OWNERS, perform

STEPS = ("make", "encode", "unit", "peer")
UNIT = ("take packages in", "compare", "learn", "ask", "take answers in", "decide and list")
ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, Any]


class Run:
    """One size and entity type in a folder of its own."""

    def __init__(self, folder: Path, rows: int, entity: str, options: argparse.Namespace) -> None:
        self.folder, self.rows, self.entity, self.options = folder, rows, entity, options
        self.out = folder / entity

    def figures(self) -> Iterator[Row]:
        """Do the steps that were asked for; yields what the unit and the peer took."""
        if "make" in self.options.steps and not (self.folder / "data").is_dir():
            write_lean(self.folder, self.rows, self.options.full)
        if "encode" in self.options.steps:
            self._owners()
        if "unit" in self.options.steps:
            yield from self._step("link")
            for owner in OWNERS:
                yield from self._step("regroup", owner)
            yield from self._step("cluster")
        if "peer" in self.options.steps and self.options.peer_python.exists():
            yield from self._peer()

    def _owners(self) -> None:
        if not (self.out / "exchange").is_dir():
            list(self._step("prepare"))
        for owner in OWNERS:
            if not list(self.out.glob(f"exchange/package.*.{owner}.*.sealed")):
                list(self._step("encode", owner))

    def _step(self, step: str, *owner: str) -> Iterator[Row]:
        if self.options.tiny:
            yield from perform(step, self.folder, self.entity, *owner)
            return
        command = [sys.executable, "-m", "benchmarks.scale_steps", step, str(self.folder), self.entity, *owner]
        yield from _rows(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)

    def _peer(self) -> Iterator[Row]:
        for owner in OWNERS:
            if not (self.out / "keys" / f"{owner}.parquet").exists():
                list(self._step("keys", owner))
        command = [str(self.options.peer_python), "-W", "ignore", "-m", "benchmarks.peers.splink_keys", str(self.folder / "data"),
                   self.entity, str(self.out / "keys")]  # fmt: skip
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        yield from _rows(done.stdout.splitlines()[-1])


def _rows(printed: str) -> Iterator[Row]:
    for line in printed.splitlines():
        yield json.loads(line)


def lines(run: Run) -> Iterator[str]:
    """Rows of the table about one size and entity type."""
    unit: list[Row] = []
    for row in run.figures():
        if row["part"] in UNIT or row["step"] == "peer":
            yield _line(run, row)
        if row["part"] in UNIT:
            unit.append(row)
    if unit:
        together = {name: sum(row[name] for row in unit) for name in ("seconds", "processor")}
        yield _line(run, {"part": "**unit, together**", "peak_mib": max(row["peak_mib"] for row in unit), **together})


def _line(run: Run, row: Row) -> str:
    figures = f"{row['seconds']:.1f} | {row['processor']:.1f} | {1e6 * row['processor'] / (3 * run.rows):.0f} | {row['peak_mib']:,}"
    return f"| {run.entity} | {run.rows:,} | {row['part']} | {figures} | {os.getloadavg()[0]:.1f} |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="30000,100000", help="records of each owner, separated by commas")
    parser.add_argument("--entities", default="suspect,firearm")
    parser.add_argument("--full", action="store_true", help="suspects with all their columns")
    parser.add_argument("--tiny", action="store_true", help="little data, all in one process, for CI")
    parser.add_argument("--work", type=Path, help="keep tables, packages and results here")
    parser.add_argument("--steps", default=",".join(STEPS), type=lambda text: text.split(","), help=f"some of {', '.join(STEPS)}")
    parser.add_argument("--peer-python", type=Path, default=ROOT / ".venv-peers" / "bin" / "python", help="where Splink is installed")
    options = parser.parse_args()
    columns = "entity", "records an owner", "step", "s", "processor s", "processor µs a record", "peak MiB", "load"
    print(f"| {' | '.join(columns)} |\n| --- | ---: | --- | {' | '.join('---:' for _ in columns[3:])} |")
    with tempfile.TemporaryDirectory() as scratch:
        for rows in [100] if options.tiny else [int(size) for size in options.sizes.split(",")]:
            for entity in ["suspect"] if options.tiny else options.entities.split(","):
                folder = (options.work or Path(scratch)) / f"{rows}{'-full' if options.full else ''}"
                for line in lines(Run(folder, rows, entity, options)):
                    print(line, flush=True)
    print(f"\nPython {platform.python_version()} on {platform.system()} {platform.machine()}, {len(os.sched_getaffinity(0))} cores, once.")


if __name__ == "__main__":
    main()
