"""Kinds without a room of their own: text, code, sex, number, yes_no."""

import re
from decimal import ROUND_HALF_UP, Decimal

from linkage.owner.folding import at_most, compact, fold, fold_words, not_longer
from linkage.owner.missing import is_missing, unless_missing
from linkage.protocol.errors import InvalidValue

_SEX = {
    "F": "F",
    "FEMALE": "F",
    "WOMAN": "F",
    "FEMENINO": "F",
    "FEMENINA": "F",
    "MUJER": "F",
    "FEMININ": "F",
    "FEMME": "F",
    "M": "M",
    "MALE": "M",
    "MAN": "M",
    "MASCULINO": "M",
    "HOMBRE": "M",
    "VARON": "M",
    "MASCULIN": "M",
    "HOMME": "M",
    "X": "X",
    "NON BINARY": "X",
    "NONBINARY": "X",
    "NO BINARIO": "X",
    "NO BINARIA": "X",
    "NON BINAIRE": "X",
    "OTHER": "X",
    "OTRO": "X",
    "AUTRE": "X",
}
_YES = frozenset({"YES", "Y", "SI", "S", "OUI", "O", "TRUE", "T", "VERDADERO", "VRAI", "1"})
_NO = frozenset({"NO", "N", "NON", "FALSE", "F", "FALSO", "FAUX", "0"})
_NUMBER = re.compile(r"(\d{1,15})(?:[.,](\d{1,15}))?(?:\s*[A-Z]{1,6}\.?)?", re.ASCII)


def normalise_text(text: str) -> str | None:
    """Words of A-Z and 0-9."""
    return None if is_missing(text) else unless_missing(at_most(fold_words(text)), "always")


def normalise_code(text: str) -> str | None:
    """Letters and digits without separators; refused when longer than 64, because a cut code is another code."""
    return None if is_missing(text, "code") else unless_missing(not_longer(compact(text)), "code")


def normalise_sex(text: str) -> str | None:
    """F, M or X. A lone H is refused: its source means M as mujer (CURP), which only the profile can say."""
    if is_missing(text, "code"):
        return None
    sex = _SEX.get(fold_words(text))
    if sex is None:
        raise InvalidValue("not a sex (expected F, M, X or a full word; a source that codes H and M declares it in its profile)")
    return sex


def normalise_yes_no(text: str) -> str | None:
    """YES or NO, from English, Spanish and French."""
    if is_missing(text):
        return None
    word = fold_words(text)
    if word not in _YES | _NO:
        raise InvalidValue("neither yes nor no")
    return "YES" if word in _YES else "NO"


def normalise_number(text: str) -> str | None:
    """A whole number without leading zeros, halves rounded up; a unit after it is ignored, it belongs to the field's name."""
    if is_missing(text, "code"):
        return None
    match = _NUMBER.fullmatch(fold(text).strip())
    if match is None:
        raise InvalidValue("not a number (expected digits with at most one decimal sign)")
    whole, decimals = match.groups()
    return str(Decimal(f"{whole}.{decimals or 0}").quantize(Decimal(1), rounding=ROUND_HALF_UP))
