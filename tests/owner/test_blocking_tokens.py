"""Blocking keys and tokens: every combination of alternatives, keyed, and common tokens dropped."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner.blocking_keys import COMPONENTS, NEEDS_NUMBER
from linkage.owner.blocking_tokens import Tokens, blocking_tokens
from linkage.owner.posting_store import drop_common
from linkage.owner.variants import Variants, variants_of
from linkage.protocol import entity_rules
from linkage.protocol.entity_rules import Component, EntityRule
from tests import reference as twin
from tests.made_agreements import KEY_BYTES, records_of, rules, small_rule, tables

Found = list[tuple[bytes, int, int]]


def tokens_of(variants: Variants, rule: EntityRule, largest: int = 0) -> Tokens:
    return blocking_tokens(variants, {name: block.components(largest) for name, block in rule.passes.items()}, "thing", KEY_BYTES)


def listed(tokens: Tokens) -> Found:
    """(token, variant row, pass), sorted."""
    rows = zip(tokens.halves.byteswap(), tokens.rows.tolist(), tokens.passes.tolist(), strict=True)
    return sorted((token.tobytes(), row, number) for token, row, number in rows)


def alternatives(variants: Variants, component: Component, row: int) -> list[str]:
    found = set()
    for field in component.fields:
        column = variants.columns[field]
        if column.codes[row] >= 0:
            for member in column.values[column.codes[row]].split("|"):
                found |= set(COMPONENTS[component.function](member, component.number))
    return sorted(found)


def slowly(variants: Variants, rule: EntityRule) -> Found:
    found = []
    for number, name in enumerate(sorted(rule.passes)):
        for row in range(variants.count):
            parts = [alternatives(variants, component, row) for component in rule.passes[name].components(0)]
            found += [(twin.token(KEY_BYTES, "thing", name, key), row, number) for key in twin.blocking_keys(parts)]
    return sorted(found)


@given(data=st.data(), rule=rules())
@settings(max_examples=60, deadline=None)
def test_twin_agrees(data: st.DataObject, rule: EntityRule) -> None:
    variants = variants_of(records_of(data.draw(tables(rule)), rule), rule)
    assert listed(tokens_of(variants, rule)) == slowly(variants, rule)


@given(postings=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), max_size=40), cap=st.integers(1, 5))
def test_exactly_the_common_tokens_are_dropped(postings: list[tuple[int, int]], cap: int) -> None:
    """Records count, not variants: a person of many names does not make a token common, and has one posting under it, of the first."""
    halves = np.array([[token, 7] for token, _ in postings], dtype=np.uint64).reshape(-1, 2)
    records = np.array([record for _, record in postings], dtype=np.int64)
    order = np.argsort(records, kind="stable")  # variant rows are in record order
    tokens = Tokens(halves, np.argsort(order), np.arange(len(postings)).astype(np.uint8))
    kept, dropped = drop_common(tokens, records[order], cap)
    expected = twin.kept_tokens([(bytes([token]), record) for token, record in postings], cap)
    assert sorted(dropped.tolist()) == [number for number, stays in enumerate(expected) if stays is False]
    assert sorted(kept.passes.tolist()) == [number for number, stays in enumerate(expected) if stays]
    assert kept.halves.tolist() == sorted(kept.halves.tolist())


def test_a_record_without_one_component_does_not_meet_in_that_pass() -> None:
    rule = small_rule()
    variants = variants_of(records_of([{"name": ("ANA",)}, {"name": ("ANA",), "born": ("1985",)}], rule), rule)
    assert {(row, number) for _, row, number in listed(tokens_of(variants, rule))} == {(1, 0), (1, 1)}


def test_a_refined_pass_needs_one_component_more() -> None:
    rule = small_rule()
    rows: list[dict[str, tuple[object, ...]]] = [
        {"name": ("ANA",), "born": ("1985",)},
        {"name": ("ANA",), "born": ("1985",), "numbers": ("7",)},
    ]
    variants = variants_of(records_of(rows, rule), rule)
    small, large = (listed(tokens_of(variants, rule, largest)) for largest in (999, 1000))
    assert [row for _, row, number in small if number == 1] == [0, 1]
    assert [row for _, row, number in large if number == 1] == [1]


def test_a_pass_of_small_tables_makes_no_key_in_large_ones_and_keeps_its_number() -> None:
    rule = small_rule(passes={"a": {"key": ["exact(name)"], "until": 1000}, "b": {"key": ["exact(born)"]}})
    variants = variants_of(records_of([{"name": ("ANA",), "born": ("1985",)}], rule), rule)
    assert [[number for _, _, number in listed(tokens_of(variants, rule, largest))] for largest in (999, 1000)] == [[0, 1], [1]]


def test_tokens_of_passes_entities_and_keys_never_meet() -> None:
    """The same text under another pass, entity type or key is another token; parts cannot be shifted between components."""
    rule = small_rule(passes={name: {"key": ["exact(name)", "exact(numbers)"]} for name in ("one", "two")})
    variants = variants_of(records_of([{"name": ("AB",), "numbers": ("C",)}, {"name": ("A",), "numbers": ("BC",)}], rule), rule)
    passes = {name: block.components(0) for name, block in rule.passes.items()}
    made = [blocking_tokens(variants, passes, entity, key) for entity in ("thing", "other") for key in (KEY_BYTES, bytes(32))]
    sets = [{token for token, _, _ in listed(tokens)} for tokens in made]
    assert [len(found) for found in sets] == [4, 4, 4, 4]
    assert all(not one & two for one, two in combinations(sets, 2))


def test_agreement_and_owner_know_the_same_components() -> None:
    assert {name: name in NEEDS_NUMBER for name in COMPONENTS} == entity_rules.COMPONENTS
