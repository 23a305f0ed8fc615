"""Serial numbers in canonical forms C1 to C6 (DOMAIN 1.1.1).

1. C1 is the canonical value: upper-case A-Z, 0-9 and `?` for an unreadable character; null words are missing.
2. The other forms are blocking components. They are empty for a serial with fewer than five readable characters and for what
   is a trace number, because such keys collide by construction (25 of 59 Ruger serials in a public file were a bare prefix).
3. A serial may begin with eight digits of the maker's licence (rule 2021R-05F); then the part after them counts as well.
"""

import re
from collections.abc import Iterable

from linkage.owner.folding import fold, not_longer, ocr_fold
from linkage.owner.missing import is_missing

SHORTEST = 5  # readable characters (DOMAIN 1.1.1, point 6)
# A label needs a separator after it: `SN 12-345` is a label, SN12345 is a serial that begins with SN.
_LABEL = re.compile(
    r"^\s*(?:(?:S\s*/\s*N|SN|SER|SERIAL(?: NUMBER| NO\.?)?|SERIE|MATRICULA"
    r"|NUMERO DE SERIE|NO\.? DE SERIE|NUM|NO)-?[\s.:#][\s.:#\-]*)+(?=.*[A-Z0-9?])"
)
_DROPPED = re.compile(r"[^A-Z0-9?]+")
_LICENCE_PREFIX = re.compile(r"\d{8}([A-Z0-9?]{5,})")
_TRACE_NUMBER = re.compile(r"T\d{4}")  # measured in the serial column of a public file
_EMBEDDED = re.compile(r"(?<=\d)[A-Z]+(?=[\d?])")
_DIGITS = re.compile(r"\d{5,}")


def normalise_serial(text: str) -> str | None:
    """Form C1. Too short serials are kept: they are data, they only make no blocking key."""
    if is_missing(text, "serial"):
        return None
    folded = fold(text)
    unlabelled = _LABEL.sub("", folded, count=1)
    serial = _DROPPED.sub("", folded if is_missing(unlabelled) else unlabelled)
    if is_missing(unlabelled, "serial") or is_missing(serial, "serial"):
        return None
    return not_longer(serial)


def confusables_folded(serial: str) -> tuple[str, ...]:
    """Form C2: confusable characters folded; with a licence prefix, the part after it too."""
    return _alternatives(ocr_fold(form) for form in _forms(serial))


def embedded_letters_ignored(serial: str) -> tuple[str, ...]:
    """Form C3, as NCIC searches: O is zero, letters between digits do not count, leading and trailing letters do."""
    return _alternatives(_EMBEDDED.sub("", form.replace("O", "0")) for form in _forms(serial))


def longest_digit_runs(serial: str) -> tuple[str, ...]:
    """Form C4: the longest run of at least five digits. Never a licence prefix: that is one number for all guns of a maker."""
    forms = _forms(serial)
    if len(forms) > 1 and not serial.isdigit():
        forms = forms[1:]
    return _alternatives(max(runs, key=len) for runs in map(_DIGITS.findall, forms) if runs)


def letter_prefix_dropped(serial: str) -> tuple[str, ...]:
    """Form C5: leading letters dropped, then C2; equal to C2 where there are none."""
    return _alternatives(ocr_fold(form.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for form in _forms(serial))


def letter_suffix_dropped(serial: str) -> tuple[str, ...]:
    """Form C6: trailing letters dropped, then C2; equal to C2 where there are none."""
    return _alternatives(ocr_fold(form.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for form in _forms(serial))


def _forms(serial: str) -> list[str]:
    if _readable(serial) < SHORTEST or _TRACE_NUMBER.fullmatch(serial):
        return []
    after_licence = _LICENCE_PREFIX.fullmatch(serial)
    return [serial, after_licence.group(1)] if after_licence else [serial]


def _readable(serial: str) -> int:
    return len(serial) - serial.count("?")


def _alternatives(forms: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({form for form in forms if _readable(form) >= SHORTEST}))
