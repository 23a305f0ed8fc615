"""Components of blocking keys."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.owner.blocking_keys import COMPONENTS, NEEDS_NUMBER
from linkage.protocol.errors import InvalidAgreement

KEYS = [  # component, number, canonical value, alternatives
    ("exact", None, "MUNOZ", ("MUNOZ",)),
    ("phonetic", None, "MUNOZ", ("MNS",)),
    ("phonetic", None, "GARCIA", ("KRS",)),
    ("phonetic", None, "GARCIA LOPEZ", ("KRS", "LPS")),  # either of a compound name may be missing elsewhere
    ("phonetic", None, "12 5", ()),
    ("phonetic", None, "HERNANDEZ", ("ARNNTS", "HRNNTS")),  # as English and as Spanish sound it
    ("phonetic", None, "PANCHO", ("PNX",)),
    ("phonetic_name", None, "PANCHO", ("FRNSSK", "PNX")),  # Francisco
    ("phonetic_name", None, "CHEMA", ("JS", "KM", "MR")),  # José María
    ("phonetic_name", None, "MARIA LUPE", ("KTLP", "LP", "MR")),  # Guadalupe
    ("phonetic_name", None, "FRANCISCO", ("FRNSSK",)),  # the name itself needs nothing more
    ("any_order", None, "19850304", ("19850304",)),
    ("any_order", None, "19850403", ("19850304",)),  # Mexico's April is a March in the United States
    ("any_order", None, "198504", ("198504",)),
    ("any_order", None, "1985", ("1985",)),
    ("phonetic", None, "H", ()),  # silent: no key rather than an empty one
    ("initial", None, "MARIA ANGELES", ("M",)),
    ("first", 3, "MARIA", ("MAR",)),
    ("last", 4, "786776454", ("6454",)),
    ("last", 4, "12", ("12",)),
    ("year", None, "198502", ("1985",)),
    ("year_month", None, "19850228", ("198502",)),
    ("year_month", None, "1985", ()),
    ("month_day", None, "19850228", ("0228",)),
    ("month_day", None, "19851204", ("0412",)),
    ("month_day", None, "198502", ()),
    ("first_word", None, "MARIA ANGELES", ("MARIA",)),
    ("sorted_words", None, "LOPEZ GARCIA ANA", ("ANA GARCIA LOPEZ",)),
    ("sorted_sounds", 2, "JUAN MARTINEZ CRUZ", ("JN KRS MRTNS",)),
    ("sorted_sounds", 2, "CRUZ MARTINEZ JUAN", ("JN KRS MRTNS",)),  # whatever the order
    ("sorted_sounds", 2, "GARCIA GARCIA LOPEZ", ("KRS LPS",)),
    ("sorted_sounds", 2, "GARCIA", ()),
    ("sorted_sounds", 3, "JUAN GARCIA JUAN", ()),  # two sounds
    ("digits", None, "TX 12345678", ("12345678",)),
    ("digits", None, "ABC", ()),
    ("calibre_class", None, "223 REM", ("556 223",)),
    ("calibre_class", None, "556X45", ("556 223",)),
    ("calibre_class", None, "9X19", ("9 MM",)),  # with the Makarov, which is written 9 mm too
    ("calibre_class", None, "40 SW", ("40 SW",)),
    ("calibre_class", None, "762", ("308 762", "762 39")),  # a bare 7.62 may be either
    ("serial_start", None, "AB12C345X", ("A812",)),
    ("serial_end", None, "AB12C345X", ("345X",)),
    ("serial_ends", None, "AB??C345X", ("A85X 9",)),
    ("serial_start", None, "AB??C345X", ()),
    ("serial_stub", None, "382", ("382",)),
    ("serial_stub", None, "AB12C345X", ()),
    ("serial_stub", None, "93877325", ("938",)),
    ("serial_stub", None, "PHRD535", ("535",)),
    ("word_pairs", None, "AGROPECUARIA SAN ISIDRO", ("AGRO ISID", "AGRO SAN", "ISID SAN")),
    ("word_pairs", None, "CARTEL DE LOS CUERVOS", ("CART CUER",)),
    ("word_pairs", None, "LIBERTAS", ()),
    ("kind_or_either", None, "CRIMINAL GROUP", ("CRIMINAL GROUP",)),
    ("distinctive_words", None, "GRUPO NANDU DEL ENCINO", ("ENCINO NANDU",)),
    ("near_words", None, "ACABADOS FARO", ("ACABADOS F", "FARO A")),
    ("acronym", None, "CARTEL DEL GOLFO", ("CDG",)),
]


@pytest.mark.parametrize(("name", "number", "value", "alternatives"), KEYS)
def test_component(name: str, number: int | None, value: str, alternatives: tuple[str, ...]) -> None:
    assert COMPONENTS[name](value, number) == alternatives


@pytest.mark.parametrize("name", COMPONENTS)
@given(value=st.from_regex(re.compile(r"([A-Z0-9?]{1,9}( [A-Z0-9]{1,9}){0,3})?"), fullmatch=True))
def test_alternatives_are_sorted_distinct_and_never_empty_strings(name: str, value: str) -> None:
    keys = COMPONENTS[name](value, 3 if name in NEEDS_NUMBER else None)
    assert list(keys) == sorted(set(keys))
    assert "" not in keys


def test_numbers_are_for_those_that_need_one() -> None:
    with pytest.raises(InvalidAgreement):
        COMPONENTS["exact"]("MUNOZ", 3)
    with pytest.raises(InvalidAgreement):
        COMPONENTS["first"]("MUNOZ")
