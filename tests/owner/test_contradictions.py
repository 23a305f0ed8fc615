"""What contradicts itself inside a record, and what is doubtful in it."""

import pytest

from linkage.owner.contradictions import HELD_BACK, WRONG_CHECK, contradictions, doubts
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule

RULE = EntityRule.model_validate(
    {
        "fields": {
            "born": {"kind": "date", "many": "variants"},
            "sex": {"kind": "sex"},
            "curp": {"kind": "curp", "many": "set"},
            "rfc": {"kind": "rfc", "many": "set"},
            "ine": {"kind": "ine"},
            "serial": {"kind": "serial", "many": "variants"},
        },
        "filters": {"all": {"fields": ["curp"], "label": "curp"}},
        "passes": {"curp": {"key": ["exact(curp)"]}},
    }
)
CURP = "BOXW310820HNERXN09"  # documentation of python-stdnum: a man born on 20 August 1931
CASES = [  # cells, fields that contradict another
    ({"born": "19310820", "sex": "M", "curp": CURP}, []),
    ({"born": "19310802", "sex": "M", "curp": CURP}, ["born"]),  # two digits swapped
    ({"born": "20310820", "sex": "M", "curp": CURP}, ["born"]),  # another century: its 17th character is a digit
    ({"born": "1931", "curp": CURP}, []),  # partial: nothing contradicts
    ({"born": "193108", "curp": CURP}, []),
    ({"born": "193109", "curp": CURP}, ["born"]),
    ({"born": "19310802|19310820", "curp": CURP}, []),  # one of two claimed dates fits
    ({"sex": "F", "curp": CURP}, ["sex"]),  # H is hombre
    ({"sex": "M", "curp": "BOXW310820MNERXN09"}, ["sex"]),  # M is mujer (DOMAIN 7.4)
    ({"sex": "F", "curp": "BOXW310820MNERXN09"}, []),
    ({"sex": "X", "curp": CURP}, ["sex"]),
    ({"born": "19310820", "rfc": "BOXW310820AB1"}, []),
    ({"born": "20310820", "rfc": "BOXW310820AB1"}, []),  # an RFC does not say the century
    ({"born": "19310821", "rfc": "BOXW310820AB1"}, ["born"]),
    ({"born": "19310821", "rfc": "BOX310820AB1"}, []),  # a company's RFC: its foundation
    ({"rfc": "BOXX310820AB1", "curp": CURP}, ["rfc"]),
    ({"rfc": "BOXW310820", "curp": CURP}, []),
    ({"born": "19800101", "ine": "ABCDEF80010109H100"}, []),
    ({"born": "19800102", "sex": "F", "ine": "ABCDEF80010109H100"}, ["born", "sex"]),
    ({"born": "19310820"}, []),
    ({}, []),
]


def records(*rows: dict[str, str]) -> CanonicalRecords:
    cells = {field: [tuple(row[field].split("|")) if field in row else () for row in rows] for field in RULE.fields}
    return CanonicalRecords([str(number) for number in range(len(rows))], [""] * len(rows), cells)  # type: ignore[arg-type]


@pytest.mark.parametrize(("cells", "fields"), CASES)
def test_fields_that_cannot_both_be_true(cells: dict[str, str], fields: list[str]) -> None:
    found = contradictions(records({}, cells), RULE)
    assert [(row, field) for row, field, _ in found] == [(1, field) for field in fields]
    assert not any(value in reason for _, _, reason in found for value in cells.values() if len(value) > 1)


def test_doubts_name_what_is_kept_and_why() -> None:
    rows = records(
        {"serial": "382"}, {"serial": "AB12345"}, {"serial": "AB?12?"}, {"curp": "BOXW310820HNERXN08"}, {"curp": CURP, "serial": "1|A12345"}
    )
    assert doubts(rows, RULE) == [(0, "serial", HELD_BACK), (2, "serial", HELD_BACK), (3, "curp", WRONG_CHECK), (4, "serial", HELD_BACK)]


def test_fields_that_nobody_fills_contradict_nothing() -> None:
    assert contradictions(CanonicalRecords(["1"], [""], {"curp": [(CURP,)]}), RULE) == []
