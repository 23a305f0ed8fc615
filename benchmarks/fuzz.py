"""Ten thousand mutated packages, manifests, lists and messages, in little memory: ``python -m benchmarks.fuzz --count 10000``.

The process may not take more than ``--room`` MiB beyond what it has when the fuzzing begins, so that anything that grows ends the run.
The tests run the same on a few (``tests/test_fuzzing.py``).
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

from tests.fuzzing import World, fuzz


def main() -> None:
    """Print how many of each were refused; anything but a clean refusal or an honest effect ends it with its traceback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--room", type=int, default=512, help="MiB")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (said.room << 20),) * 2)
        resident, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        outcomes = fuzz(world, said.count, said.seed)
    print("| mutated | refused | went through |\n| --- | ---: | ---: |")
    for name, counts in outcomes.items():
        print(f"| {name} | {counts['refused']:,} | {counts['went through']:,} |")
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident) // 1024
    print(f"\n{said.count:,} in {time.monotonic() - started:.0f} s, seed {said.seed}; the process grew by {grew} MiB at the most.")


if __name__ == "__main__":
    main()
