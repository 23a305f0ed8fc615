"""Numbers that states and registers give to persons and organizations (DOMAIN 1.2, 1.3).

1. Only an impossible shape is refused. A wrong check digit never is: issued numbers fail them; `check` flags it.
2. Where the shape says digit or letter, a letter O and a zero (and their like) are read as what must stand there.
3. Placeholders everybody uses (XAXX010101000, 000-00-0000) are missing values.
4. Ñ and & of a CURP or RFC become X, as registers without these characters write them.
"""

import re
from collections.abc import Callable

from stdnum import lei, luhn
from stdnum.mx import curp, rfc
from stdnum.us import itin

from linkage.owner.folding import (
    AS_DIGIT,
    compact,
    fold,
    fold_words,
    not_longer,
    ocr_fold,
)
from linkage.owner.missing import is_missing
from linkage.owner.places import normalise_country, normalise_region
from linkage.protocol.errors import InvalidValue

_AS_LETTER = str.maketrans("01", "OI")
_OUTSIDE_ASCII = re.compile(r"[Ññ&]|Ã[\u2018\u0091±]|[Nn]\u0303")
_PLACEHOLDERS = frozenset(
    {
        "XAXX010101000",
        "XEXX010101000",
        "XEXX010101HNEXXXA4",
        "XEXX010101MNEXXXA8",
        "123456789",
        "987654321",
        "078051120",
    }
)
_UCN_FOLD = str.maketrans("BGIOQSUYZ", "8C1005VV2")  # what the FBI left out of the alphabet of the UCN
_UCN_ALPHABET = "0123456789ACDEFHJKLMNPRTVWX"
_UCN_WEIGHTS = (2, 4, 5, 7, 8, 10, 11, 13)


def _shaped(text: str, shapes: tuple[str, ...], expected: str) -> str | None:
    """The code in one of the shapes (9 digit, A letter, * either), confusables corrected; None for a placeholder."""
    code = compact(text)
    if is_missing(text, "code") or is_missing(code, "code"):
        return None
    for shape in shapes:
        if len(shape) == len(code):
            corrected = "".join(map(_corrected, code, shape))
            if all(map(_fits, corrected, shape)):
                return None if corrected in _PLACEHOLDERS or len(set(corrected)) == 1 else corrected
    raise InvalidValue(f"impossible shape (expected {expected})")


def _corrected(character: str, kind: str) -> str:
    if kind == "9":
        return character.translate(AS_DIGIT)
    return character.translate(_AS_LETTER) if kind == "A" else character


def _fits(character: str, kind: str) -> bool:
    return kind == "*" or (character.isdigit() if kind == "9" else character.isalpha())


def normalise_curp(text: str) -> str | None:
    """Clave Única de Registro de Población: 18 characters."""
    return _shaped(_OUTSIDE_ASCII.sub("X", text), ("AAAA999999AAAAAA*9",), "a CURP: 4 letters, 6 digits, 6 letters, 1 character, 1 digit")


def normalise_rfc(text: str) -> str | None:
    """Registro Federal de Contribuyentes: 13 characters (person), 10 (person without homoclave), 12 (company)."""
    shapes = ("AAAA999999***", "AAA999999***", "AAAA999999")
    return _shaped(_OUTSIDE_ASCII.sub("X", text), shapes, "an RFC: 3 or 4 letters, 6 digits, homoclave of 3")


def normalise_ine(text: str) -> str | None:
    """Clave de elector: 18 characters."""
    return _shaped(_OUTSIDE_ASCII.sub("X", text), ("AAAAAA99999999A999",), "a clave de elector: 6 letters, 8 digits, 1 letter, 3 digits")


def normalise_ssn(text: str) -> str | None:
    """Social Security number (or ITIN in its place): 9 digits; up to two lost leading zeros come back."""
    number = _shaped(text, ("9" * 9, "9" * 8, "9" * 7), "9 digits")
    return number.zfill(9) if number else None


def normalise_itin(text: str) -> str | None:
    """US individual taxpayer identification number: 9 digits; its 9 in front and 50 to 99 in the middle are checked, not required."""
    return _shaped(text, ("9" * 9,), "9 digits")


def normalise_sin(text: str) -> str | None:
    """Canadian social insurance number: 9 digits."""
    return _shaped(text, ("9" * 9,), "9 digits")


def normalise_ein(text: str) -> str | None:
    """US employer identification number: 9 digits; one lost leading zero comes back."""
    number = _shaped(text, ("9" * 9, "9" * 8), "9 digits")
    return number.zfill(9) if number else None


def normalise_bn(text: str) -> str | None:
    """Canadian business number: its first nine digits; the programme account (RC0001) differs from use to use."""
    number = _shaped(text, ("9" * 9, "9" * 9 + "AA9999"), "9 digits, optionally 2 letters and 4 digits")
    return number[:9] if number else None


def normalise_neq(text: str) -> str | None:
    """Numéro d'entreprise du Québec: 10 digits."""
    return _shaped(text, ("9" * 10,), "10 digits")


def normalise_lei(text: str) -> str | None:
    """Legal Entity Identifier: 18 characters and 2 check digits."""
    return _shaped(text, ("*" * 18 + "99",), "18 letters and digits, 2 digits")


