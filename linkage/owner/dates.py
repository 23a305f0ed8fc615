"""Dates in declared formats, exact or partial: `YYYYMMDD`, `YYYYMM` or `YYYY`.

1. Only declared formats are tried, in their order: nothing guesses whether 03/04 is in March or in April.
2. A day or month written 00 is unknown: the rest is kept at its own precision.
3. Where only a digit can stand, a letter that looks like one is read as one (`O9/04/1990`).
4. Impossible dates and years outside 1850 to 2100 are refused; the reason names the formats, never the value.
"""

import calendar
import re
from functools import lru_cache

from linkage.owner.fact_tables import read_table
from linkage.owner.folding import AS_DIGIT, fold
from linkage.owner.missing import is_missing
from linkage.protocol.errors import InvalidProfile, InvalidValue

FIRST_YEAR, LAST_YEAR = 1850, 2100
ISO = ("%Y-%m-%d", "%Y-%m", "%Y")
_ISO_AND_TIMESTAMPS = (*ISO, "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_TWO_DIGIT_PIVOT = 35  # 36..99 is 1936..1999, 00..35 is 2000..2035: fixed, so that results never depend on today
_DIRECTIVES = {
    "%d": r"(?P<day>\d{1,2})",
    "%m": r"(?P<month>\d{1,2})",
    "%Y": r"(?P<year>\d{4})",
    "%y": r"(?P<short_year>\d{2})",
    "%b": r"(?P<month_name>[A-Z]+)\.?",
    "%B": r"(?P<month_name>[A-Z]+)\.?",
    "%H": r"\d{1,2}",
    "%M": r"\d{1,2}",
    "%S": r"\d{1,2}(?:\.\d+)?",
}
_CLOSED_UP = {"%d": r"(?P<day>\d{2})", "%m": r"(?P<month>\d{2})"}  # without separators, two digits each
_MONTHS = {name: number for number, names in enumerate(read_table("months")["months"], 1) for name in names}
_CIRCA = re.compile(r"^(?:~|CIRCA\b|CA\.|C\.)\s*")


def normalise_iso_date(text: str) -> str | None:
    """A date in ISO 8601: `YYYY-MM-DD`, `YYYY-MM`, `YYYY`, or `YYYYMMDD`. ISO forbids `YYYYMM`, which may be `YYMMDD`."""
    return _normalise(text, _ISO_AND_TIMESTAMPS, shown=ISO)


def normalise_date(text: str, formats: tuple[str, ...]) -> str | None:
    """A date in one of the declared strptime formats; precision follows from the format (`%m/%Y` gives `YYYYMM`).

    Month names (`%b`, `%B`) are understood in English, Spanish and French, full or short. A two-digit year is 1936 to 2035.
    Raises InvalidValue when no format gives a possible date, InvalidProfile when a format cannot be read.
    """
    return _normalise(text, formats, shown=formats)


def _normalise(text: str, formats: tuple[str, ...], shown: tuple[str, ...]) -> str | None:
    if is_missing(text, "code"):
        return None
    folded = _CIRCA.sub("", " ".join(fold(text).split()))
    for readable in (folded, folded.translate(AS_DIGIT)):
        for declared in formats:
            match = _pattern(declared).fullmatch(readable)
            date = _canonical(match.groupdict()) if match else None
            if date:
                return date
    raise InvalidValue(f"not a date (expected {', '.join(shown)})")


@lru_cache(maxsize=256)
def _pattern(declared: str) -> re.Pattern[str]:
    """The regular expression of one declared format. Cached by format: formats are configuration, not personal data."""
    closed_up = re.fullmatch(r"(%[dmYy])+", declared) is not None
    pieces = re.split(r"(%.)", declared)
    unknown = [piece for piece in pieces if piece.startswith("%") and piece not in _DIRECTIVES]
    if unknown or re.search("%[Yy]", declared) is None or len(set(pieces[1::2])) < len(pieces[1::2]):
        raise InvalidProfile(f"date format {declared!r} (expected a year and {', '.join(_DIRECTIVES)}, each once)")
    table = _DIRECTIVES | _CLOSED_UP if closed_up else _DIRECTIVES
    return re.compile("".join(table.get(piece) or re.escape(piece.upper()) for piece in pieces), re.ASCII)


def _canonical(parts: dict[str, str | None]) -> str | None:
    year = int(parts.get("year") or _century(int(parts.get("short_year") or 0)))
    month = _MONTHS.get(parts["month_name"] or "", 13) if "month_name" in parts else int(parts.get("month") or 0)
    day = int(parts.get("day") or 0)
    if not FIRST_YEAR <= year <= LAST_YEAR or month > 12:
        return None
    if month == 0:
        return f"{year:04d}" if day == 0 else None
    if day > calendar.monthrange(year, month)[1]:
        return None
    return f"{year:04d}{month:02d}{day:02d}" if day else f"{year:04d}{month:02d}"


def _century(short_year: int) -> int:
    return 2000 + short_year if short_year <= _TWO_DIGIT_PIVOT else 1900 + short_year
