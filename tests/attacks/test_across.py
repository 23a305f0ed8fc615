"""What two owners' postings show beside each other, to who holds the people of both in clear: a known limit, and what bounds it."""

import numpy as np

from linkage.lab.attacks.across import beside_each_other
from linkage.owner.encoded_records import encoded_records, measuring_key
from linkage.protocol.recognition import EVIDENCE, Known, block_numbers, recognised
from tests.attacks.populations import people, records, shipped

COUNT = 200


def packages(key: str, shared: int) -> list[Known]:
    """Two owners of so many people, of whom the first ``shared`` are the same."""
    ours, others = people(COUNT), people(2 * COUNT, seed=2)[COUNT:]
    sides = (ours, ours[:shared] + others[: COUNT - shared])
    return [encoded_records(records(rows, shipped()), shipped(), "suspect", measuring_key(key), COUNT) for rows in sides]


def found(shared: int) -> tuple[float, float]:
    """The share recognised above chance, and the share of postings that have company of the other owner."""
    target, known = (beside_each_other(packages(key, shared)) for key in ("owners", "attacker"))
    runs = block_numbers(target.postings.tokens)
    return recognised(target, known, EVIDENCE["all of these"]).above, float((np.bincount(runs)[runs] > 1).mean())


def test_company_of_another_owner_gives_postings_away_and_nothing_else_does() -> None:
    above, company = found(10)
    assert 0.01 < above <= company, "it wins: a known limit"
    above, company = found(100)
    assert 0.01 < above <= company


def test_a_package_beside_no_other_is_itself() -> None:
    (alone, _) = packages("owners", 0)
    merged = beside_each_other([alone])
    assert merged.postings.tokens.tolist() == alone.postings.tokens.tolist() and merged.entities.tolist() == alone.entities.tolist()
