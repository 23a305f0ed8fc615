"""Small agreements for tests: by hand, and drawn at random."""

from typing import Any

from hypothesis import strategies as st

from linkage.owner.keys import EncodingKey
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import EntityRule
from tests.made_lists import agreement as enrolled

KEY_BYTES = bytes(range(32))
KEY = EncodingKey(KEY_BYTES)
BLOCK = bytes.fromhex("00112233445566778899aabbccddeeff")

SMALL: dict[str, Any] = {
    "fields": {
        "name": {"kind": "surname"},
        "aliases": {"kind": "surname", "many": "variants", "replaces": ["name"]},
        "born": {"kind": "date", "many": "variants"},
        "numbers": {"kind": "code", "many": "set"},
    },
    "filters": {
        "name": {"fields": ["name"], "levels": [0.9, 0.5], "label": "name"},
        "born": {"fields": ["born"], "features": ["positional"], "length": 64, "bits": 2, "levels": [0.99, 0.6], "label": "birth"},
        "numbers": {"fields": ["numbers"], "features": ["exact"], "length": 64, "bits": 6, "levels": [0.9, 0.3], "label": "number"},
    },
    "passes": {
        "born": {"key": ["exact(born)"]},
        "name": {"key": ["exact(name)", "year(born)"], "refine": [{"component": "exact(numbers)", "from_size": 1000}]},
        "numbers": {"key": ["exact(numbers)"]},
    },
    "max_variants": 4,
}


def small_rule(**changes: Any) -> EntityRule:
    return EntityRule.model_validate(SMALL | changes)


def agreement_with(rule: EntityRule, *, cap: int = 8, many: int = 1, diffusion: int = 4) -> Agreement:
    """The shipped agreement with test keys and one entity type, ``thing``."""
    document = enrolled().model_dump()
    document["entities"] = {"thing": rule.model_dump()}
    document["desk"]["core"] = {}
    document["encoding"] |= {"token_cap": cap, "token_postings": many, "diffusion": diffusion}
    return Agreement.model_validate(document)


def records_of(rows: list[dict[str, tuple[object, ...]]], rule: EntityRule) -> CanonicalRecords:
    """Canonical records from one table of values per row; a field that a row lacks is missing."""
    cells = {field: [row.get(field, ()) for row in rows] for field in rule.fields}
    return CanonicalRecords([f"R{number}" for number in range(len(rows))], ["" for _ in rows], cells)


WORDS = st.text("ABCNXYZ0189", min_size=1, max_size=8)
VALUES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
DATES = st.from_regex(r"(19|20)[0-9]{2}((0[1-9]|1[0-2])([0-2][0-9])?)?", fullmatch=True)


@st.composite
def rules(draw: st.DrawFn) -> EntityRule:
    """An entity type of two or three fields, a filter and a pass over each, everything drawn."""
    names = ["one", "two", "three"][: draw(st.integers(2, 3))]
    filters = {
        name: {
            "fields": sorted({name, draw(st.sampled_from(names))}),
            "features": draw(st.lists(st.sampled_from(["q_grams", "positional", "exact"]), min_size=1, max_size=2, unique=True)),
            "q": draw(st.integers(1, 3)),
            "length": 64 * draw(st.integers(1, 5)),
            "bits": draw(st.integers(1, 8)),
            "levels": draw(st.sampled_from([[0.9], [0.9, 0.5], [1.0, 0.75, 0.5, 0.25]])),
            "label": "label",
        }
        for name in names
    }
    fields = {name: {"kind": "text", "many": draw(st.sampled_from(["no", "set", "variants"]))} for name in names}
    passes = {
        name: {"key": draw(st.sampled_from([[f"exact({name})"], [f"initial({'|'.join(names)})", f"last({name}, 2)"]]))} for name in names
    }
    return EntityRule.model_validate({"fields": fields, "filters": filters, "passes": passes, "max_variants": draw(st.integers(1, 5))})


@st.composite
def tables(draw: st.DrawFn, rule: EntityRule) -> list[dict[str, tuple[object, ...]]]:
    """Up to six rows of canonical values for a drawn entity type."""
    cell = {name: st.lists(VALUES, max_size=1 if field.many == "no" else 3, unique=True).map(tuple) for name, field in rule.fields.items()}
    rows: list[dict[str, tuple[object, ...]]] = draw(st.lists(st.fixed_dictionaries(cell), min_size=1, max_size=6))
    return rows