def normalise_ffl(text: str) -> str | None:
    """Stable part of a US Federal Firearms Licence: region, district and sequence (8 digits).

    The county, type and expiry in between change on renewal: `1-23-456-01-8A-12345` is 12312345.
    """
    number = _shaped(text, ("9" * 8, "99999999" + "9A" + "99999", "9" * 15), "region, district, county, type, expiry, sequence")
    return number[:3] + number[-5:] if number else None


def normalise_fbi_ucn(text: str) -> str | None:
    """FBI Universal Control Number (9 characters) or an older FBI number, confusable letters folded as the UCN does."""
    number = compact(text).translate(_UCN_FOLD)
    if is_missing(text, "code") or is_missing(number, "code"):
        return None
    if not 2 <= len(number) <= 10:
        raise InvalidValue("impossible shape (expected 2 to 10 letters and digits)")
    return number


def normalise_fps(text: str) -> str | None:
    """Fingerprint section number (RCMP): digits and mostly one letter, which `without_suffix` ignores."""
    sizes = (7, 6, 8, 5)
    return _shaped(text, tuple("9" * size + end for end in ("A", "") for size in sizes), "5 to 8 digits, optionally a letter")


def normalise_imei(text: str) -> str | None:
    """Mobile device: its first 14 digits; the check digit or the software version after them may be missing or differ."""
    number = _shaped(text, ("9" * 15, "9" * 14, "9" * 16), "14 to 16 digits")
    return number[:14] if number else None


def normalise_plate(text: str) -> str | None:
    """`JURISDICTION:plate` as code of the state, space, plate; the plate alone without a jurisdiction."""
    return _of_jurisdiction(text, 2, 10, "JURISDICTION:plate, 2 to 10 letters and digits")


def normalise_passport(text: str) -> str | None:
    """`ISSUER:number` as issuer code, space, number with confusable characters folded; the number alone without an issuer."""
    issuer, number = _issued(text, shortest=3)
    if number is None:
        return None
    if not 5 <= len(number) <= 14:
        raise InvalidValue("impossible shape (expected ISSUER:number, 5 to 14 letters and digits)")
    country = _letters(normalise_country(issuer), shortest=3)
    return f"{country} {ocr_fold(number)}".strip()


def normalise_driver_licence(text: str) -> str | None:
    """`JURISDICTION:number` as code of the state, space, number; the number alone without a jurisdiction."""
    return _of_jurisdiction(text, 4, 25, "JURISDICTION:number, 4 to 25 letters and digits")


def _of_jurisdiction(text: str, shortest: int, longest: int, expected: str) -> str | None:
    jurisdiction, number = _issued(text, shortest=2)
    if number is None:
        return None
    if not shortest <= len(number) <= longest:
        raise InvalidValue(f"impossible shape (expected {expected})")
    state = _letters(normalise_region(jurisdiction), shortest=2)
    return f"{state} {number}".strip()


def _issued(text: str, shortest: int) -> tuple[str, str | None]:
    if is_missing(text, "code"):
        return "", None
    issuer, colon, number = fold(text).partition(":")
    if not colon:
        words = fold_words(issuer).split()
        issued = len(words) == 2 and words[0].isalpha() and len(words[0]) >= shortest  # as the canonical form is written
        issuer, number = (words[0], words[1]) if issued else ("", "".join(words))
    number = compact(number)
    return issuer, None if is_missing(number, "code") else not_longer(number)


def _letters(issuer: str | None, shortest: int) -> str:
    """The issuer as one word; what has a digit or is shorter than any code names no issuer."""
    word = (issuer or "").replace(" ", "")[:20]
    return word if word.isalpha() and len(word) >= shortest else ""


def _last_is(computed: Callable[[str], str]) -> Callable[[str], bool]:
    return lambda value: computed(value[:-1]) == value[-1]


def _rfc_digit(value: str) -> bool | None:
    if len(value) < 12:
        return None
    letters = len(value) - 9  # an X may stand for Ñ or &, see rule 4
    spellings = {value, *(value[:at] + other + value[at + 1 :] for at in range(letters) if value[at] == "X" for other in "Ñ&")}
    return any(map(_last_is(rfc.calc_check_digit), spellings))


def _ucn_digit(value: str) -> bool | None:
    if len(value) != 9 or not set(value) <= set(_UCN_ALPHABET):
        return None
    weighted = sum(weight * _UCN_ALPHABET.index(character) for weight, character in zip(_UCN_WEIGHTS, value[:8], strict=True))
    return _UCN_ALPHABET[weighted % 27] == value[8]


_CHECKS: dict[str, Callable[[str], bool | None]] = {
    "curp": _last_is(curp.calc_check_digit),
    "rfc": _rfc_digit,
    "sin": luhn.is_valid,
    "bn": luhn.is_valid,
    "lei": lei.is_valid,
    "itin": itin.is_valid,
    "fbi_ucn": _ucn_digit,
}


def birth_date_in(kind: str, code: str) -> str:
    """The birth date inside a canonical code: YYYYMMDD of a CURP; YYMMDD, which does not say the century, of an RFC or INE; else ""."""
    if kind == "curp":
        return ("19" if code[16].isdigit() else "20") + code[4:10]
    if kind == "ine":
        return code[6:12]
    return code[4:10] if len(code) in (10, 13) else ""


def has_check(kind: str) -> bool:
    """Whether values of this kind may have a check digit."""
    return kind in _CHECKS


def check(kind: str, value: str) -> bool | None:
    """Whether the check digit of a canonical value is right; None where the kind, or this form of it, has none."""
    checked = _CHECKS.get(kind)
    return checked(value) if checked else None
