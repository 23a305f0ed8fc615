"""Dates of three countries in their declared formats."""

import pytest

from linkage.owner.dates import normalise_date
from linkage.protocol.errors import InvalidProfile, InvalidValue

DATES = [  # as written, declared formats, canonical ("!" refused)
    ("03/04/1985", ("%d/%m/%Y",), "19850403"),  # Mexico, Canada
    ("03/04/1985", ("%m/%d/%Y",), "19850304"),  # United States
    ("3/4/1985", ("%d/%m/%Y",), "19850403"),
    ("04/1985", ("%d/%m/%Y", "%m/%Y"), "198504"),
    ("1985", ("%d/%m/%Y", "%Y"), "1985"),
    ("00/00/1985", ("%d/%m/%Y",), "1985"),
    ("19850403", ("%Y%m%d",), "19850403"),
    ("1985O4O3", ("%Y%m%d",), "19850403"),  # read by a machine
    ("3 de marzo de 1980", ("%d de %B de %Y",), "19800303"),
    ("12-ENE-1985", ("%d-%b-%Y",), "19850112"),
    ("12 févr. 1985", ("%d %b %Y",), "19850212"),
    ("Jan 5, 1990", ("%b %d, %Y",), "19900105"),
    ("03/04/85", ("%d/%m/%y",), "19850403"),
    ("03/04/12", ("%d/%m/%y",), "20120403"),
    ("29/02/2000", ("%d/%m/%Y",), "20000229"),
    ("29/02/1900", ("%d/%m/%Y",), "!"),
    ("05/13/1985", ("%d/%m/%Y",), "!"),  # month and day swapped: never guessed
    ("01/01/1849", ("%d/%m/%Y",), "!"),
    ("01/01/2101", ("%d/%m/%Y",), "!"),
    ("15/00/1985", ("%d/%m/%Y",), "!"),  # a day of no month
]


@pytest.mark.parametrize(("written", "formats", "canonical"), DATES)
def test_declared_formats(written: str, formats: tuple[str, ...], canonical: str) -> None:
    if canonical == "!":
        with pytest.raises(InvalidValue):
            normalise_date(written, formats)
    else:
        assert normalise_date(written, formats) == canonical


@pytest.mark.parametrize("declared", ["%d/%m", "%Q %Y", "%Y %Y", ""])
def test_a_format_that_gives_no_date_is_the_profiles_fault(declared: str) -> None:
    with pytest.raises(InvalidProfile, match="expected a year"):
        normalise_date("1985", (declared,))
