"""Full names taken apart: given names, first surname, second surname.

1. `TORRE MUNOZ, Jose de la`: surnames stand before the comma (unless only a suffix or title follows it).
2. Without a comma nothing says where the surnames begin, so the same rule serves everybody: one word is a surname; two are given
   name and surname; three are given name and two surnames (which is right in Mexico, and puts a middle name of Canada or the
   United States into `surname_1`); from four on the last two are surnames.
3. A particle belongs to the word after it (`de la Torre` is one), a hyphenated first name is one, a devotional name stays with the
   given name before it (`María del Carmen`, `José de Jesús`), hyphenated surnames are two.
4. `C.` before two words or more is the Mexican title of a citizen.
"""

import re
from itertools import chain

from linkage.owner.fact_tables import read_table
from linkage.owner.folding import at_most
from linkage.owner.missing import is_missing
from linkage.owner.names import (
    DEVOTIONAL,
    DROPPED_INSIDE,
    STRIPPED,
    before_alias,
    normalise_given_names,
    normalise_surname,
    person_words,
    spelled,
    without_street_name,
    without_titles,
)

_JOINING = STRIPPED | DROPPED_INSIDE | frozenset(read_table("names")["joining"])
_CITIZEN = re.compile(r"^\s*C\.\s+(?=[A-Z'-]{2,} +[A-Z'-]{2,})")
_DEVOTED = {"MARIA", "MA", "M", "JOSE", "J", "ANA", "ROSA", "LUZ", "JUAN", "JESUS"}
Parts = tuple[str | None, str | None, str | None]


def split_full_name(text: str) -> Parts:
    """(given names, first surname, second surname), each canonical or None."""
    if is_missing(text, "name"):
        return None, None, None
    surnames, given = _around_comma(_CITIZEN.sub("", spelled(without_street_name(text))))
    units = _units(given)
    if not surnames:
        units, surnames = _cut(units)
    surname_units = [piece for unit in surnames for piece in unit.split("-")]
    return (
        normalise_given_names(" ".join(units)),
        normalise_surname(surname_units[0]) if surname_units else None,
        normalise_surname(" ".join(surname_units[1:])),
    )


def normalise_full_name(text: str) -> str | None:
    """All words in the order given names, surnames; what is split once more gives the same words."""
    name = at_most(" ".join(filter(None, split_full_name(text))))
    while name and (again := at_most(" ".join(filter(None, split_full_name(name))))) != name:
        name = again
    return name


def _around_comma(name: str) -> tuple[list[str], list[str]]:
    before, _, after = name.partition(",")
    given = before_alias(person_words(after.replace(",", " ")))
    surnames = before_alias(person_words(before))
    if surnames and any(map(_is_name, given)):
        return _units(without_titles(surnames)), given
    return [], without_titles(before_alias(person_words(name.replace(",", " "))))


def _is_name(word: str) -> bool:
    return bool(without_titles(["X", word])[1:]) and bool(without_titles([word, "X"])[1:])


def _units(words: list[str]) -> list[str]:
    units: list[str] = []
    prefix: list[str] = []
    for word in chain.from_iterable(map(_without_joining_hyphens, words)):
        if word == "Y" and not prefix:
            continue
        prefix.append(word)
        if word not in _JOINING:
            units.append(" ".join(prefix))
            prefix = []
    return [*units, " ".join(prefix)] if prefix else units


def _without_joining_hyphens(word: str) -> list[str]:
    """`ST-PIERRE` and `DE-LA-CRUZ` in their words; `GARCIA-LOPEZ` and `JEAN-PIERRE` as they are."""
    words: list[str] = []
    for piece in word.split("-"):
        joined = words and words[-1].rpartition("-")[2] not in _JOINING and piece not in _JOINING
        words = [*words[:-1], f"{words[-1]}-{piece}"] if joined else [*words, piece]
    return words


def _cut(units: list[str]) -> tuple[list[str], list[str]]:
    """Given names and surnames of a name without a comma."""
    devoted = len(units) > 2 and units[0] in _DEVOTED and " " in units[1] and units[1].split()[-1] in DEVOTIONAL
    if devoted:
        units = [f"{units[0]} {units[1]}", *units[2:]]
    if len(units) < 3:
        return units[:-1], units[-1:]
    return ([units[0]], units[1:]) if len(units) == 3 else (units[:-2], units[-2:])
