"""Names of people, as common as they are: one García says little (Zipf by country and tradition).

1. A tradition is a way of naming: Mexican (two surnames, often two given names), Québécois (accents, hyphens), English, and US Hispanic
   (Mexican surnames, given names of both kinds).
2. A name is a place in the tables until somebody writes it down; what a register computes from it is looked up by place.
"""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
from anyascii import anyascii
from stdnum.mx.curp import _name_blacklist

from linkage.lab.draws import Chance, Codes, Flags, Texts, chosen, column, table, texts, weights_of

TRADITIONS = ("mx", "fr", "en", "hs")
BY_HOME = {"mx": (1.0, 0.0, 0.0, 0.0), "ca": (0.04, 0.38, 0.58, 0.0), "us": (0.0, 0.0, 0.62, 0.38)}  # DOMAIN 1.2; shares are judgement
SECOND_GIVEN = {"mx": 0.55, "fr": 0.12, "en": 0.5, "hs": 0.35}
SURNAMES_OF = {"mx": "mx", "fr": "fr", "en": "en", "hs": "mx"}
NOTHING = -1
UNSEEMLY = sorted(_name_blacklist)  # words that the register spoils with an X, as python-stdnum lists them


class Names(NamedTuple):
    """Written names, a column each."""

    given: Texts
    surname_1: Texts
    surname_2: Texts

    def at(self, rows: Codes) -> "Names":
        """Those of these rows."""
        return Names(*(part[rows] for part in self))

    def or_else(self, flags: Flags, other: "Names") -> "Names":
        """The others' names where flagged."""
        return Names(*(np.where(flags, theirs, own) for own, theirs in zip(self, other, strict=True)))


def draw_given(rng: Chance, tradition: Texts, sex: Texts) -> tuple[Codes, Codes]:
    """First and second given name, places in the table; no second one is `NOTHING`. Both are never the same."""
    first = np.full(len(tradition), NOTHING)
    second = first.copy()
    for kind in TRADITIONS:
        for letter in "MF":
            rows = np.flatnonzero((tradition == kind) & (sex == letter))
            first[rows] = _from_pool(rng, len(rows), kind, letter)
            also = rows[rng.random(len(rows)) < SECOND_GIVEN[kind]]
            second[also] = _from_pool(rng, len(also), kind, letter)
    compound = np.array([" " in name or "-" in name for name in column("given_names", "name")])
    second[(second == first) | compound[first] | compound[second]] = NOTHING
    return first, second


def draw_surname(rng: Chance, tradition: Texts) -> Codes:
    """Surnames, places in the table."""
    found = np.zeros(len(tradition), dtype=np.int64)
    for kind in TRADITIONS:
        rows = np.flatnonzero(tradition == kind)
        found[rows] = _surname_pool(SURNAMES_OF[kind])[chosen(rng, len(rows), weights_of("surnames")[_surname_pool(SURNAMES_OF[kind])])]
    return found


def written(given_1: Codes, given_2: Codes, surname_1: Codes, surname_2: Codes) -> Names:
    """The names as their bearers write them; Québécois join two given names with a hyphen."""
    given, surname = column("given_names", "name"), _with_nothing(column("surnames", "name"))
    joint = np.where(column("given_names", "tradition")[given_1] == "fr", "-", " ").astype(object)
    whole = np.where(given_2 == NOTHING, given[given_1], given[given_1] + joint + given[given_2])
    return Names(whole, surname[surname_1], surname[surname_2])


def nicknames() -> dict[str, list[str]]:
    """Street forms of given names; one form may belong to several names (Beto, Lalo) on purpose."""
    return _nicknames()


@cache
def _nicknames() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in table("nicknames"):
        found.setdefault(row["name"], []).append(row["nickname"])
    return found


def curp_letters(given_1: Codes, given_2: Codes, surname_1: Codes, surname_2: Codes) -> tuple[Texts, Texts]:
    """First four letters, and the three inner consonants, as the population register takes them from the names."""
    given = np.where(_is_maria_or_jose()[given_1] & (given_2 != NOTHING), given_2, given_1)
    start, _, consonant = _parts("given_names")
    first, vowel, inner = _parts("surnames")
    letters = first[surname_1] + vowel[surname_1] + first[surname_2] + start[given]
    for row in np.flatnonzero(np.isin(letters.astype(str), UNSEEMLY)).tolist():
        letters[row] = letters[row][0] + "X" + letters[row][2:]
    return np.asarray(letters), np.asarray(inner[surname_1] + inner[surname_2] + consonant[given])


def _from_pool(rng: Chance, count: int, tradition: str, sex: str) -> Codes:
    if tradition == "hs":  # a Hispanic American has a Spanish given name as often as another
        spanish = rng.random(count) < 0.5
        return np.where(spanish, _from_pool(rng, count, "mx", sex), _drawn(rng, count, "hs", sex))
    return _drawn(rng, count, tradition, sex)


def _drawn(rng: Chance, count: int, tradition: str, sex: str) -> Codes:
    pool = _given_pool(tradition, sex)
    return np.asarray(pool[chosen(rng, count, weights_of("given_names")[pool])])


@cache
def _given_pool(tradition: str, sex: str) -> Codes:
    return np.flatnonzero((column("given_names", "tradition") == tradition) & (column("given_names", "sex") == sex))


@cache
def _surname_pool(tradition: str) -> Codes:
    return np.flatnonzero(column("surnames", "tradition") == tradition)


def _with_nothing(names: Texts) -> Texts:
    return np.append(names, "")  # at place -1


@cache
def _is_maria_or_jose() -> Flags:
    return np.isin(column("given_names", "name").astype(str), ["María", "José"])


@cache
def _parts(name: str) -> tuple[Texts, Texts, Texts]:
    """Initial, first inner vowel and first inner consonant of every name of a table; X where there is none."""
    plain = [_telling(text) for text in column(name, "name")]
    vowel = (next((mark for mark in text[1:] if mark in "AEIOU"), "X") for text in plain)
    consonant = (next((mark for mark in text[1:] if mark not in "AEIOU"), "X") for text in plain)
    return tuple(np.append(texts(marks), "X") for marks in ((text[0] for text in plain), vowel, consonant))  # type: ignore[return-value]


def _telling(name: str) -> str:
    """The word that counts: without particles, and without María or José before another."""
    words = re.sub("[^A-Z ]", " ", anyascii(name.upper().replace("Ñ", "X")).upper()).split()
    kept = [word for word in words if word not in ("DE", "DEL", "LA", "LOS", "LAS")] or words
    return kept[1] if len(kept) > 1 and kept[0] in ("MARIA", "JOSE") else kept[0]
