"""The proof that owners normalise and encode alike: it notices any difference, and it covers all there is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from linkage.owner import conformance
from linkage.owner.conformance import SAMPLES, conformance_digest
from linkage.owner.features import feature_table
from linkage.owner.normalisation import NORMALISERS
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.validation import validate
from linkage.owner.variants import variants_of
from linkage.protocol.agreement import Agreement, read_agreement
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import AGREEMENT_FILE

SHIPPED = read_agreement(AGREEMENT_FILE)


def test_every_kind_of_field_has_its_cells() -> None:
    assert set(SAMPLES) == set(NORMALISERS)
    assert {len(cells) for cells in SAMPLES.values()} == {4}


@pytest.mark.parametrize("entity", SHIPPED.entities)
def test_every_filter_of_the_shipped_agreement_is_exercised(entity: str) -> None:
    rule = SHIPPED.entities[entity]
    cells = zip(*(SAMPLES[field.kind] for field in rule.fields.values()), strict=True)
    rows = [RawRow(number, [str(number), *row]) for number, row in enumerate(cells)]
    records, _, _ = validate(["record_id", *rule.fields], iter(rows), Source(path=Path("public")), rule)
    table = feature_table(variants_of(records, rule), rule)
    assert {name for name, count in zip(rule.filter_names, table.counts.sum(axis=0), strict=True) if count} == set(rule.filters)


def test_same_agreement_same_digest() -> None:
    first, again = (conformance_digest(agreement_with(small_rule()), "thing") for _ in range(2))
    assert first == again
    assert len(first) == 64


CHANGES: list[dict[str, Any]] = [
    {"max_variants": 5},
    {"fields": small_rule().model_dump()["fields"] | {"numbers": {"kind": "text", "many": "set"}}},
    {"passes": {"name": {"key": ["phonetic(name)"]}}},
]


@pytest.mark.parametrize("change", CHANGES, ids=["max_variants", "kind", "pass"])
def test_another_agreement_another_digest(change: dict[str, Any]) -> None:
    assert conformance_digest(agreement_with(small_rule(**change)), "thing") != conformance_digest(agreement_with(small_rule()), "thing")


def test_another_normaliser_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = conformance_digest(agreement_with(small_rule()), "thing")
    monkeypatch.setitem(NORMALISERS, "surname", lambda text: text.upper().encode("ascii", "ignore").decode())  # Muñoz becomes MUOZ
    assert conformance_digest(agreement_with(small_rule()), "thing") != before


def test_another_public_list_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = conformance_digest(agreement_with(small_rule()), "thing")
    monkeypatch.setitem(conformance.SAMPLES, "surname", ["Gil"] * 4)
    assert conformance_digest(agreement_with(small_rule()), "thing") != before


def test_the_order_of_tables_in_the_file_says_nothing() -> None:
    document = tomllib.loads(AGREEMENT_FILE.read_text(encoding="utf-8"))
    turned = Agreement.model_validate(backwards(document))
    assert turned.fingerprint == SHIPPED.fingerprint
    assert conformance_digest(turned, "suspect") == conformance_digest(SHIPPED, "suspect")


def backwards(tree: Any) -> Any:
    """All tables the other way round, but for the bands, which fall."""
    if not isinstance(tree, dict):
        return tree
    return {key: value if key == "bands" else backwards(value) for key, value in reversed(tree.items())}
