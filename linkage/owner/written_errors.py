"""What happens to a canonical value on its way into another register: errors of hand and eye, one function each.

Every function takes a value and two numbers in 0..1 that decide what happens, and returns what is written there; it may be the value
itself where there is nothing to get wrong. The lab has errors of its own, of raw cells (DOMAIN 6); these are for planning, at home.
"""

from collections.abc import Callable

Error = Callable[[str, float, float], str]

LOOK_ALIKES = dict(zip("0OD1I2Z5S8B6GUVL", "OD0I1Z2S5B8G6VU1", strict=True))  # DOMAIN 1.1.1
SHORTEST = 4  # characters of a word that is mistyped without becoming another
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OTHERS = "AEIOURSTNLM"


def mistyped(value: str, place: float, kind: float) -> str:
    """Of words one letter left out, doubled, replaced or swapped with the next, never the first; of anything else one character wrong."""
    if not value.replace(" ", "").isalpha():
        return _one_wrong(value, place, kind)
    if len(value) < SHORTEST:
        return value
    at = 1 + int(place * (len(value) - 2))
    left, letter, right = value[:at], value[at], value[at + 1 :]
    other = _OTHERS[int(place * 7919) % len(_OTHERS)]
    choices = (left + right, left + letter + letter + right, left + other + right, left + right[:1] + letter + right[1:])
    return choices[int(kind * 4)]


def garbled(value: str, place: float, kind: float) -> str:
    """Mistyped twice."""
    return mistyped(mistyped(value, place, kind), kind, place)


def word_lost(value: str, place: float, _: float) -> str:
    """One word of several left out."""
    words = value.split()
    at = int(place * len(words))
    return " ".join(words[:at] + words[at + 1 :]) if len(words) > 1 else value


def shortened(value: str, _: float, __: float) -> str:
    """The last word of several as its initial."""
    words = value.split()
    return " ".join([*words[:-1], words[-1][0]]) if len(words) > 1 else value


def turned(date: str, _: float, __: float) -> str:
    """Day and month of a complete date taken for each other, where both can be a month."""
    return date[:4] + date[6:] + date[4:6] if len(date) == 8 and date[6:] <= "12" else date


def year_only(date: str, _: float, __: float) -> str:
    """The year of a date alone."""
    return date[:4]


def misread(serial: str, place: float, _: float) -> str:
    """One character taken for its look-alike."""
    places = [at for at, mark in enumerate(serial) if mark in LOOK_ALIKES]
    if not places:
        return serial
    at = places[int(place * len(places))]
    return serial[:at] + LOOK_ALIKES[serial[at]] + serial[at + 1 :]


def end_lost(serial: str, _: float, kind: float) -> str:
    """Letters before the number left out, or after it."""
    return (serial.lstrip(_LETTERS) if kind < 0.5 else serial.rstrip(_LETTERS)) or serial


def filed_off(serial: str, place: float, kind: float) -> str:
    """One to four neighbouring characters unreadable."""
    start, count = int(place * len(serial)), 1 + int(kind * 4)
    return "".join("?" if start <= at < start + count else mark for at, mark in enumerate(serial))


def _one_wrong(value: str, place: float, kind: float) -> str:
    """Another digit for a digit, another letter for a letter."""
    places = [at for at, mark in enumerate(value) if mark.isalnum()]
    if not places:
        return value
    at = places[int(place * len(places))]
    marks = "0123456789" if value[at].isdigit() else _LETTERS
    other = marks[(marks.find(value[at]) + 1 + int(kind * (len(marks) - 1))) % len(marks)]
    return value[:at] + other + value[at + 1 :]


ERRORS: dict[str, Error] = {
    "mistyped": mistyped,
    "garbled": garbled,
    "word_lost": word_lost,
    "shortened": shortened,
    "turned": turned,
    "year_only": year_only,
    "misread": misread,
    "end_lost": end_lost,
    "filed_off": filed_off,
}
