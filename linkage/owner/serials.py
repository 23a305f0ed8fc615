"""Serial numbers in canonical forms C1 to C6 (DOMAIN 1.1.1).

1. C1 is the canonical value: upper-case A-Z, 0-9 and `?` for an unreadable character; null words are missing.
2. A cell may hold several numbers (frame and slide; two guns), and a number with a maker's licence before it (rule 2021R-05F) is two:
   they are joined with `|`, the frame's first, and each may be met.
3. Trace numbers and calibres typed into the column are refused, so that they are reported and never met.
4. The other forms are blocking components. They are empty for a serial with fewer than five readable characters, because such keys
   collide by construction (25 of 59 Ruger serials in a public file were a bare prefix). Those meet each other, and whole serials of
   which they may be what is left, only where make, model and calibre agree too (`serial_stub`).
5. A serial with unreadable characters is met by what can be read: its start, its end, or both ends and its length.
"""

import re
from collections.abc import Iterable, Iterator

from linkage.owner.firearms import is_calibre
from linkage.owner.folding import LONGEST, fold, not_longer, ocr_fold
from linkage.owner.missing import is_missing
from linkage.protocol.errors import InvalidValue

SHORTEST = 5  # readable characters (DOMAIN 1.1.1, point 6)
ENDS, READABLE = 4, 2  # characters of a start or end; readable ones of a serial that is held back
PREFIX = 3  # digits before the hyphen of a Ruger
MOST = 4  # numbers of one cell
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# A label needs a separator after it: `SN 12-345` is a label, SN12345 is a serial that begins with SN.
_LABEL = re.compile(
    r"^\s*(?:(?:S\s*/\s*N|SN|SER|SERIAL(?: NUMBER| NO\.?)?|SERIE|MATRICULA"
    r"|NUMERO DE SERIE|NO\.? DE SERIE|NUM|NO)-?[\s.:#][\s.:#\-]*)+(?=.*[A-Z0-9?])"
)
_PART_OF_GUN = re.compile(
    r"(?<![A-Z0-9])(?:FRAME|RECEIVER|SLIDE|BARREL|BOLT|LOWER|UPPER|ARMAZON|CORREDERA|CANON|CERROJO|CAJON|CARCASSE|GLISSIERE|CULASSE)"
    r"(?:\s*(?:NO\.?|NUMBER|#))?(?![A-Z0-9])[\s:.#\-=]*"
)
_BETWEEN = re.compile(r"[;,/&+|\n\r\t]|\s(?:Y|E|ET|AND)\s")
_BAR_CODE = re.compile(r"\*([A-Z0-9\-. ]+)\*")  # start and stop mark of Code 39, not unreadable characters
_UNREADABLE = str.maketrans("*_", "??")
_DROPPED = re.compile(r"[^A-Z0-9?]+")
_LICENCE_TYPED = re.compile(r"\s*\d-?\d\d-?\d{5}\s*-\s*([A-Z0-9?][A-Z0-9?\-\s]*)")
_LICENCE_PREFIX = re.compile(r"\d{8}([A-Z0-9?]{5,})")
_TRACE_NUMBER = re.compile(r"T\d{4}")  # measured in the serial column of a public file
_LETTERS_AND_FEW = re.compile(r"[A-Z]+(\d{2,4})")
_EMBEDDED = re.compile(r"(?<=\d)[A-Z]+(?=\d)")
_DIGITS = re.compile(r"\d{5,}")


def normalise_serial(text: str) -> str | None:
    """Form C1 of every number in the cell, joined with `|`. Too short serials are kept: they are data, they only make no blocking key."""
    if is_missing(text, "serial"):
        return None
    folded = fold(text)
    serials = list(dict.fromkeys(serial for part in _numbers(folded) for serial in _with_licence(part)))
    joined = not_longer(serials[0]) if serials else None
    for serial in serials[1:MOST]:
        if joined and len(joined) + len(serial) < LONGEST:
            joined = f"{joined}|{serial}"
    return joined


def is_usable(serial: str) -> bool:
    """Whether a canonical serial number may be matched: five readable characters."""
    return readable(serial) >= SHORTEST


def readable(serial: str) -> int:
    """How many characters of a canonical serial number can be read."""
    return len(serial) - serial.count("?")


def confusables_folded(serial: str) -> tuple[str, ...]:
    """Form C2: confusable characters folded; with a licence prefix, the part after it too."""
    return _alternatives(ocr_fold(form) for form in _forms(serial))


def embedded_letters_ignored(serial: str) -> tuple[str, ...]:
    """Form C3, as NCIC searches: O is zero, letters between digits do not count, leading and trailing letters do."""
    return _alternatives(_EMBEDDED.sub("", form.replace("O", "0")) for form in _whole_forms(serial))


