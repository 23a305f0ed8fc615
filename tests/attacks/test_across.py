"""What packages show beside each other, and after the answers: known limits, and what bounds them."""

from functools import cache

import numpy as np
import pytest

from linkage.lab.attacks.across import beside_each_other, in_company, met_by_the_same, of_side
from linkage.lab.attacks.groups import recognised_groups
from linkage.lab.attacks.one_register import Traces, recognised_beside, recognised_regrouped, told_apart
from linkage.owner.encoded_records import could_show, encoded_records, measuring_key
from linkage.protocol.recognition import EVIDENCE, Known, recognised, shared_filters
from tests.attacks.populations import people, records, shipped

COUNT = 200
SIDES = 2


@cache
def rows(shared: int) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The people of two owners: the first ``shared`` of the one are the last of the other, as another office writes them down.

    No record has one number at both, for these packages are made under one home key: what is missing would look the same.
    """
    ours, others, chance = people(COUNT), people(2 * COUNT, seed=2)[COUNT:], np.random.default_rng(4)
    return ours, others[: COUNT - shared] + [worn(row, chance) for row in ours[:shared]]


def worn(row: dict[str, str], chance: np.random.Generator) -> dict[str, str]:
    """Of seven cells one is not there, and of four one has lost a letter but its first."""
    kept = {}
    for name, value in row.items():
        if chance.random() >= 1 / 7:
            at = int(chance.integers(1, max(len(value), 2)))
            kept[name] = value[:at] + value[at + 1 :] if chance.random() < 1 / 4 and name != "date_of_birth" else value
    return kept


@cache
def packages(key: str, shared: int) -> list[Known]:
    return [encoded_records(records(side, shipped()), shipped(), "suspect", measuring_key(key), COUNT) for side in rows(shared)]


@cache
def register() -> Known:
    """All that the first owner's people could show, as who holds them in clear makes it under a key of its own."""
    return could_show(records(rows(0)[0], shipped()), shipped(), "suspect", measuring_key("attacker"), COUNT)


def same_people(shared: int) -> np.ndarray:
    """Whose record each entity beside each other is."""
    numbers = np.arange(SIDES * COUNT)
    place, side = numbers // SIDES, numbers % SIDES
    others = COUNT - shared  # of the second owner come first
    return np.where(side == 0, place, np.where(place >= others, place - others, COUNT + place))


@pytest.mark.parametrize("shared", [10, 100])
def test_company_of_another_owner_gives_postings_away_and_nothing_else_does(shared: int) -> None:
    target, known = (beside_each_other(packages(key, shared)) for key in ("owners", "attacker"))
    above = recognised(target, known, EVIDENCE["all of these"]).above
    assert 0.01 < above <= in_company(target).mean(), "it wins: a known limit"


def test_one_register_tells_little_of_single_postings() -> None:
    """Which filters a posting shares is all that is seen of whom one knows oneself, where the other's people are not known."""
    merged = beside_each_other(packages("owners", 100))
    mine, own = of_side(merged, 0, SIDES)
    found = recognised_beside(own, shared_filters(merged.postings)[mine], register())
    everyone = recognised(merged, beside_each_other(packages("attacker", 100)), EVIDENCE["all of these"])
    assert 0.0 < found.above < everyone.above / 2
    nothing = recognised_beside(own, np.zeros(len(own.postings), dtype=np.int64), register())
    assert nothing.above == 0.0


def test_after_regrouping_records_that_two_owners_hold_are_recognised() -> None:
    """A known limit: most of them from all registers, many from one, some from the passes alone of one package."""
    merged, known = (beside_each_other(packages(key, 100)) for key in ("owners", "attacker"))
    answered, own = (met_by_the_same(side, same_people(100)) for side in (merged, known))
    shares = [recognised_groups(merged.rows(np.flatnonzero(answered)), known.rows(np.flatnonzero(own)), filters=True)]
    mine, first = of_side(merged, 0, SIDES)
    for shared in (shared_filters(merged.postings)[mine], None):
        found = recognised_regrouped(first, answered[mine], register(), shared)
        assert 0 < found.postings <= 100
        shares.append(found.above)
    assert shares[0] > shares[1] > shares[2]
    assert shares[0] >= 0.8 and shares[2] > 0.02


def test_nobody_is_recognised_of_whom_nothing_was_answered() -> None:
    merged = beside_each_other(packages("owners", 0))
    mine, first = of_side(merged, 0, SIDES)
    answered = met_by_the_same(merged, same_people(0))
    assert not answered.any() and recognised_regrouped(first, answered[mine], register()).share == 0.0


TOLD = [  # what a trace shows, what the people could show, who is taken for it, with which chance
    ("who holds all of it, and no more", [1, 1, 0], [[1, 1, 0], [1, 1, 1], [1, 0, 1]], [1.0, 0.0, 0.0]),
    ("who lacks least", [1, 1, 1], [[1, 1, 0], [1, 0, 0], [0, 0, 0]], [1.0, 0.0, 0.0]),
    ("two who are alike", [1, 0, 0], [[1, 0, 0], [1, 0, 0], [1, 1, 1]], [0.5, 0.5, 0.0]),
]


@pytest.mark.parametrize(("case", "seen", "could", "chances"), TOLD, ids=[case[0] for case in TOLD])
def test_who_is_taken_for_a_trace(case: str, seen: list[int], could: list[list[int]], chances: list[float]) -> None:
    held = Traces(np.arange(3), np.zeros((3, 0)), np.array(could, dtype=np.float64))
    for person, chance in enumerate(chances):
        others = [[1, 1, 1]] * 3  # strangers' traces, by which one sees that such things are shown at all
        traces = Traces(np.array([person, 7, 8, 9]), np.zeros((4, 0)), np.array([seen, *others], dtype=np.float64))
        assert told_apart(traces, held).tolist() == [chance, 0.0, 0.0, 0.0]


def test_a_package_beside_no_other_is_itself() -> None:
    alone = packages("owners", 0)[0]
    merged = beside_each_other([alone])
    assert merged.postings.tokens.tolist() == alone.postings.tokens.tolist() and merged.entities.tolist() == alone.entities.tolist()


def test_a_record_without_a_posting_moves_no_other_ones_number() -> None:
    """Or the attacker's guesses at the owners that follow would all be counted as wrong."""
    first, second = packages("owners", 0)
    most = int(first.entities.max())
    fewer = first.rows(np.flatnonzero(first.entities != most))
    whole, less = (beside_each_other([side, second]) for side in (first, fewer))
    assert set(less.entities.tolist()) == set(whole.entities.tolist()) - {SIDES * most}
    rows_of_second, own = of_side(less, 1, SIDES)
    assert own.entities.tolist() == second.entities.tolist() and own.postings.ids.tolist() == second.postings.ids.tolist()
    assert less.entities[rows_of_second].tolist() == (SIDES * second.entities + 1).tolist()
