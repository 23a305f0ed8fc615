"""Imagined counterparts under an error model: each error as a case, and what must hold whatever the rates."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner.counterparts import counterparts
from linkage.owner.error_model import NAMES, SHIPPED, WHOLE, ErrorModel, read_error_model
from linkage.owner.variants import CanonicalRecords
from linkage.owner.written_errors import ERRORS
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import InvalidProfile
from tests.made_agreements import records_of, small_rule
from tests.made_lists import AGREEMENT_FILE

WRITTEN = [  # error, value, the two numbers that decide, what is written
    ("mistyped", "GARCIA", (0.0, 0.0), "GRCIA"),  # a letter left out
    ("mistyped", "GARCIA", (0.0, 0.3), "GAARCIA"),  # doubled
    ("mistyped", "GARCIA", (0.0, 0.9), "GRACIA"),  # swapped with the next
    ("mistyped", "LI", (0.5, 0.5), "LI"),  # too short to stay itself
    ("mistyped", "19850228", (0.9, 0.0), "19850229"),  # another digit
    ("mistyped", "???", (0.5, 0.5), "???"),
    ("word_lost", "MARIA DEL CARMEN", (0.0, 0.0), "DEL CARMEN"),
    ("word_lost", "MARIA", (0.5, 0.5), "MARIA"),
    ("shortened", "MARIA CARMEN", (0.5, 0.5), "MARIA C"),
    ("turned", "19850203", (0.5, 0.5), "19850302"),
    ("turned", "19850228", (0.5, 0.5), "19850228"),  # there is no month 28
    ("turned", "1985", (0.5, 0.5), "1985"),
    ("year_only", "19850228", (0.5, 0.5), "1985"),
    ("misread", "AB0", (0.99, 0.0), "ABO"),
    ("misread", "CCC", (0.5, 0.5), "CCC"),  # nothing looks like C
    ("end_lost", "PHRD535", (0.5, 0.0), "535"),
    ("end_lost", "PHRD", (0.5, 0.0), "PHRD"),
    ("filed_off", "AB12345", (0.3, 0.3), "AB??345"),
]


@pytest.mark.parametrize(("error", "value", "choice", "written"), WRITTEN)
def test_what_is_written(error: str, value: str, choice: tuple[float, float], written: str) -> None:
    assert ERRORS[error](value, *choice) == written


NUMBERS = st.floats(0.0, 1.0, exclude_max=True)


@given(st.sampled_from(sorted(ERRORS)), st.text("ABCXYZ0189? ", min_size=1, max_size=12).filter(str.strip), NUMBERS, NUMBERS)
def test_no_error_crashes_or_grows_a_value_much(error: str, value: str, place: float, kind: float) -> None:
    assert len(ERRORS[error](value, place, kind)) <= len(value) + 2


def model(**sections: object) -> ErrorModel:
    return ErrorModel.model_validate({"format": "trilink/error-model/v1", "carelessness": 0.0} | sections)


RULE = small_rule()
ROWS = [
    {"name": (name,), "aliases": (alias,), "born": (born,), "numbers": (f"N{number}", "N0")}
    for number, (name, alias, born) in enumerate(
        [("GARCIA", "LOBO", "19850203"), ("LOPEZ", "GATO", "19900102"), ("MORA", "OSO", "1971")] * 20
    )
]


def imagined(errors: ErrorModel, seed: int = 1) -> CanonicalRecords:
    return counterparts(records_of(ROWS, RULE), RULE, errors, seed)


def test_without_errors_a_counterpart_is_the_record() -> None:
    assert imagined(model()).cells == records_of(ROWS, RULE).cells


def test_what_is_always_missing_is_gone_however_few_the_errors() -> None:
    errors = model(fields={"born": {"missing": 1.0}, "numbers": {"missing": 1.0}}).times(0.5)
    assert set(imagined(errors).cells["born"]) == {()}
    assert {len(cell) for cell in imagined(errors).cells["numbers"]} == {1}, "of several values one is lost"


def test_an_alias_may_stand_for_the_name() -> None:
    assert imagined(model(fields={"aliases": {"alias_used": 1.0}})).cells["name"] == [row["aliases"] for row in ROWS]


def test_parts_of_a_name_change_places() -> None:
    shipped = read_agreement(AGREEMENT_FILE).entities["suspect"]
    records = records_of([{"given_names": ("ANA",), "surname_1": ("GARCIA",), "surname_2": ("CRUZ",), "aliases": ()}], shipped)
    cells = counterparts(records, shipped, model(fields={"given_names": {"swapped": 1.0}}), 1).cells
    assert [cells[field][0] for field in ("given_names", "surname_1", "surname_2")] == [("GARCIA",), ("ANA",), ("CRUZ",)]


def test_who_has_moved_has_another_records_whole_address() -> None:
    together = [{"fields": ["name", "born"], "replaced": 1.0}]
    cells = imagined(model(together=together)).cells
    theirs = set(zip(cells["name"], cells["born"], strict=True))
    assert theirs == {(row["name"], row["born"]) for row in ROWS}, "no mixture"
    assert cells["name"] != [row["name"] for row in ROWS]


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(1.0, 4.0), st.integers(0, 9))
def test_more_errors_strike_the_same_rows_and_further_ones(rate: float, times: float, seed: int) -> None:
    few = model(kinds={"date": {"missing": rate}}, carelessness=0.7)
    lost = [{at for at, cell in enumerate(imagined(each, seed).cells["born"]) if not cell} for each in (few, few.times(times))]
    assert lost[0] <= lost[1]
    assert imagined(few, seed).cells == imagined(few, seed).cells


def test_the_shipped_model_fits_the_shipped_agreement() -> None:
    shipped = read_error_model(SHIPPED)
    entities = read_agreement(AGREEMENT_FILE).entities
    shipped.require_fields(entities.values())
    kinds = {field.kind for rule in entities.values() for field in rule.fields.values()}
    assert set(shipped.kinds) - {"default"} <= kinds


REFUSED = [
    ('format = "trilink/error-model/v1"\ncarelessness = 0.5\n[kinds]\nsurname = { mistypd = 0.1 }', "mistypd is not one of"),
    ('format = "trilink/error-model/v1"\ncarelessness = 0.5\n[kinds]\nsurname = { mistyped = 1.1 }', "kinds.surname.mistyped"),
    ('format = "trilink/error-model/v2"\ncarelessness = 0.5', "format"),
    ('format = "trilink/error-model/v1"', "carelessness"),
    ("format = ", "not TOML"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_a_wrong_model_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "errors.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidProfile, match=said) as caught:
        read_error_model(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_field_that_nobody_has_is_refused() -> None:
    with pytest.raises(InvalidProfile, match="surnam is no field"):
        model(fields={"surnam": {"mistyped": 0.1}}).require_fields([RULE])


def test_every_error_is_described() -> None:
    described = (AGREEMENT_FILE.parents[1] / "docs" / "spec" / "blocking-plan.md").read_text(encoding="utf-8")
    assert [error for error in (*ERRORS, *WHOLE, *NAMES) if f"`{error}`" not in described] == []
