"""What a country's officers write down of a person: its habits, its errors, and what the person told them.

1. Some give another name than their own (evasion, apart from errors): then the main name is an alias, and links through aliases only.
2. Spanish names suffer abroad: the second surname is dropped, becomes the only one, is hyphenated or glued; accents go. At home
   `María` becomes `Ma.`, `José` becomes `J.`.
3. Then hands and eyes err, as often as the officer is careless. Dates are read the other way round, mostly across the border.
Rates are those of DOMAIN section 6 (measured or judgement there).
"""

import re
from typing import NamedTuple

import numpy as np

from linkage.lab.corruption import (
    accents_lost,
    altered,
    middle_initial,
    miscopied,
    mistyped,
    mojibake,
    swapped_day,
    wrong_day,
    year_off,
    year_only,
)
from linkage.lab.coverage import ADDRESS, covered
from linkage.lab.draws import Chance, Codes, Columns, Flags, Floats, Texts, blank, happens, joined, texts
from linkage.lab.names import Names
from linkage.lab.other_names import Aliases, hypocoristic
from linkage.lab.people import People
from linkage.lab.places import addresses, draw_places, phones
from linkage.lab.scattering import Numbers

UNDER_ALIAS = 0.06  # of those who have a name to hide behind
OWN_NAME_FOUND = 0.75  # of records under an alias, how many list the true name as another one
KNOWN = 0.8  # a country knows an alias
FALSE_BIRTH, SECOND_BIRTH = 0.02, 0.10  # claimed instead of, or beside, the true one
ABROAD = (("dropped", 0.40), ("last", 0.50), ("hyphenated", 0.58), ("glued", 0.61), ("swapped", 0.64))  # up to
NICKNAME, MIDDLE, SHORT_MARIA, TYPED, FOREIGN_ADDRESS = 0.03, 0.15, 0.15, 0.025, 0.5
SWAPPED = {"mx": 0.01, "ca": 0.02, "us": 0.03}
NUMBERS = ("curp", "rfc", "ssn", "sin", "passport", "phone", "fps", "driver_licence")


class Seen(NamedTuple):
    """A country's records of one entity type, the agreed fields, and the traits of each record by name."""

    record: Columns
    traits: dict[str, Flags]


def view_people(rng: Chance, country: str, who: tuple[Codes, Numbers], people: People, aliases: Aliases, carelessness: Floats) -> Seen:
    """Records of the people in the rows of `who`; `carelessness` multiplies every rate of an error, shape (records,)."""
    rows, numbers = who
    own, home, count = people.names.at(rows), people.home[rows], len(rows)
    used, under = _under_alias(rng, rows, aliases, people.size)
    main = own.or_else(under, aliases.names.at(used))
    main, lost = _as_heard(rng, country, main, carelessness)
    seen = {field: np.asarray(values[rows]) for field, values in people.facts.items()}
    elsewhere = (home != country) & happens(rng, FOREIGN_ADDRESS, count)
    seen |= living_here(rng, country, seen, elsewhere, phones(numbers, "person abroad", texts([country] * count), rows))
    seen |= {"given_names": main.given, "surname_1": main.surname_1, "surname_2": main.surname_2}
    seen |= _other_names(rng, rows, aliases, people.size, (used, under, joined(list(own))))
    seen["date_of_birth"], false_date = _births(rng, country, (seen["date_of_birth"], seen["claimed_birth"]), carelessness)
    for field in ("given_names", "surname_1", "surname_2", "street", "locality"):
        seen[field] = altered(rng, seen[field], TYPED * carelessness, mistyped)
    for field in NUMBERS:
        seen[field] = altered(rng, seen[field], 0.015 * carelessness, miscopied)
    record = covered(rng, "suspect", country, _spelled(rng, country, seen), carelessness)
    traits = {
        "hispanic_name": people.codes.surname_2[rows] >= 0,
        "missing_birth_date": record["date_of_birth"] == "",
        "alias_used": under,
        "relative": people.related[rows],
        "evasion": under | false_date,
        "two_surnames_lost": lost & (own.surname_2 != ""),
    }
    return Seen(record, traits)


def living_here(rng: Chance, country: str, seen: Columns, elsewhere: Flags, phone: Texts) -> Columns:
    """Address and telephone number, in this country for those who are from elsewhere and have one here."""
    here = addresses(rng, draw_places(rng, texts([country] * len(elsewhere)))) | {"phone": phone}
    return {field: np.where(elsewhere, here[field], seen[field]) for field in (*ADDRESS, "phone")}


