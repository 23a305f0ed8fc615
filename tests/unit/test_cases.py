"""Field classes and case links, as tables that an investigator could correct."""

import hashlib

import pytest

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.regrouping import NO_CASE
from linkage.unit.cases import case_links, field_classes, released
from linkage.unit.clustering import cluster
from linkage.unit.linking import Decided
from linkage.unit.nodes import WeighedPair
from linkage.unit.opaque_ids import opaque, opaque_each
from linkage.unit.regrouping import Groups
from tests.reference_unit import Levels
from tests.unit.made_rules import codes_of, rule_of
from tests.unit.weighed import name, named, pairs_of, words

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
    (classes,), place = field_classes(codes_of(RULE, [levels]), RULE)
    assert place.tolist() == [0]
    assert classes.model_dump() == {
        "agree": agree.split(), "similar": similar.split(), "conflict": conflict.split(), "missing": missing.split()
    }  # fmt: skip


def test_patterns_with_the_same_classes_share_them() -> None:
    classes, place = field_classes(codes_of(RULE, [(2, 2, 3, 2), (1, 1, 1, 1), (2, 0, 2, 2)]), RULE)
    assert len(classes) == 2
    assert [classes[number].similar for number in place] == [["serial_number"], [], ["serial_number"]]


DECISION = DecisionRule(bands={"A": 0.99, "B": 0.9, "C": 0.5}, release="B", possible=0.02)


def decided(entity: str, links: list[tuple[str, str, float]]) -> Decided:
    """Links between records of ca and mx, named ``record@case``; a record without a case is ``record@``."""
    found = cluster(pairs_of(WeighedPair(("ca", name(a)), ("mx", name(b)), 9.0, chance, 0) for a, b, chance in links), 0.0)
    groups = {}
    for owner, names in (("ca", {left for left, _, _ in links}), ("mx", {right for _, right, _ in links})):
        cases = [name(case) if (case := one.split("@")[1]) else NO_CASE for one in sorted(names)]
        columns = {"pseudonym": words(map(name, sorted(names))), "case": words(cases)}
        groups[owner] = Groups(Groups.none().ids, Groups.none().numbers, columns)
    return Decided(entity, found, groups, {}, {})


def test_a_band_below_the_released_one_is_no_link_of_a_case() -> None:
    one = decided("suspect", [("a@1", "b@9", 0.99), ("c@1", "d@9", 0.9), ("e@1", "f@9", 0.89)])
    assert [named(pair.left[1]) for pair in released(one, DECISION)] == ["a@1", "c@1"]


def test_two_cases_may_share_several_types_of_entities() -> None:
    suspects = decided("suspect", [("a@1", "b@9", 0.99), ("c@1", "d@9", 0.95), ("e@2", "f@9", 0.99), ("g@", "h@9", 0.99)])
    guns = decided("firearm", [("x@1", "y@9", 0.99), ("z@1", "w@8", 0.6)])
    shared, places = case_links([suspects, guns], DECISION)
    of_suspects, of_guns = ([shared[place] for place in row] for row in places)
    assert of_suspects == [{"suspect": 2, "firearm": 1}, {"suspect": 2, "firearm": 1}, {"suspect": 1}, {}]
    assert of_guns == [{"suspect": 2, "firearm": 1}]


def test_no_links_share_nothing() -> None:
    assert [len(row) for row in case_links([decided("suspect", [])], DECISION)[1]] == [0]
    assert case_links([], DECISION)[1] == []


def test_opaque_names_depend_on_every_word_and_on_where_it_ends() -> None:
    names = [*opaque_each(("link", "ab"), [b"c", b"d"]), opaque("link", "a", b"bc"), opaque("cluster", "ab", b"c")]
    assert len(set(names)) == 4
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in names)
    assert opaque("link", "ab", b"c") == opaque("link", b"ab", "c") == names[0]
    assert names[0] == hashlib.sha256(b"link\x1fab\x1fc").hexdigest()[:32]
