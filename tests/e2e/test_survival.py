"""Stopped at any change of the disk and run again, the main job ends as if nothing had happened.

A sample, by a fixed seed, of the points that ``python -m benchmarks.crash`` stops at one after the other (docs/adr/0038).
"""

import random

import pytest

from tests.crashing import Crashing

pytestmark = pytest.mark.e2e

SAMPLE = {"killed": 3, "torn": 2, "cut": 2, "emptied": 2, "signal": 1}
ABOUT = 0.9  # a torn write needs a change that is a write: the next one after the number drawn


@pytest.fixture(scope="module")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> Crashing:
    return Crashing(tmp_path_factory.mktemp("crashing")).prepare()


def test_stopped_and_run_again_gives_the_same(crashing: Crashing) -> None:
    """One point of each stretch of the rehearsal; what came of it is equal byte for byte, sealed files by what is in them."""
    draw, due = random.Random(38), list[tuple[int, str]]()
    for how, count in SAMPLE.items():
        stretch = crashing.changes * ABOUT / count
        due += [(int(stretch * (number + draw.random())), how) for number in range(count)]
    waiting = sorted(due)

    def chosen(number: int, how: str) -> bool:
        found = next((one for one in waiting if one[0] <= number and one[1] == how), None)
        if found is not None:
            waiting.remove(found)
        return found is not None

    outcomes = list(crashing.run(chosen))
    assert crashing.changes > 1000 and len(outcomes) >= sum(SAMPLE.values()) - 1
    assert [outcome for outcome in outcomes if outcome.found] == []
