"""A record's variants: names by claimed values, the recorded ones first, no more than agreed."""

import time
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner.variants import Column, Variants, variants_of
from linkage.protocol.entity_rules import EntityRule
from tests.made_agreements import records_of, rules, small_rule, tables

Row = dict[str, tuple[object, ...]]


def shown(variants: Variants) -> list[tuple[int, dict[str, str]]]:
    """(record, values) of each variant row."""
    rows = []
    for row, record in enumerate(variants.records.tolist()):
        cells = {name: column.codes[row] for name, column in variants.columns.items()}
        rows.append((record, {name: variants.columns[name].values[code] for name, code in cells.items() if code >= 0}))
    return rows


def slowly(rows: list[Row], rule: EntityRule) -> list[tuple[int, dict[str, str]]]:
    """Twin for entity types without aliases: every choice of every claimed value, the first ones kept."""
    found = []
    for number, row in enumerate(rows):
        choices = []
        for name in sorted(rule.fields):
            values = [str(value) for value in row[name]]
            choices.append([[(name, value)] for value in values] if rule.fields[name].many == "variants" else [[(name, "|".join(values))]])
        filled = [choice or [[]] for choice in choices]
        for combination in list(product(*filled))[: rule.max_variants]:
            found.append((number, {name: value for part in combination for name, value in part if value}))
    return found


@given(data=st.data(), rule=rules())
@settings(max_examples=60, deadline=None)
def test_twin_agrees(data: st.DataObject, rule: EntityRule) -> None:
    rows = data.draw(tables(rule))
    assert shown(variants_of(records_of(rows, rule), rule)) == slowly(rows, rule)


VARIANTS: list[tuple[str, Row, list[dict[str, str]]]] = [
    ("nothing claimed twice", {"name": ("ANA",), "born": ("1985",)}, [{"name": "ANA", "born": "1985"}]),
    ("an alias replaces the name", {"name": ("ANA",), "aliases": ("EVA",)}, [{"name": "ANA"}, {"name": "EVA"}]),
    ("an alias that is the name", {"name": ("ANA",), "aliases": ("ANA",)}, [{"name": "ANA"}]),
    ("an alias without a name", {"aliases": ("EVA",), "numbers": ("1",)}, [{"numbers": "1"}, {"name": "EVA", "numbers": "1"}]),
    (
        "names by dates, recorded ones first",
        {"name": ("ANA",), "aliases": ("EVA",), "born": ("1985", "1986")},
        [
            {"name": "ANA", "born": "1985"},
            {"name": "EVA", "born": "1985"},
            {"name": "ANA", "born": "1986"},
            {"name": "EVA", "born": "1986"},
        ],
    ),
    ("a set is one value", {"numbers": ("1", "2", "3")}, [{"numbers": "1|2|3"}]),
    ("at most four", {"born": ("1981", "1982", "1983", "1984", "1985")}, [{"born": f"198{last}"} for last in (1, 2, 3, 4)]),
    ("nothing known", {}, [{}]),
]


@pytest.mark.parametrize(("case", "row", "expected"), VARIANTS, ids=[case for case, _, _ in VARIANTS])
def test_variants(case: str, row: Row, expected: list[dict[str, str]]) -> None:
    rule = small_rule()
    assert [values for _, values in shown(variants_of(records_of([row], rule), rule))] == expected


def test_a_full_name_replaces_all_its_parts_even_those_it_lacks() -> None:
    fields = {part: {"kind": "surname"} for part in ("given", "first", "second")}
    fields["aliases"] = {"kind": "full_name", "many": "variants", "replaces": ["given", "first", "second"]}
    table = {"fields": ["given"], "label": "name"}
    rule = EntityRule.model_validate({"fields": fields, "filters": {"given": table}, "passes": {"given": {"key": ["exact(given)"]}}})
    row: Row = {"given": ("ANA",), "first": ("ROY",), "second": ("GIL",), "aliases": (("EVA", "PAZ", None),)}
    assert [values for _, values in shown(variants_of(records_of([row], rule), rule))] == [
        {"given": "ANA", "first": "ROY", "second": "GIL"}, {"given": "EVA", "first": "PAZ"}
    ]  # fmt: skip


def test_an_alias_wins_over_claimed_values_of_what_it_replaces() -> None:
    fields = {"name": {"kind": "surname", "many": "variants"}, "aliases": {"kind": "surname", "many": "variants", "replaces": ["name"]}}
    rule = small_rule(fields=fields, filters={"name": {"fields": ["name"], "label": "name"}}, passes={"name": {"key": ["exact(name)"]}})
    found = shown(variants_of(records_of([{"name": ("ANA", "EVA"), "aliases": ("SOL",)}], rule), rule))
    assert [values["name"] for _, values in found] == ["ANA", "SOL", "EVA"]


def test_a_cell_of_thousands_costs_no_more_than_the_limit() -> None:
    fields = {name: {"kind": "code", "many": "variants"} for name in ("one", "two", "three")}
    table = {"fields": ["one"], "label": "one"}
    rule = EntityRule.model_validate({"fields": fields, "filters": {"one": table}, "passes": {"one": {"key": ["exact(one)"]}}})
    crowd = tuple(map(str, range(2000)))  # eight thousand million choices
    began = time.process_time()
    assert variants_of(records_of([{"one": crowd, "two": crowd, "three": crowd}], rule), rule).count == rule.max_variants
    assert time.process_time() - began < 1


def test_first_rows_and_columns() -> None:
    rule = small_rule()
    variants = variants_of(records_of([{"name": ("A",), "aliases": ("B",)}, {"name": ("A",)}, {"born": ("1985",)}], rule), rule)
    assert variants.firsts().tolist() == [0, 2, 3]
    column = Column.of(["A", None, "B", "A"])
    assert (column.codes.tolist(), column.values) == ([0, -1, 1, 0], ["A", "B"])


def test_joined_columns_hold_the_words_of_the_fields_that_are_there() -> None:
    columns = {"one": Column.of(["A", None, "A", None]), "other": Column.of(["B", "B", None, None])}
    variants = Variants(np.arange(4), columns)
    joined = variants.column("one+other+absent")
    assert joined is not None
    assert [joined.values[code] if code >= 0 else None for code in joined.codes.tolist()] == ["A B", "B", "A", None]
    assert variants.column("one") is columns["one"]
    assert variants.column("absent") is None
