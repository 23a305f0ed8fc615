"""Epochs without a person, with faults drawn at random, beside a twin to which nothing happens: ``python -m benchmarks.soak``.

Invented people, a fifth of every table exchanged from epoch to epoch; four parties with a process, a home and exchange folders each.
``--out`` writes the table that is printed into a page.
"""

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.ending import end_in_order
from tests.soaking import Soak

HEADER = """# {epochs} epochs unattended

Made by `python -m benchmarks.soak --epochs {epochs} --seed {seed} --out docs/soak.md` in {minutes:.0f} minutes on two busy cores.
In each epoch one fault is drawn by the seed and hurts one party for its first rounds (`tests/soaking.py` has what each does). Every
epoch ended with the same lists as its twin's, in which nothing went wrong, and with ledgers that verify and fit each other. Precision and
recall are of links in any released band against the truth, without an absent owner's pairs. *Left over* are hidden files that nobody
finished; MiB of memory are what the twin's processes hold, which live through all epochs but where their keys are new.

"""
COLUMNS = (
    "epoch",
    "fault",
    "also",
    "links",
    "precision",
    "recall",
    "deaths",
    "failed steps",
    "left over",
    "unit MiB",
    "owner MiB",
    "disk MiB",
)


def main() -> None:
    """Print a row after every epoch; anything that is not as it should be ends it with its traceback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="page to write")
    said = parser.parse_args()
    end_in_order()
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * 3}{' ---: |' * (len(COLUMNS) - 3)}"]
    print("\n".join(lines))
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), said.seed)
        try:
            for row in soak.epochs(said.epochs):
                lines.append(f"| {' | '.join(_shown(row[column]) for column in COLUMNS)} |")
                print(lines[-1], flush=True)
        finally:
            soak.end()
    if said.out:
        minutes = (time.monotonic() - started) / 60
        said.out.write_text(HEADER.format(epochs=said.epochs, seed=said.seed, minutes=minutes) + "\n".join(lines) + "\n", encoding="utf-8")


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) and value <= 1 else f"{value:.0f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
