"""A small rehearsal, and what comes after it, stopped at every change of the disk and told again: ``python -m benchmarks.crash``.

Of every change: as a killed process leaves it, with half of a write on the disk, and after power cuts that take what was not synced; at
every fiftieth a process is really killed, so that the copies are known to be what a kill leaves. The tests run a sample
(tests/e2e/test_survival.py). With ``--journal`` points that were tried stay tried: ``--minutes`` ends it, the same command goes on.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.ending import end_in_order
from tests.crash_stories import afterwards, parsed_once, rehearsal, small_corpus
from tests.crashing import WAYS, Crashing, Outcome

KILLED_EVERY = 50
IN_MEMORY = Path("/dev/shm")  # copies need no disk: what a power cut takes is computed


class Journal:
    """A line for every point that was tried: story, change, way, whether it was like one before, and what was found."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.lines = path, list[dict[str, object]]()
        if path is not None and path.exists():
            self.lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def tried(self, story: str) -> set[tuple[int, str]]:
        return {(int(str(line["change"])), str(line["how"])) for line in self.lines if line["story"] == story}

    def note(self, story: str, outcome: Outcome) -> None:
        point = outcome.point
        line = {"story": story, "change": point.number, "how": point.how, "again": point.again, "found": outcome.found[:5]}
        self.lines.append(line)
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


def main() -> None:
    """Print every difference as it is found, then a table; exit code 1 when there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--story", choices=("rehearsal", "afterwards", "both"), default="both")
    parser.add_argument("--ways", nargs="*", choices=tuple(WAYS), default=list(WAYS))
    parser.add_argument("--step", type=int, default=1, help="every so manieth change")
    parser.add_argument("--workers", type=int, default=1, help="how many run at once, beside the one that watches")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--journal", type=Path, help="file of the points that were tried")
    said = parser.parse_args()
    end_in_order()
    journal, end = Journal(said.journal), time.monotonic() + said.minutes * 60
    changes = {}
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder, parsed_once():
        data = small_corpus(Path(folder) / "data")
        main_job, done = rehearsal(data), Path(folder) / "done"
        main_job.tell(done)
        for story in (main_job, afterwards(done)):
            if said.story in (story.name, "both"):
                crashing = Crashing(Path(folder) / story.name, story).prepare()
                changes[story.name] = crashing.changes
                with suppress(KeyboardInterrupt):  # what was found so far is said
                    _run(crashing, journal, (said.step, said.ways, said.workers), end)
    sys.exit(_shown(journal, changes))


def _run(crashing: Crashing, journal: Journal, how_much: tuple[int, list[str], int], end: float) -> None:
    step, ways, workers = how_much
    tried = journal.tried(crashing.story.name)

    def chosen(number: int, how: str) -> bool:
        return how in ways and (number, how) not in tried and number % (step * KILLED_EVERY if how == "signal" else step) == 0

    with closing(crashing.run(chosen, workers)) as outcomes:
        for outcome in outcomes:
            journal.note(crashing.story.name, outcome)
            for line in outcome.found[:5]:
                print(f"{outcome.point.how} at change {outcome.point.number}, {outcome.point.change}: {line}", file=sys.stderr, flush=True)
            if time.monotonic() > end:
                return


def _shown(journal: Journal, changes: dict[str, int]) -> int:
    """The table; 1 where something was found."""
    for story, count in changes.items():
        print(f"{story}: {count:,} changes of the disk\n\n| what lies there | points | like one before | not the same after a rerun |")
        print("| --- | ---: | ---: | ---: |")
        for how, leaves in WAYS.items():
            lines = [line for line in journal.lines if (line["story"], line["how"]) == (story, how)]
            again, found = (sum(bool(line[what]) for line in lines) for what in ("again", "found"))
            print(f"| {leaves} | {len(lines):,} | {again:,} | {found:,} |")
        print()
    return int(any(line["found"] for line in journal.lines))


if __name__ == "__main__":
    main()
