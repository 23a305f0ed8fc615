"""Where somebody lives or comes from, and how to reach them: addresses, states, countries, telephone, e-mail.

1. States and countries become codes where the word is unambiguous, and stay words where it is not: no text is refused.
2. A telephone number loses its country code (the code is the part that is missing in the wild): ten digits in all three countries.
3. Postal codes lose what only one side writes (ZIP+4); lost leading zeros come back.
"""

import re

from linkage.owner.fact_tables import aliases, read_table
from linkage.owner.folding import (
    AS_DIGIT,
    at_most,
    compact,
    fold,
    fold_words,
    not_longer,
)
from linkage.owner.missing import is_missing, unless_missing
from linkage.protocol.errors import InvalidValue

_STREETS_TABLE = read_table("streets")
_STREET = aliases(_STREETS_TABLE["classes"])
_LOCALITY: dict[str, str] = _STREETS_TABLE["localities"]
_REGIONS = aliases(read_table("regions")["regions"])
_COUNTRIES = aliases(read_table("countries")["countries"])
_NUMBER_LABEL = re.compile(r"^(?:(?:NO|NUM|NUMERO|NUMBER|EXT) ?)+(?=\d)")
_CANADIAN = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]\d")
_EXTENSION = re.compile(r"\s*(?:EXT|EXTENSION|POSTE|X|#)[\s.:]*\d{1,6}\s*$")
_EMAIL = re.compile(r"[A-Z0-9._+-]+@[A-Z0-9-]+(?:\.[A-Z0-9-]+)+")


def normalise_house_number(text: str) -> str | None:
    """`No. 12-B` is 12 B; `S/N` is missing."""
    if is_missing(text, "house_number"):
        return None
    return unless_missing(at_most(_NUMBER_LABEL.sub("", fold_words(text))), "house_number")


def normalise_street(text: str) -> str | None:
    """Words of a street, the common ones in one short form: `Avenida`, `Ave.`, `AV` are AV."""
    if is_missing(text, "place"):
        return None
    return unless_missing(at_most(" ".join(_STREET.get(word, word) for word in _address_words(text))), "place")


def normalise_locality(text: str) -> str | None:
    """`Cd. Juárez` is CIUDAD JUAREZ, `Mty` MONTERREY, `St-Albans` SAINT ALBANS."""
    if is_missing(text, "place"):
        return None
    words = [_LOCALITY.get(word, word) for word in _address_words(text)]
    return unless_missing(at_most(" ".join(words)), "place")


def normalise_region(text: str) -> str | None:
    """State or province as its GENC code (`Nuevo León` NLE, `Québec` QC, `Texas` TX), else its words."""
    if is_missing(text, "place"):
        return None
    words = at_most(fold_words(text)) or ""
    without_country = re.sub(r"^(?:US|MX|CA) (?=[A-Z]{2,3}$)", "", words)
    return _REGIONS.get(words) or _REGIONS.get(without_country) or unless_missing(words, "place")


def normalise_country(text: str) -> str | None:
    """Country or nationality as its GENC three-letter code (`EE. UU.` USA, `mexicana` MEX), else its words."""
    if is_missing(text, "place"):
        return None
    words = at_most(fold_words(text)) or ""
    return _COUNTRIES.get(words) or _COUNTRIES.get(words.replace(" ", "")) or unless_missing(words, "place")


def normalise_place(text: str) -> str | None:
    """Place of birth: code of the state or country named last (`Culiacán, Sinaloa, México` is SIN), else its words."""
    if is_missing(text, "place"):
        return None
    parts = [part for part in map(fold_words, fold(text).split(",")) if part]
    codes = [_REGIONS.get(part) for part in reversed(parts)] + [_COUNTRIES.get(part) for part in reversed(parts)]
    locality = normalise_locality(text) or ""
    return next(filter(None, codes), None) or _REGIONS.get(locality) or _COUNTRIES.get(locality) or locality or None


def normalise_postal_code(text: str) -> str | None:
    """Five digits (US, MX; a lost leading zero restored), or a Canadian A1A1A1; other codes without separators."""
    if is_missing(text, "code"):
        return None
    code = compact(text)
    if _CANADIAN.fullmatch(code):
        return code
    digits = code.translate(AS_DIGIT)
    if digits.isdigit():
        return digits[:5] if len(digits) == 9 else digits.zfill(5) if len(digits) <= 5 else _short_enough(digits)
    return unless_missing(_short_enough(code), "code")


def normalise_phone(text: str) -> str | None:
    """The national number: ten digits for MX, CA, US; +1, +52, 00, 01 and extensions removed. Seven to fifteen digits else."""
    if is_missing(text, "code"):
        return None
    digits = re.sub(r"\D", "", _EXTENSION.sub("", fold(text)), flags=re.ASCII)
    if not 7 <= len(digits) <= 17:
        raise InvalidValue("not a telephone number (expected 7 to 15 digits)")
    national = re.fullmatch(r"(?:00|011)?(?:52[1]?|1|044|045|01)(\d{10})", digits)
    number = national.group(1) if national else digits
    if set(number) == {"0"}:
        return None
    return number


def normalise_email(text: str) -> str | None:
    """Upper-case address; characters that mail systems hardly use are refused with the whole."""
    if is_missing(text, "code"):
        return None
    address = "".join(fold(text).split()).replace("'", "").removeprefix("MAILTO:").strip("<>;,.")
    if not _EMAIL.fullmatch(address):
        raise InvalidValue("not an e-mail address (expected name@domain)")
    return not_longer(address)


def _address_words(text: str) -> list[str]:
    return fold_words(fold(text).replace("'", "").replace("`", "")).split()


def _short_enough(code: str) -> str:
    if len(code) > 10:
        raise InvalidValue("not a postal code (expected at most 10 letters and digits)")
    return code
