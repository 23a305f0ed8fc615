"""Serial numbers: which forms of two writings agree (DOMAIN 1.1.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.owner.blocking_keys import COMPONENTS
from linkage.owner.serials import (
    embedded_letters_ignored,
    longest_digit_runs,
    normalise_serial,
)
from tests import reference_normalisation as slow

FORMS = ("exact", "ocr_fold", "ncic_serial", "serial_core", "without_prefix", "without_suffix")
AGREEING = [  # left, right, forms that agree
    ("SN 12-345O6", "12345 06", {"ocr_fold", "ncic_serial", "without_prefix", "without_suffix"}),  # letter O for zero
    ("ABC1234S", "ABC12345", {"ocr_fold", "without_prefix"}),  # S for 5
    ("369J257", "369257", {"ncic_serial"}),  # the example of NCIC
    ("ABC123456", "123456", {"without_prefix", "serial_core"}),  # prefix lost
    ("123456X", "123456", {"without_suffix", "serial_core"}),  # suffix lost
    ("12345678-XYZ98765", "XYZ98765", {"ocr_fold", "ncic_serial", "serial_core", "without_prefix", "without_suffix"}),  # licence prefix
    ("A123456", "B123456", {"serial_core", "without_prefix"}),  # two guns: these two forms are never a link alone
    ("A123456", "A123457", set()),  # a straw-purchase run: neighbours never agree
    ("382", "382", {"exact"}),  # truncated prefix: no key but the whole
    ("T1234", "T1234", {"exact"}),  # trace number in the serial column
    ("AB?1234", "AB?1234", {"exact", "ocr_fold", "ncic_serial", "without_suffix"}),  # ?1234 has four readable characters: no key
]
SERIALS = st.text("ABCOSX0123456789?", min_size=5, max_size=12)


@pytest.mark.parametrize(("left", "right", "forms"), AGREEING)
def test_agreeing_forms(left: str, right: str, forms: set[str]) -> None:
    left, right = normalise_serial(left) or "", normalise_serial(right) or ""
    assert {form for form in FORMS if set(COMPONENTS[form](left)) & set(COMPONENTS[form](right))} == forms


def test_the_core_is_never_the_licence_of_the_maker() -> None:
    assert longest_digit_runs("12345678XYZ98765") == ("98765",)
    assert longest_digit_runs("12345678ABCDEFGH") == ()


@given(SERIALS)
def test_core_and_ncic_form_agree_with_their_slow_twins(serial: str) -> None:
    core = slow.longest_digit_run(serial)
    forms = embedded_letters_ignored(serial)
    if forms and not serial[:8].isdigit():
        assert longest_digit_runs(serial) == ((core,) if core else ())
        expected = slow.embedded_letters_ignored(serial)
        assert forms == (expected,)
