"""Stopped at any change of the disk and told again, the main job and what comes after it end as if nothing had happened.

A sample, by a fixed seed, of the points that ``python -m benchmarks.crash`` stops at one after the other (docs/adr/0038, 0046).
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.crash import Journal
from tests.crash_stories import afterwards, parsed_once, rehearsal, small_corpus
from tests.crashing import Crashing, Outcome, Point

pytestmark = pytest.mark.e2e

SAMPLES = {  # story, how often which way
    "rehearsal": {"killed": 3, "torn": 2, "cut": 2, "emptied": 2, "signal": 1},
    "afterwards": {"killed": 2, "torn": 1, "cut": 2, "emptied": 1, "signal": 1},
}
ABOUT = 0.9  # a torn write needs a change that is a write: the next one after the number drawn


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Crashing]]:
    folder = tmp_path_factory.mktemp("crashing")
    with parsed_once():
        main_job = Crashing(folder / "rehearsal", rehearsal(small_corpus(folder / "data"))).prepare()
        yield {
            "rehearsal": main_job,
            "afterwards": Crashing(folder / "afterwards", afterwards(folder / "rehearsal" / "undisturbed")).prepare(),
        }


@pytest.mark.parametrize("name", SAMPLES)
def test_stopped_and_told_again_gives_the_same(name: str, stories: dict[str, Crashing]) -> None:
    """One point of each stretch of the story; what came of it is equal byte for byte, sealed files by what is in them."""
    crashing, sample = stories[name], SAMPLES[name]
    outcomes = list(_stopped(crashing, sample))
    assert crashing.changes > 700 and len(outcomes) >= sum(sample.values()) - 1
    assert [outcome for outcome in outcomes if outcome.found] == []


def _stopped(crashing: Crashing, sample: dict[str, int]) -> Iterator[Outcome]:
    draw, due = random.Random(38), list[tuple[int, str]]()
    for how, count in sample.items():
        stretch = crashing.changes * ABOUT / count
        due += [(int(stretch * (number + draw.random())), how) for number in range(count)]
    waiting = sorted(due)

    def chosen(number: int, how: str) -> bool:
        found = next((one for one in waiting if one[0] <= number and one[1] == how), None)
        if found is not None:
            waiting.remove(found)
        return found is not None

    yield from crashing.run(chosen)


def test_a_journal_of_points_is_gone_on_with(tmp_path: Path) -> None:
    """What was tried is not tried again; a point that was like one before is counted as such."""
    journal = Journal(tmp_path / "points.jsonl")
    journal.note("rehearsal", Outcome(Point(7, "killed", "create a"), []))
    journal.note("afterwards", Outcome(Point(8, "cut", "create b", True), ["b: missing"]))
    again = Journal(tmp_path / "points.jsonl")
    assert (again.tried("rehearsal"), again.tried("afterwards")) == ({(7, "killed")}, {(8, "cut")})
    assert [(line["again"], line["found"]) for line in again.lines] == [(False, []), (True, ["b: missing"])]
