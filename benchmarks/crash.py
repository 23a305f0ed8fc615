"""A small rehearsal stopped at every change of the disk, run to its end, and compared: ``python -m benchmarks.crash``.

Of every change: as a killed process leaves it, with half of a write on the disk, and after power cuts that take what was not synced; at
every fiftieth a process is really killed, so that the copies are known to be what a kill leaves. The tests run a sample
(tests/e2e/test_survival.py). ``--from`` and ``--to`` take a part of the points, ``--step`` every so manieth.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.crashing import WAYS, Crashing

KILLED_EVERY = 50


def main() -> None:
    """Print every difference as it is found, then a table; exit code 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", type=int, default=0, dest="first", help="number of the first change")
    parser.add_argument("--to", type=int, default=10**9, dest="last", help="number of the change to stop before")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    said = parser.parse_args()

    def chosen(number: int, how: str) -> bool:
        step = said.step * KILLED_EVERY if how == "signal" else said.step
        return said.first <= number < said.last and number % step == 0

    started, counts, different = time.monotonic(), Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        crashing = Crashing(Path(folder)).prepare()
        with suppress(KeyboardInterrupt):  # what was found so far is said
            for outcome in crashing.run(chosen, said.workers):
                counts[outcome.point.how] += 1
                different[outcome.point.how] += bool(outcome.found)
                for line in outcome.found[:5]:
                    print(
                        f"{outcome.point.how} at change {outcome.point.number}, {outcome.point.change}: {line}", file=sys.stderr, flush=True
                    )
    print(f"{crashing.changes:,} changes of the disk; {sum(counts.values()):,} points in {time.monotonic() - started:.0f} s\n")
    print("| what lies there | points | not the same after a rerun |\n| --- | ---: | ---: |")
    for how, leaves in WAYS.items():
        print(f"| {leaves} | {counts[how]:,} | {different[how]:,} |")
    sys.exit(1 if sum(different.values()) else 0)


if __name__ == "__main__":
    main()
