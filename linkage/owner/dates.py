"""Dates in declared formats, exact or partial: `YYYYMMDD`, `YYYYMM` or `YYYY`.

1. Only declared formats are tried, in their order: nothing guesses whether 03/04 is in March or in April. A swap is met by a blocking
   key and a filter that take month and day in any order.
2. A day or month written 00 is unknown: the rest is kept at its own precision. Of a date that says circa only the year is kept.
3. Where only a digit can stand, a letter that looks like one is read as one (`O9/04/1990`).
4. Impossible dates, years outside 1850 to 2100, and dates after the latest one that the field allows are refused; the reason names
   the formats, never the value. The latest date comes from the agreement and never from a clock: same input, same bytes.
"""

import calendar
import re
from datetime import date
from functools import lru_cache

from linkage.owner.fact_tables import read_table
from linkage.owner.folding import AS_DIGIT, fold
from linkage.owner.missing import is_missing
from linkage.protocol.errors import InvalidProfile, InvalidValue

FIRST_YEAR, LAST_YEAR = 1850, 2100
ISO = ("%Y-%m-%d", "%Y-%m", "%Y")
_ISO_AND_TIMESTAMPS = (*ISO, "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
LATEST = date(LAST_YEAR, 12, 31)
_LATEST_SHORT_YEAR = 2035  # 36..99 is 1936..1999, 00..35 is 2000..2035, where the field has no earlier latest date
_DIRECTIVES = {
    "%d": r"(?P<day>\d{1,2})(?:(?:ST|ND|RD|TH|ERO|ER|RO|O)?\.?)??",  # 1st, 1er, 1ero, 1ro, 1o.
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
_CIRCA = re.compile(r"^(?:~|(?:CIRCA|ABOUT|APPROX|APROX|HACIA|ALREDEDOR DE|VERS|ENVIRON)\b\.?|(?:ABT|CA|C)\.?(?=\s|\d))\s*")


def normalise_iso_date(text: str, latest: date = LATEST) -> str | None:
    """A date in ISO 8601: `YYYY-MM-DD`, `YYYY-MM`, `YYYY`, or `YYYYMMDD`. ISO forbids `YYYYMM`, which may be `YYMMDD`."""
    return _normalise(text, _ISO_AND_TIMESTAMPS, ISO, latest)


def normalise_date(text: str, formats: tuple[str, ...], latest: date = LATEST) -> str | None:
    """A date in one of the declared strptime formats; precision follows from the format (`%m/%Y` gives `YYYYMM`).

    Month names (`%b`, `%B`) are understood in English, Spanish and French, full, short or Roman. A two-digit year is one of the hundred
    up to the year of the latest date, or to 2035. Raises InvalidValue when no format gives a possible date that is not later than
    ``latest``, InvalidProfile when a format cannot be read.
    """
    return _normalise(text, formats, formats, latest)


def _normalise(text: str, formats: tuple[str, ...], shown: tuple[str, ...], latest: date) -> str | None:
    if is_missing(text, "code"):
        return None
    folded = " ".join(fold(text).split())
    certain = _CIRCA.sub("", folded)
    found = _first_possible(certain, formats, latest)
    if found is None:
        not_later = f", not after {latest.isoformat()}" if latest < LATEST else ""
        raise InvalidValue(f"not a date (expected {', '.join(shown)}{not_later})")
    return found if certain == folded else found[:4]


def _first_possible(text: str, formats: tuple[str, ...], latest: date) -> str | None:
    last_short_year = min(latest.year, _LATEST_SHORT_YEAR)
    for readable in (text, text.translate(AS_DIGIT)):
        for declared in formats:
            match = _pattern(declared).fullmatch(readable)
            found = _canonical(match.groupdict(), last_short_year) if match else None
            if found and found <= f"{latest:%Y%m%d}"[: len(found)]:
                return found
    return None


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


def _canonical(parts: dict[str, str | None], last_short_year: int) -> str | None:
    year = int(parts.get("year") or _century(int(parts.get("short_year") or 0), last_short_year))
    month = _MONTHS.get(parts["month_name"] or "", 13) if "month_name" in parts else int(parts.get("month") or 0)
    day = int(parts.get("day") or 0)
    if not FIRST_YEAR <= year <= LAST_YEAR or month > 12:
        return None
    if month == 0:
        return f"{year:04d}" if day == 0 else None
    if day > calendar.monthrange(year, month)[1]:
        return None
    return f"{year:04d}{month:02d}{day:02d}" if day else f"{year:04d}{month:02d}"


def _century(short_year: int, last: int) -> int:
    return last - (last - short_year) % 100
