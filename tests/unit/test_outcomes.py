"""What people found out: what it moves, and what it does not."""

import json
from math import log, log2
from pathlib import Path

import pytest

from linkage.protocol.errors import TrilinkError
from linkage.unit.linking import decide
from linkage.unit.outcomes import NO_REVIEWS, Review, Reviews, read_outcomes, reviews_of
from tests.parties import Parties, Unit
from tests.small_world import people


def odds(probability: float) -> float:
    return log2(probability / (1 - probability))


SHIFTS = [  # probabilities given, how many were confirmed, the shift in bits
    ([], 0, 0.0),
    ([0.9] * 10, 9, 0.0),  # as the unit said
    ([0.5] * 4, 2, 0.0),
    ([0.9], 0, -0.6),  # one refuted link moves little
    ([0.9] * 3, 0, -1.5),
    ([0.9] * 100, 50, -2.9),  # and many nearly all the way: log2(0.9 / 0.1) is 3.17
    ([0.6] * 50, 50, 2.9),
]


@pytest.mark.parametrize(("given", "confirmed", "expected"), SHIFTS)
def test_shift(given: list[float], confirmed: int, expected: float) -> None:
    """By hand, and as the most probable of a thousand shifts."""
    found = Review([odds(one) for one in given], [number < confirmed for number in range(len(given))]).shift()

    def log_posterior(shift: float) -> float:
        after = [1 / (1 + 2 ** -(odds(one) + shift)) for one in given]
        return sum(log(one if number < confirmed else 1 - one) for number, one in enumerate(after)) - shift**2 / 2

    assert found == pytest.approx(max((step / 100 for step in range(-500, 500)), key=log_posterior), abs=0.011)
    assert found == pytest.approx(expected, abs=0.1)


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    made = Parties(tmp_path_factory.mktemp("parties"), people()).unit()
    made.run()
    return made


def link_ids(unit: Unit, other: str) -> list[str]:
    return [row.link_id for row in unit.list_of("ca").links if row.other.owner == other]


def test_link_ids_of_the_lists_are_found_again(unit: Unit) -> None:
    ids = link_ids(unit, "mx")
    rows = [*((one, "confirmed") for one in ids[:3]), (ids[3], "refuted"), (ids[4], "indeterminate"), ("0" * 32, "refuted")]
    found = reviews_of(rows, unit.home)
    assert found.of(("suspect", "ca", "mx")).confirmed.count(True) == 3
    assert len(found.of(("suspect", "ca", "mx")).odds) == 4
    assert found.of(("suspect", "ca", "us")).odds == []
    assert (found.unknown, found.contradicted) == (1, 0)


def test_rows_that_contradict_each_other_count_for_neither(unit: Unit) -> None:
    (one, *_) = link_ids(unit, "mx")
    found = reviews_of([(one, "confirmed"), (one, "refuted")], unit.home)
    assert (found.by_scope, found.contradicted) == ({}, 1)


def test_refuted_links_lower_the_probability_of_their_owners_links_and_of_no_others(unit: Unit) -> None:
    refuted = Reviews({("suspect", "ca", "mx"): Review([odds(0.9)] * 40, [False] * 40)})
    before, after = (decide(unit.state, "suspect", reviews) for reviews in (NO_REVIEWS, refuted))

    def sure(found: object, other: str) -> list[float]:
        return [pair.probability for pair in found.clusters.links if pair.left[0] == "ca" and pair.right[0] == other]  # type: ignore[attr-defined]

    assert all(late < early for early, late in zip(sure(before, "mx"), sure(after, "mx"), strict=True))
    assert sure(before, "us") == sure(after, "us")
    (row,) = [row for row in after.estimates["owner_pairs"] if row["owner_b"] == "mx"]
    assert row["reviewed"] == 40 and row["shift"] < -3


def test_what_was_moved_before_is_taken_back_first(unit: Unit) -> None:
    """A second run with the same outcomes moves the odds as far as the first, and not twice."""
    ids = link_ids(unit, "mx")
    first = reviews_of([(one, "refuted") for one in ids], unit.home)
    path = unit.state.result("quality.json")
    kept = path.read_text(encoding="utf-8")
    quality = json.loads(kept)
    for row in quality["entities"]["suspect"]["owner_pairs"]:
        row["shift"] = -1.5
    path.write_text(json.dumps(quality), encoding="utf-8")
    moved = reviews_of([(one, "refuted") for one in ids], unit.home)
    path.write_text(kept, encoding="utf-8")
    pairs = zip(first.of(("suspect", "ca", "mx")).odds, moved.of(("suspect", "ca", "mx")).odds, strict=True)
    assert all(late == pytest.approx(early + 1.5) for early, late in pairs)


REFUSED = [  # the file, and what is said of it
    ("", "expected the columns link_id, outcome"),
    ("link_id\nabc\n", "expected the columns link_id, outcome"),
    ("link_id,outcome\nabc,yes\n", "row 2: expected a link id and confirmed, refuted or indeterminate"),
    ("link_id,outcome\nabc,confirmed\n\nabc\n", "row 4: expected a link id"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_a_file_that_cannot_be_followed_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TrilinkError, match=said):
        read_outcomes(path)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.csv"
    path.write_text("\ufefflink_id,outcome\r\nabc , confirmed\r\n\r\ndef,refuted\r\n", encoding="utf-8")
    assert read_outcomes(path) == [("abc", "confirmed"), ("def", "refuted")]
    with pytest.raises(TrilinkError, match="is not there"):
        read_outcomes(tmp_path / "none.csv")
