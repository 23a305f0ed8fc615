"""Dates of three countries in their declared formats."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from linkage.owner.dates import LATEST, normalise_date
from linkage.protocol.errors import InvalidProfile, InvalidValue

TABLE = tomllib.loads((Path(__file__).parents[1] / "vectors" / "dates.toml").read_text(encoding="utf-8"))
ROWS = [(*row[:3], LATEST) for row in TABLE["declared"]] + [(*row[:3], date(2026, 1, 1)) for row in TABLE["latest"]]


@pytest.mark.parametrize(("written", "formats", "canonical", "latest"), ROWS)
def test_declared_formats(written: str, formats: list[str], canonical: str, latest: date) -> None:
    if canonical == "!":
        with pytest.raises(InvalidValue):
            normalise_date(written, tuple(formats), latest)
    else:
        assert normalise_date(written, tuple(formats), latest) == (None if canonical == "-" else canonical)


def test_a_refusal_names_the_latest_date_of_the_agreement() -> None:
    with pytest.raises(InvalidValue, match=r"not a date \(expected %Y, not after 2026-01-01\)"):
        normalise_date("2027", ("%Y",), date(2026, 1, 1))


@pytest.mark.parametrize("declared", ["%d/%m", "%Q %Y", "%Y %Y", ""])
def test_a_format_that_gives_no_date_is_the_profiles_fault(declared: str) -> None:
    with pytest.raises(InvalidProfile, match="expected a year"):
        normalise_date("1985", (declared,))
