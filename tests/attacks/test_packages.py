"""Attacks on packages under the shipped agreement, by an attacker who holds the same people in clear and not the key.

One posting a token leaves nothing to compare inside a package: every kind of evidence is at chance (docs/threat-model.md).
"""

import numpy as np
import pytest

from linkage.lab.attacks.findings import Answered, Attacked, findings, strongest
from linkage.lab.attacks.frequencies import aligned_tokens
from linkage.lab.attacks.groups import put_together, recognised_groups
from linkage.lab.attacks.lookup import looked_up
from linkage.lab.attacks.surface import id_order, row_order
from linkage.owner.encoded_records import filters_in_clear, lone_filters, measuring_key
from linkage.protocol.recognition import EVIDENCE, Known, recognised
from linkage.protocol.risk_measures import known_pairs_top
from tests.attacks.populations import dense, dense_and_drawn, package, people, records, shipped, unpadded

COUNT = 500
AIM = 0.01
STANDING = {  # evidence -> most that may be recognised above chance
    "multiplicity": 0.0,
    "filters shared in a block": 0.0,
    "fullness of filters": 0.005,
    "similarities inside blocks": 0.0,
    "all of these": 0.0,
}


def sides() -> tuple[Known, Known]:
    return package(COUNT, "owners"), package(COUNT, "attacker")


@pytest.mark.parametrize("name", list(EVIDENCE))
def test_fingerprints(name: str) -> None:
    assert recognised(*sides(), EVIDENCE[name]).above <= STANDING[name]


def test_without_pads_fullness_and_missing_filters_give_people_away() -> None:
    open_sides = unpadded(COUNT, "owners"), unpadded(COUNT, "attacker")
    assert recognised(*open_sides, EVIDENCE["fullness of filters"]).above >= 0.05


@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
def test_an_attacker_who_knows_fewer_is_not_surer(share: float) -> None:
    target, known = sides()
    held = np.random.default_rng(1).random(COUNT) < share
    assert recognised(target, known.of(held), EVIDENCE["all of these"]).precision <= AIM


def test_a_package_under_a_key_that_the_attacker_has_is_open() -> None:
    target, _ = sides()
    assert looked_up(target, package(COUNT, "owners")) == 1.0


def test_a_dictionary_under_another_key_finds_nobody() -> None:
    assert looked_up(*sides()) == 0.0


def test_tokens_do_not_align_by_frequency() -> None:
    assert aligned_tokens(*sides(), np.random.default_rng(2)) <= AIM


def test_linkable_ids_would_give_everybody_away_in_coarse_passes() -> None:
    coarse = package(COUNT, "owners", dense), package(COUNT, "attacker", dense)
    assert recognised_groups(*coarse, filters=False) >= 0.9
    assert recognised_groups(*sides(), filters=False) < recognised_groups(*coarse, filters=False)


def test_coarse_passes_give_postings_away_by_similarity() -> None:
    """Pads hide nothing from the others of a block: one posting a token does, however coarse the passes are."""
    coarse = package(COUNT, "owners", dense), package(COUNT, "attacker", dense)
    assert recognised(*coarse, EVIDENCE["similarities inside blocks"]).above >= 0.7
    drawn = package(COUNT, "owners", dense_and_drawn), package(COUNT, "attacker", dense_and_drawn)
    assert recognised(*drawn, EVIDENCE["all of these"]).above == 0.0


def test_few_records_can_be_put_together_by_shared_filters() -> None:
    assert put_together(package(COUNT, "owners")) == 0.0


@pytest.mark.parametrize(("pairs", "most"), [(250, 0.01), (1000, 0.01)])
def test_known_pairs_teach_nothing(pairs: int, most: float) -> None:
    rows = records(people(pairs + 500), shipped())
    encoded = lone_filters(rows, shipped(), "suspect", measuring_key("owners"))
    clear = filters_in_clear(rows, shipped(), "suspect")
    bits, features = (np.concatenate([side[name] for name in sorted(side)], axis=1) for side in (encoded, clear))
    assert known_pairs_top(bits, features, pairs, np.random.default_rng(3)) <= most


def test_rows_and_ids_are_in_no_order_of_the_table() -> None:
    target = package(COUNT, "owners")
    assert max(row_order(target), id_order(target)) < 4 / np.sqrt(len(target.postings)) + 0.01


def test_findings_are_the_same_every_time() -> None:
    target, known = (package(120, key) for key in ("owners", "attacker"))
    lone = tuple(np.zeros((120, 64), np.uint8) for _ in range(2))
    attacked = Attacked(target, known, target, Answered(target.entities < 10, known), (lone[0], lone[1]))
    heard: list[str] = []
    once, again = (findings(attacked, 5, heard.append) for _ in range(2))
    assert once == again and heard == [one.attack for one in once] * 2
    most = strongest(once)
    assert most is not None and most.attack.startswith("fingerprints") and most.above == max(one.above for one in once if one.counts)
