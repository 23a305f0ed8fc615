"""Whatever is typed into a cell, a normaliser answers with a canonical value, None, or a clean refusal."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkage.owner.dates import normalise_date
from linkage.owner.normalisation import NORMALISERS, normalise
from linkage.protocol.errors import InvalidAgreement, InvalidValue

ALPHABETS = {"serial": r"[A-Z0-9?]+(\|[A-Z0-9?]+){0,3}", "email": r"[A-Z0-9@._+-]+"}
PLAIN = r"[A-Z0-9]+( [A-Z0-9]+)*"
FRAGMENTS = """
    de la del los y van der St. Ma. J. M. José Muñoz O'Brien D' L' Jr. SR DR S.A. de C.V. Inc & Co Ltd Ltée SC S/N N/A NULL no.
    Mu&ntilde;oz &amp;ntilde; MARTINEZCRUZ Stpierre San Santa N~ alias (a) a.k.a. "El «Güero» “ ” Hdez. Gpe. Vda. dit hijo C. circa 1er
    A12345 B67890; 12345678-XYZ98765 AB**12 *A1B2C3* Slide T1234 CJNG CDG Groupe
    9mm 9x19 .223 AR-15 tipo pistola S&W Mfg Arms Cd. Ave 12-B Ñ Ã± Ø ß Ж 王 ? ¥ , - ' : / 00 1985-00-00 US MX Texas ( ) // Y E A
"""
WORDS = st.sampled_from(FRAGMENTS.split())
TEXTS = st.one_of(
    st.text(),
    st.lists(WORDS, max_size=8).map(" ".join),
    st.text("AÑSZ09 -./?:,&'", max_size=24),
    st.text("0123456789-/ OIS", max_size=20),
)


def answer(kind: str, text: str) -> tuple[str | None, InvalidValue | None]:
    """The canonical value, or the refusal."""
    try:
        return normalise(kind, text), None
    except InvalidValue as refusal:
        return None, refusal


@pytest.mark.parametrize("kind", NORMALISERS)
@given(text=TEXTS)
@example(text="0" * 41 + "&0&0&0%S:A:0")  # as a legal form: cut to 64 characters, it ends in one
@settings(max_examples=250, deadline=None)
def test_canonical_or_cleanly_refused(kind: str, text: str) -> None:
    value, refusal = answer(kind, text)
    if refusal:
        assert refusal.__context__ is None
        assert refusal.__cause__ is None
    if value is None:
        return
    assert len(value) <= 64
    assert re.fullmatch(ALPHABETS.get(kind, PLAIN), value), (kind, value)
    if kind == "date" and len(value) == 6:
        return  # YYYYMM is canonical, but read as ISO it could be YYMMDD: refused there on purpose
    assert normalise(kind, value) == value


@pytest.mark.parametrize("kind", NORMALISERS)
def test_a_refusal_never_quotes_the_value(kind: str) -> None:
    for canary in ("Xyzzyplugh-Quux 77!", "Zzyzx" * 40, "4815162342 Qwghlm"):
        _, refusal = answer(kind, canary)
        words = re.findall(r"\w{4,}", canary)
        assert not any(word.lower() in str(refusal).lower() for word in words)


def test_a_refused_date_names_the_formats_and_not_the_value() -> None:
    with pytest.raises(InvalidValue, match=r"not a date \(expected %d/%m/%Y\)") as caught:
        normalise_date("31/02/1985", ("%d/%m/%Y",))
    assert "1985" not in str(caught.value)
    assert caught.value.__context__ is None


def test_an_unknown_kind_is_the_agreements_fault() -> None:
    with pytest.raises(InvalidAgreement, match="kind 'shoe_size'"):
        normalise("shoe_size", "42")
