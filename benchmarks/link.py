"""How fast the unit compares, beside anonlink's C++ Dice in the same run, and how its time grows with the number of records.

``python -m benchmarks.link --peer-python .venv-peers/bin/python`` prints two tables; ``--sizes 1000,3000`` adds rehearsals of invented
corpora of so many suspects an owner; ``--tiny`` runs on little data, so that the script cannot rot. Comparisons are counted by the
processor's time of one thread, the best of several turns taken alternately with the peer's, so that a busy machine disturbs both alike.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.owner.encoding import Unpadded
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.similarity import pattern_codes

ROOT = Path(__file__).resolve().parents[1]
BITS = (64, 128, 256, 448, 1024)
LEVELS = [0.95, 0.75, 0.55, 0.35]
DIFFUSION = 4
FIELDS = 8
TURNS = 5
UNIT_STEPS = ("link", "cluster")

PEER = """
import sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np
from anonlink.similarities import dice_coefficient_accelerated
from bitarray import bitarray
chance = np.random.default_rng(1)
for line in sys.stdin:
    bits, rows = (int(word) for word in line.split())
    sides = []
    for _ in range(2):
        data = chance.integers(0, 256, (rows, bits // 8), dtype=np.uint8) & chance.integers(0, 256, (rows, bits // 8), dtype=np.uint8)
        sides.append([bitarray() for _ in range(rows)])
        for filter, row in zip(sides[-1], data):
            filter.frombytes(row.tobytes())
    started = time.process_time()
    dice_coefficient_accelerated(tuple(sides), 0.95)
    print(rows * rows / (time.process_time() - started), flush=True)
"""


def rate(work: Callable[[], object], comparisons: int) -> float:
    """Comparisons a second of this thread's processor time."""
    started = time.thread_time()
    work()
    return comparisons / (time.thread_time() - started)


def rule_of(bits: int) -> EntityRule:
    """An entity type with so many fields, one filter of ``bits`` each."""
    fields = [f"field_{number}" for number in range(FIELDS)]
    return EntityRule.model_validate(
        {
            "fields": {name: {"kind": "text"} for name in fields},
            "filters": {name: {"fields": [name], "length": bits, "levels": LEVELS, "label": name} for name in fields},
            "passes": {"one": {"key": ["exact(field_0)"]}},
        }
    )


def field_comparisons(bits: int, rows: int, block: int) -> tuple[Callable[[], object], int]:
    """All pairs inside blocks of so many rows a side, as the join hands them over; the work, and how many it compares."""
    chance, rule = np.random.default_rng(1), rule_of(bits)
    draws = (chance.integers(0, 2**63, (2, rows, bits // 64)).astype(np.uint64) for _ in range(2 * FIELDS))
    held = np.ones((rows, FIELDS), dtype=bool)
    words = [Unpadded({name: next(draws).min(axis=0) for name in rule.filter_names}, held) for _ in range(2)]
    starts = np.arange(0, rows, block, dtype=np.uint32)
    inside = np.arange(block, dtype=np.uint32)
    left = (starts[:, None, None] + inside[None, :, None] + np.zeros(block, np.uint32)).reshape(-1)
    right = (starts[:, None, None] + np.zeros((block, 1), np.uint32) + inside[None, None, :]).reshape(-1)
    repeats = 512 if block < 8 else 1  # as many pairs as a partition has
    left, right = np.tile(left, repeats), np.tile(right, repeats)
    pattern_codes(rule, DIFFUSION, words[0], words[1], (left[:1], right[:1]))  # compiled before it is timed
    return lambda: pattern_codes(rule, DIFFUSION, words[0], words[1], (left, right)), left.size * FIELDS


class Peer:
    """anonlink in an environment of its own, asked line by line; nothing when there is no such environment."""

    def __init__(self, python: Path | None) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
        self._process = subprocess.Popen([str(python), "-c", PEER], **pipes) if python else None  # type: ignore[call-overload]

    def rate(self, bits: int, rows: int) -> float:
        if self._process is None:
            return float("nan")
        self._process.stdin.write(f"{bits} {rows}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def comparisons(peer: Peer, rows: int) -> Iterator[str]:
    yield "| bits | one block, M/s | blocks of 64 | pair by pair | anonlink, all pairs | ratio, one block | ratio, pair by pair |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for bits in BITS:
        ours = [field_comparisons(bits, rows, block) for block in (rows, 64, 1)]
        turns = [[*(rate(*work) for work in ours), peer.rate(bits, rows)] for _ in range(TURNS)]
        giant, blocks, single, theirs = (max(column) / 1e6 for column in zip(*turns, strict=True))
        yield f"| {bits} | {giant:,.0f} | {blocks:,.0f} | {single:,.0f} | {theirs:,.0f} | {giant / theirs:.1f} | {single / theirs:.1f} |"


def growth(sizes: list[int], folder: Path) -> Iterator[str]:
    """Sealed packages to sealed lists, the unit's steps alone, by size."""
    yield "| suspects an owner | records in all | unit, s | peak, MiB | ms a record |\n| ---: | ---: | ---: | ---: | ---: |"
    for size in sizes:
        data, out = folder / f"data-{size}", folder / f"out-{size}"
        counts = invent(data, plan(str(size), None, "typical", seed=1))
        records = sum(count for name, count in counts.items() if len(name.split()) == 2 and "-" not in name)
        command = [sys.executable, "-m", "flows.command_line", "rehearse", "--data", str(data), "--out", str(out), "--seed", "1"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        steps = [row for row in json.loads((out / "timings.json").read_text(encoding="utf-8")) if row["step"] in UNIT_STEPS]
        seconds, peak = sum(row["seconds"] for row in steps), max(row["peak_mib"] for row in steps)
        yield f"| {size:,} | {records:,} | {seconds:.1f} | {peak:,.0f} | {1000 * seconds / records:.2f} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer-python", type=Path, help="Python of an environment that has anonlink")
    parser.add_argument("--sizes", default="", help="suspects an owner, separated by commas")
    parser.add_argument("--tiny", action="store_true", help="little data, for CI")
    options = parser.parse_args()
    print(*comparisons(Peer(options.peer_python), 128 if options.tiny else 1024), sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        if options.sizes:
            print("", *growth([int(size) for size in options.sizes.split(",")], Path(folder)), sep="\n")
    machine = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    print(f"\n{machine}; million field comparisons a second of one thread's processor time.")


if __name__ == "__main__":
    main()