def _under_alias(rng: Chance, rows: Codes, aliases: Aliases, count: int) -> tuple[Codes, Flags]:
    """For every record one name its person can hide behind (place in the aliases), and whether he did."""
    hiding = aliases.hiding()
    if not len(hiding):
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    place = np.full(count, -1)
    place[aliases.who[hiding]] = hiding
    return place[rows].clip(min=0), (place[rows] >= 0) & happens(rng, UNDER_ALIAS, len(rows))


def _as_heard(rng: Chance, country: str, names: Names, carelessness: Floats) -> tuple[Names, Flags]:
    """The name as this country takes it down, and where the two surnames did not stay what they were."""
    count = len(carelessness)
    short = hypocoristic(rng, names.given)
    given = np.where((short != "") & happens(rng, NICKNAME * carelessness, count), short, names.given)
    given = altered(rng, given, (MIDDLE * carelessness).clip(max=0.6), middle_initial)
    if country == "mx":
        given = altered(rng, given, (SHORT_MARIA * carelessness).clip(max=0.6), lambda name, _, __: _abbreviated(name))
        return names._replace(given=given), np.zeros(count, dtype=bool)
    two, fate = names.surname_2 != "", rng.random(count)
    first, second, before = names.surname_1, names.surname_2, 0.0
    for kind, up_to in ABROAD:
        struck = np.flatnonzero(two & (before <= fate) & (fate < up_to))
        made = [_abroad(kind, *name) for name in zip(given[struck], names.surname_1[struck], names.surname_2[struck], strict=True)]
        given, first, second = given.copy(), first.copy(), second.copy()
        given[struck], first[struck], second[struck] = (texts(part[at] for part in made) for at in range(3))
        before = up_to
    return Names(given, first, second), two & (fate < ABROAD[-1][1])


def _abroad(fate: str, given: str, first: str, second: str) -> tuple[str, str, str]:
    return {
        "dropped": (given, first, ""),
        "last": (f"{given} {first}", second, ""),
        "hyphenated": (given, f"{first}-{second}", ""),
        "glued": (given, first + second.lower(), ""),
        "swapped": (given, second, first),
    }[fate]


def _abbreviated(given: str) -> str:
    return re.sub("^José (?=.)", "J. ", re.sub("^María (?=.)", "Ma. ", given))


def _other_names(rng: Chance, rows: Codes, aliases: Aliases, count: int, main: tuple[Codes, Flags, Texts]) -> Columns:
    """Aliases and monikers that the country knows; a record under an alias does not list that one, but often the true name."""
    used, under, true_names = main
    of_person = np.full(count, -1)
    of_person[rows] = np.arange(len(rows))
    record = of_person[aliases.who]
    known = np.flatnonzero((record >= 0) & happens(rng, KNOWN, len(record)))
    names, monikers = blank(len(rows)), blank(len(rows))
    names[:] = np.where(under & happens(rng, OWN_NAME_FOUND, len(rows)), true_names, "")
    text = aliases.text()
    for place, at in zip(known.tolist(), record[known].tolist(), strict=True):
        if under[at] and used[at] == place:
            continue
        column = monikers if aliases.kind[place] == "moniker" else names
        column[at] = f"{column[at]}|{text[place]}" if column[at] else text[place]
    return {"aliases": names, "monikers": monikers}


def _births(rng: Chance, country: str, dates: tuple[Texts, Texts], carelessness: Floats) -> tuple[Texts, Flags]:
    """The birth date as written, and where it is the one that the person claims instead of the true one; `dates` are true and claimed."""
    born, claimed = dates
    count = len(born)
    false = happens(rng, FALSE_BIRTH, count)
    seen = np.where(false, claimed, born)
    seen = altered(rng, seen, SWAPPED[country] * 2.5 * carelessness, swapped_day)  # two dates in five can be swapped
    seen = altered(rng, seen, 0.005 * carelessness, wrong_day)
    seen = altered(rng, seen, 0.005 * carelessness, year_off)
    second = happens(rng, SECOND_BIRTH, count) & ~false & (claimed != seen)
    seen = np.where(second, seen + "|" + claimed, seen)
    return np.where(second, seen, altered(rng, seen, 0.05, year_only)), false


def _spelled(rng: Chance, country: str, seen: Columns) -> Columns:
    """Accents and capitals as the country's register has them."""
    if country == "mx":
        return seen
    count = len(seen["surname_1"])
    plain = np.where(happens(rng, 0.95, count), 1.0, 0.0)
    broken = np.where(happens(rng, 0.1, count), 1.0 - plain, 0.0)
    wide = ("given_names", "surname_1", "surname_2", "aliases", "monikers", "street", "locality", "region", "place_of_birth")
    for field in wide:
        seen[field] = altered(rng, altered(rng, seen[field], plain, accents_lost), broken, mojibake)
        if country == "us":
            seen[field] = texts(map(str.upper, seen[field].tolist()))
    return seen
