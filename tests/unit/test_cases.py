"""Field classes and case links, as tables that an investigator could correct."""

from collections import Counter

import pytest

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.regrouping import NO_CASE
from linkage.unit.cases import Names, case_links, field_classes, released
from linkage.unit.clustering import Clusters, WeighedPair
from linkage.unit.linking import Decided
from linkage.unit.opaque_ids import opaque
from linkage.unit.regrouping import Groups
from tests.reference_unit import Levels
from tests.unit.made_rules import codes_of, rule_of

# serial has levels 0 missing, 1 disagree, 2 and 3 near, 4 agree; the others 0 missing, 1 disagree, 2 agree
LABELS = {"calibre": "calibre", "house": "address", "serial": "serial_number", "street": "address"}
RULE = rule_of({"calibre": [0.9], "house": [0.9], "serial": [0.9, 0.7, 0.5], "street": [0.9]}, labels=LABELS)

CLASSES = [  # levels of calibre, house, serial, street; agree; similar; conflict; missing
    ((2, 2, 4, 2), "address calibre serial_number", "", "", ""),
    ((1, 1, 1, 1), "", "", "address calibre serial_number", ""),
    ((0, 0, 0, 0), "", "", "", "address calibre serial_number"),
    ((2, 0, 3, 1), "calibre", "serial_number", "address", ""),
    ((2, 0, 2, 2), "address calibre", "serial_number", "", ""),  # a missing house number says nothing
    ((1, 2, 0, 1), "", "address", "calibre", "serial_number"),  # one part of the address agrees, the other does not
    ((0, 2, 4, 2), "address serial_number", "", "", "calibre"),
]


@pytest.mark.parametrize(("levels", "agree", "similar", "conflict", "missing"), CLASSES)
def test_field_classes(levels: Levels, agree: str, similar: str, conflict: str, missing: str) -> None:
    classes = field_classes(int(codes_of(RULE, [levels])[0]), RULE)
    assert classes.model_dump() == {
        "agree": agree.split(), "similar": similar.split(), "conflict": conflict.split(), "missing": missing.split()
    }  # fmt: skip


DECISION = DecisionRule(bands={"A": 0.99, "B": 0.9, "C": 0.5}, release="B", possible=0.02)


def decided(entity: str, links: list[tuple[str, str, float]]) -> tuple[Decided, Names]:
    """Links between records of ca and mx, named ``record@case``; a record without a case is ``record@``."""
    pairs = [WeighedPair(("ca", left.encode()), ("mx", right.encode()), 9.0, chance, 0) for left, right, chance in links]
    groups = {}
    for owner, names in (("ca", {left for left, _, _ in links}), ("mx", {right for _, right, _ in links})):
        nothing, ordered = Groups.none(), sorted(names)
        cases = [name.split("@")[1].encode() or NO_CASE for name in ordered]
        groups[owner] = Groups(nothing.ids, nothing.numbers, {"pseudonym": [name.encode() for name in ordered], "case": cases})
    one = Decided(entity, Clusters([], pairs, []), groups, [], {})
    return one, Names(one)


def test_a_band_below_the_released_one_is_no_link_of_a_case() -> None:
    one, _ = decided("suspect", [("a@1", "b@9", 0.99), ("c@1", "d@9", 0.9), ("e@1", "f@9", 0.89)])
    assert [pair.left[1] for pair in released(one, DECISION)] == [b"a@1", b"c@1"]


def test_two_cases_may_share_several_types_of_entities() -> None:
    suspects = decided("suspect", [("a@1", "b@9", 0.99), ("c@1", "d@9", 0.95), ("e@2", "f@9", 0.99), ("g@", "h@9", 0.99)])
    guns = decided("firearm", [("x@1", "y@9", 0.99), ("z@1", "w@8", 0.6)])
    assert case_links([suspects, guns], DECISION) == {
        (b"1", b"9"): Counter(suspect=2, firearm=1),
        (b"2", b"9"): Counter(suspect=1),
    }


def test_opaque_names_depend_on_every_word_and_on_where_it_ends() -> None:
    names = [opaque("link", "ab", b"c"), opaque("link", "a", b"bc"), opaque("cluster", "ab", b"c"), opaque("link", "ab", b"d")]
    assert len(set(names)) == 4
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)
    assert opaque("link", "ab", b"c") == names[0]
