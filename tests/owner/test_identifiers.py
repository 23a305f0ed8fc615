"""Check digits flag and never drop."""

import pytest
from stdnum import lei, luhn
from stdnum.mx import curp, rfc

from linkage.owner.identifiers import birth_date_in, check, normalise_ffl, normalise_fps
from linkage.owner.normalisation import normalise

CHECKED = [  # kind, as written, check digit right? (None: it has none)
    ("curp", "BOXW310820HNERXN09", True),
    ("curp", "BOXW310820HNERXN08", False),
    ("rfc", "GODE 561231 GR8", True),
    ("rfc", "GODE 561231 GR9", False),
    ("rfc", "GODE561231", None),
    ("sin", "046 454 286", True),
    ("sin", "046 454 287", False),
    ("bn", "123456782RC0001", True),
    ("lei", "213800KUD8LAJWSQ9D15", True),
    ("lei", "213800KUD8LXJWSQ9D15", False),
    ("itin", "912-90-3456", True),
    ("itin", "123-90-3456", False),
    ("imei", "35-686800-004141-8", None),  # its check digit is not kept
    ("ssn", "786-77-6454", None),
    ("ine", "ABCDEF80010109H100", None),
    ("fbi_ucn", "12345", None),
]


@pytest.mark.parametrize(("kind", "written", "right"), CHECKED)
def test_check_digits(kind: str, written: str, right: bool | None) -> None:
    assert check(kind, normalise(kind, written) or "") is right


def test_a_wrong_check_digit_is_kept() -> None:
    assert normalise("curp", "BOXW310820HNERXN08") == "BOXW310820HNERXN08"


def test_an_rfc_with_an_ampersand_passes_its_check_after_folding() -> None:
    digit = rfc.calc_check_digit("A&B9307148T")
    assert check("rfc", normalise("rfc", f"A&B9307148T{digit}") or "") is True


BORN = [  # kind, canonical code, birth date inside
    ("curp", "BOXW310820HNERXN09", "19310820"),
    ("curp", "BOXW310820HNERXNA9", "20310820"),  # a letter in the 17th place: born from 2000 on
    ("rfc", "GODE561231GR8", "561231"),
    ("rfc", "GODE561231", "561231"),
    ("rfc", "MAB9307148T4", ""),  # a company
    ("ine", "ABCDEF80010109H100", "800101"),
]


@pytest.mark.parametrize(("kind", "code", "born"), BORN)
def test_the_birth_date_inside_a_code(kind: str, code: str, born: str) -> None:
    assert birth_date_in(kind, code) == born


def test_the_ucn_check_digit_walked_through_by_hand() -> None:
    # D = 1 0 0 0 0 0 0 2 -> 2*1 + 13*2 = 28 = 1 (mod 27); the character of 1 is 1
    assert check("fbi_ucn", "100000021") is True
    assert check("fbi_ucn", "100000022") is False


def test_stdnum_offers_what_check_relies_on() -> None:
    assert curp.calc_check_digit("BOXW310820HNERXN0") == "9"
    assert luhn.is_valid("046454286")
    assert lei.is_valid("213800KUD8LAJWSQ9D15")


def test_a_renewed_licence_is_the_same_licence() -> None:
    assert normalise_ffl("1-23-456-01-8A-12345") == normalise_ffl("1-23-999-07-9B-12345") == "12312345"


def test_a_lost_fps_letter_is_visible() -> None:
    assert (normalise_fps("123456A"), normalise_fps("123456")) == ("123456A", "123456")
