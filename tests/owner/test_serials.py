"""Serial numbers: where two writings meet, and where they must not (DOMAIN 1.1.1)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.owner.blocking_keys import COMPONENTS
from linkage.owner.features import serial_positions
from linkage.owner.normalisation import normalise
from linkage.owner.serials import (
    embedded_letters_ignored,
    is_usable,
    longest_digit_runs,
    normalise_serial,
)
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import InvalidValue
from tests import reference_normalisation as slow

FORMS = ("ocr_fold", "ncic_serial", "serial_core", "without_prefix", "without_suffix")  # C2 to C6
READ = ("serial_start", "serial_end", "serial_ends")  # what can be read of a partial serial
AGREEMENT = Path(__file__).parents[2] / "configs" / "agreement.toml"
SAME_SERIAL = [  # left, right, same gun?, forms that agree; what is the same gun shares a key, of a form or of what can be read
    ("SN 12-345O6", "12345 06", True, {"ocr_fold", "ncic_serial", "without_prefix", "without_suffix"}),  # letter O for zero
    ("ABC1234S", "ABC12345", True, {"ocr_fold", "without_prefix"}),  # S for 5 (S12)
    ("ZFLS435", "2FLS435", True, {"ocr_fold", "without_suffix"}),  # Z for 2 (S12)
    ("BVQ1234", "8V01234", True, {"ocr_fold", "without_suffix"}),  # B for 8, Q for 0 (S19)
    ("369J257", "369257", True, {"ncic_serial"}),  # the example of NCIC (S9)
    ("369J257", "369M257", True, {"ncic_serial"}),  # the example of NCIC (S9)
    ("ABC123456", "123456", True, {"without_prefix", "serial_core"}),  # prefix lost
    ("123456X", "123456", True, {"without_suffix", "serial_core"}),  # suffix lost
    ("12345678XYZ98765", "XYZ98765", True, set(FORMS)),  # licence prefix (S22)
    ("12345678-XYZ98765", "XYZ98765", True, set(FORMS)),  # the same, typed with its hyphen
    ("Frame A12345 Slide B67890", "A12345", True, set(FORMS)),  # two numbers in the cell
    ("A12345/B67890", "B67890", True, set(FORMS)),  # two guns in the cell: the second
    ("AB?1234", "AB?1234", True, {"ocr_fold"}),  # the same characters unreadable at both owners
    ("AB?1234", "ABC1234", True, set()),  # unreadable at one
    ("CY??042", "CY49042", True, set()),  # two unreadable in the middle
    ("????4515", "YG884515", False, set()),  # four readable characters: held back
    ("PF?7888", "PF67888", True, set()),
    ("M0-R9241?09", "M0-R9241-09", True, set()),  # what was filed off was a hyphen
    ("A123456", "B123456", False, {"serial_core", "without_prefix"}),  # two guns: these two forms are never a link alone
    ("A123456", "A123457", False, set()),  # a straw-purchase run: neighbours agree in no form
    ("ABCD109", "ABCD110", False, set()),  # neighbours over a ten
    ("935-46702", "935-46703", False, set()),  # Ruger neighbours
    ("382", "382", False, set()),  # truncated prefix: no key but with make, model and calibre
    ("1155", "XCS1155", False, set()),  # four characters left
    ("860", "860-12345", False, set()),  # the prefix of a full serial
]
SERIALS = st.text("ABCOSX0123456789?", min_size=5, max_size=12)
MADE = st.from_regex(r"[A-Z]{0,3}[0-9]{5,7}", fullmatch=True)  # most shapes in derived_serial_shapes_by_make.csv


def keys(component: str, typed: str) -> set[str]:
    """The keys of all numbers in a cell."""
    return {key for serial in (normalise_serial(typed) or "").split("|") for key in COMPONENTS[component](serial)}


def meeting(left: str, right: str, components: tuple[str, ...]) -> set[str]:
    return {name for name in components if keys(name, left) & keys(name, right)}


@pytest.mark.parametrize(("left", "right", "same", "forms"), SAME_SERIAL)
def test_where_two_writings_meet(left: str, right: str, same: bool, forms: set[str]) -> None:
    assert meeting(left, right, FORMS) == forms
    if same:
        assert forms or meeting(left, right, READ)


HELD_BACK = [  # left, right, do they meet where make, model and calibre agree?
    ("382", "382", True),
    ("O82", "082", True),
    ("????198", "????198", True),
    ("382", "455", False),
    ("382", "382-12345", True),  # a clerk stopped at the hyphen
    ("383", "382-12345", False),
    ("535", "PHRD535", True),  # the letters were left out
    ("2495", "WNF2495", True),
    ("495", "WNF2495", False),  # a part of the number is not what is left of it
    ("345", "A12345", False),
]


@pytest.mark.parametrize(("left", "right", "meets"), HELD_BACK)
def test_a_short_serial_makes_no_key_of_its_own(left: str, right: str, meets: bool) -> None:
    assert not meeting(left, right, (*FORMS, *READ))
    assert bool(meeting(left, right, ("serial_stub",))) is meets


def test_the_shipped_agreement_blocks_on_make_for_short_serials_alone() -> None:
    passes = read_agreement(AGREEMENT).entities["firearm"].passes
    with_make = {
        name: block for name, block in passes.items() if any({"make", "importer"} & set(part.fields) for part in block.all_components())
    }
    assert list(with_make) == ["serial_stub"]
    assert {field for part in with_make["serial_stub"].all_components() for field in part.fields} >= {"model", "calibre", "make"}


@given(st.text("ABCDEFGHJK0123456789", min_size=6, max_size=12), st.data())
def test_whatever_was_filed_off_five_readable_characters_are_met(serial: str, data: st.DataObject) -> None:
    length = data.draw(st.integers(1, len(serial) - 5))
    first = data.draw(st.integers(0, len(serial) - length))
    partial = serial[:first] + "?" * length + serial[first + length :]
    assert any(set(COMPONENTS[name](serial)) & set(COMPONENTS[name](partial)) for name in READ)


@given(MADE)
def test_the_next_gun_in_the_box_agrees_in_no_form_and_not_in_all_characters(serial: str) -> None:
    neighbour = serial[:-1] + str((int(serial[-1]) + 1) % 10)
    assert not any(set(COMPONENTS[name](serial)) & set(COMPONENTS[name](neighbour)) for name in FORMS)
    offsets, codes = serial_positions([serial, neighbour], 2)
    assert len(set(codes[: offsets[1]].tolist()) & set(codes[offsets[1] :].tolist())) == len(serial) - 1


@pytest.mark.parametrize("typed", ["T1234", "9MM", ".380", "7.62 x 39"])
def test_what_is_no_serial_is_refused_without_being_quoted(typed: str) -> None:
    with pytest.raises(InvalidValue, match="not a serial number") as caught:
        normalise_serial(typed)
    assert typed not in str(caught.value)


def test_the_core_is_never_the_licence_of_the_maker() -> None:
    assert longest_digit_runs("12345678XYZ98765") == ("98765",)
    assert longest_digit_runs("12345678ABCDEFGH") == ()


@given(st.lists(MADE, min_size=1, max_size=30))
def test_a_cell_of_many_numbers_stays_short_and_normalises_to_itself(serials: list[str]) -> None:
    canonical = normalise("serial", " / ".join(serials))
    assert canonical and len(canonical) <= 64 and len(canonical.split("|")) <= 4
    assert normalise("serial", canonical) == canonical


@given(SERIALS)
def test_core_and_ncic_form_agree_with_their_slow_twins(serial: str) -> None:
    core = slow.longest_digit_run(serial)
    forms = embedded_letters_ignored(serial)
    if "?" in serial or not is_usable(serial):
        assert (forms, longest_digit_runs(serial)) == ((), ())
    elif not serial[:8].isdigit():
        assert longest_digit_runs(serial) == ((core,) if core else ())
        expected = slow.embedded_letters_ignored(serial)
        assert forms == ((expected,) if is_usable(expected) else ())
