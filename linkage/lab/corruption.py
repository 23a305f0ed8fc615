"""What clerks do to texts: errors of hand and eye, each at a rate of its own for every row. Deliberate evasion has its own rooms.

1. Every function takes a column and a rate per row, and returns a new column; the rate already holds the officer's carelessness.
2. Only struck rows are touched one by one; the draws are whole columns.
3. Look-alike characters are those of DOMAIN 1.1.1 (commercial plate matchers); a lost Ñ becomes mojibake rarely.
"""

from collections.abc import Callable

import numpy as np
from anyascii import anyascii

from linkage.lab.draws import Chance, Floats, Texts, happens, texts

MISREAD = dict(zip("0OD1I2Z5S8B6GUVL", "OD0I1Z2S5B8G6VU1", strict=True))
Altered = Callable[[str, float, float], str]
"""One text, and two numbers in 0..1 that decide what happens to it."""


def altered(rng: Chance, column: Texts, rates: float | Floats, change: Altered) -> Texts:
    """The column with `change` done to the rows that are struck."""
    struck = np.flatnonzero(happens(rng, rates, len(column)))
    first, second = rng.random(len(struck)).tolist(), rng.random(len(struck)).tolist()
    made = column.copy()
    made[struck] = texts(map(change, column[struck].tolist(), first, second))
    return made


def mistyped(text: str, place: float, kind: float) -> str:
    """One letter left out, doubled, replaced, or swapped with the next; never the first one."""
    if len(text) < 4:
        return text
    at = 1 + int(place * (len(text) - 2))
    left, letter, right = text[:at], text[at], text[at + 1 :]
    other = "aeiourstnlm"[int(place * 7919) % 11]
    choices = (left + right, left + letter + letter + right, left + other + right, left + right[:1] + letter + right[1:])
    return choices[int(kind * 4)]


def miscopied(number: str, place: float, kind: float) -> str:
    """One of the last four digits wrong."""
    if len(number) < 5:
        return number
    at = len(number) - 1 - int(place * 4)
    return number[:at] + str(int(kind * 10)) + number[at + 1 :]


def misread(serial: str, place: float, _: float) -> str:
    """One character taken for its look-alike."""
    candidates = [at for at, mark in enumerate(serial) if mark in MISREAD]
    if not candidates:
        return serial
    at = candidates[int(place * len(candidates))]
    return serial[:at] + MISREAD[serial[at]] + serial[at + 1 :]


def spaced(serial: str, place: float, kind: float) -> str:
    """The same characters with other spaces, hyphens or a label."""
    half = 2 + int(place * max(len(serial) - 3, 1))
    choices = (serial.replace("-", " "), serial.replace("-", ""), f"{serial[:half]} {serial[half:]}", f"SN {serial}")
    return choices[int(kind * 4)]


def end_lost(serial: str, _: float, kind: float) -> str:
    """Letters before or after the number left out."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return serial.lstrip(letters) if kind < 0.7 else serial.rstrip(letters)


def cut_at_hyphen(serial: str, _: float, __: float) -> str:
    """What a parser leaves that stops at the hyphen (measured: 25 of 59 Ruger serials)."""
    return serial.split("-")[0]


def wrong_number(serial: str, place: float, kind: float) -> str:
    """A part or patent number taken for the serial."""
    return f"{int(place * 10**6):06d}" if kind < 0.6 else f"US{int(place * 10**7):07d}"


def partly_filed_off(serial: str, place: float, kind: float) -> str:
    """One to four characters unreadable."""
    start, length = int(place * len(serial)), 1 + int(kind * 4)
    return "".join("?" if start <= at < start + length else mark for at, mark in enumerate(serial))


def shortened(name: str, _: float, __: float) -> str:
    """The first long word cut to four letters: `Comercializadora Sol` is `Come. Sol`."""
    words = name.split()
    at = next((place for place, word in enumerate(words) if len(word) > 6), None)
    return name if at is None or len(words) < 2 else " ".join([*words[:at], words[at][:4] + ".", *words[at + 1 :]])


def word_dropped(name: str, place: float, _: float) -> str:
    """One word of three or more left out, never the first."""
    words = name.split()
    at = 1 + int(place * (len(words) - 1))
    return name if len(words) < 3 else " ".join(words[:at] + words[at + 1 :])


def middle_initial(given: str, _: float, kind: float) -> str:
    """The second given name as an initial, or left out."""
    words = given.split(" ")
    if len(words) != 2 or len(words[1]) < 2:
        return given
    return f"{words[0]} {words[1][0]}" if kind < 0.5 else words[0]


def accents_lost(text: str, _: float = 0.0, __: float = 0.0) -> str:
    """Plain letters, as a register without accents writes them."""
    return text if text.isascii() else anyascii(text)


def mojibake(text: str, _: float, __: float) -> str:
    """UTF-8 read as Latin-1: `Muñoz` becomes `MuÃ±oz`."""
    return text.encode("utf-8").decode("latin-1") if "ñ" in text else text


def year_off(day: str, _: float, kind: float) -> str:
    """Born a year earlier or later."""
    rest = "-02-28" if day[4:] == "-02-29" else day[4:]
    return f"{int(day[:4]) + (1 if kind < 0.5 else -1)}{rest}"


def swapped_day(day: str, _: float, __: float) -> str:
    """Day and month taken for each other, where both can be a month."""
    return f"{day[:4]}-{day[8:]}-{day[5:7]}" if day[8:] <= "12" else day


def wrong_day(day: str, place: float, _: float) -> str:
    """Another day of the same month."""
    return f"{day[:8]}{1 + int(place * 28):02d}"


def year_only(day: str, _: float, __: float) -> str:
    """The year alone."""
    return day[:4]