def longest_digit_runs(serial: str) -> tuple[str, ...]:
    """Form C4: the longest run of at least five digits. Never a licence prefix: that is one number for all guns of a maker."""
    forms = _whole_forms(serial)
    if len(forms) > 1 and not serial.isdigit():
        forms = forms[1:]
    return _alternatives(max(runs, key=len) for runs in map(_DIGITS.findall, forms) if runs)


def letter_prefix_dropped(serial: str) -> tuple[str, ...]:
    """Form C5: leading letters dropped, then C2; equal to C2 where there are none."""
    return _alternatives(ocr_fold(form.lstrip(_LETTERS)) for form in _whole_forms(serial))


def letter_suffix_dropped(serial: str) -> tuple[str, ...]:
    """Form C6: trailing letters dropped, then C2; equal to C2 where there are none."""
    return _alternatives(ocr_fold(form.rstrip(_LETTERS)) for form in _whole_forms(serial))


def reduced(serial: str) -> tuple[str, ...]:
    """C4, C5 and C6 together: one key where they are equal, so that one pass costs less than three."""
    return tuple(sorted({*longest_digit_runs(serial), *letter_prefix_dropped(serial), *letter_suffix_dropped(serial)}))


def start(serial: str) -> tuple[str, ...]:
    """The first four characters (C2), if all can be read; those after a licence prefix."""
    return tuple(form[:ENDS] for form in _last_form(serial) if "?" not in form[:ENDS])


def end(serial: str) -> tuple[str, ...]:
    """The last four characters (C2), if all can be read."""
    return tuple(form[-ENDS:] for form in _last_form(serial) if "?" not in form[-ENDS:])


def both_ends(serial: str) -> tuple[str, ...]:
    """Two characters at each end (C2) and the length: for the middle that was filed off."""
    ends = ((form[:2] + form[-2:], len(form)) for form in _last_form(serial))
    return tuple(f"{characters} {length}" for characters, length in ends if "?" not in characters)


def stub(serial: str) -> tuple[str, ...]:
    """C2 of a serial that is too short to be matched alone, and of a whole one what is left where a clerk stopped at the hyphen (938 of
    938-77325) or left the letters before the number out (535 of PHRD535). Only a key together with make, model and calibre."""
    if not is_usable(serial):
        return (ocr_fold(serial),) if readable(serial) >= READABLE else ()
    stubs = [form[:PREFIX] for form in _whole_forms(serial)[-1:] if form[:PREFIX].isdigit()]
    stubs += [found.group(1) for form in _whole_forms(serial)[-1:] if (found := _LETTERS_AND_FEW.fullmatch(form))]
    return tuple(sorted({ocr_fold(left) for left in stubs}))


def _numbers(folded: str) -> Iterator[str]:
    """The numbers of a cell as typed, without their labels: several only where each of them could stand alone."""
    marked = _PART_OF_GUN.sub(";", _LABEL.sub("", folded, count=1))
    parts = [part for part in _BETWEEN.split(marked) if not is_missing(part, "serial")]
    if parts and (all(map(_stands_alone, parts)) or (len(parts) == 1 and marked.startswith(";"))):
        yield from parts
    else:
        yield folded


def _stands_alone(part: str) -> bool:
    serial = _DROPPED.sub("", _LABEL.sub("", part, count=1))
    return is_usable(serial) and sum(map(str.isdigit, serial)) * 2 >= SHORTEST


def _with_licence(typed: str) -> Iterator[str]:
    """C1 of one number, and of what follows a licence that was typed before it."""
    unlabelled = _LABEL.sub("", typed, count=1)
    if is_missing(unlabelled, "serial"):
        return
    if is_calibre(unlabelled):
        raise InvalidValue("a calibre, not a serial number")
    unmarked = _BAR_CODE.fullmatch(unlabelled.strip())
    serial = _DROPPED.sub("", unmarked.group(1) if unmarked else unlabelled.translate(_UNREADABLE))
    if _TRACE_NUMBER.fullmatch(serial):
        raise InvalidValue("a trace number (T and four digits), not a serial number")
    if is_missing(serial, "serial"):
        return
    yield serial
    licence = _LICENCE_TYPED.fullmatch(unlabelled)
    after = _DROPPED.sub("", licence.group(1)) if licence else ""
    if is_usable(after):
        yield after


def _forms(serial: str) -> list[str]:
    if not is_usable(serial):
        return []
    after_licence = _LICENCE_PREFIX.fullmatch(serial)
    return [serial, after_licence.group(1)] if after_licence else [serial]


def _whole_forms(serial: str) -> list[str]:
    """Forms without unreadable characters: what was read of a partial serial is no number of its own."""
    return [form for form in _forms(serial) if "?" not in form]


def _last_form(serial: str) -> list[str]:
    return [ocr_fold(form) for form in _forms(serial)[-1:]]


def _alternatives(forms: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({form for form in forms if is_usable(form)}))
