"""Aliases and monikers: what kinds there are and how often, measured on public designations (DOMAIN 1.2.1).

1. Half of all records have another name, Mexican ones a little less often; who has one has two on average.
2. A quarter of them are monikers, which have their own field. The others are names: a completely different one, the same first surname
   with other tokens (a hypocoristic among them), the first surname replaced, one token respelled, tokens added, dropped or moved.
3. Which of them a country knows is that country's affair (`view_people`).
"""

from typing import NamedTuple

import numpy as np

from linkage.lab.corruption import mistyped
from linkage.lab.draws import Chance, Codes, Floats, Texts, any_of, chosen, column, happens, joined, one_of_each, texts, words
from linkage.lab.names import Names, draw_given, draw_surname, nicknames, written
from linkage.lab.people import People

KINDS = {  # of all pairs of main name and alias, everybody and Mexicans
    "moniker": (0.25, 0.27),
    "different": (0.22, 0.13),
    "same_surname": (0.17, 0.23),
    "surname_replaced": (0.13, 0.11),
    "respelled": (0.13, 0.14),
    "added": (0.04, 0.05),
    "dropped": (0.04, 0.06),
    "reordered": (0.02, 0.02),
}
HAVE_ONE = {"mx": 0.57, "ca": 0.68, "us": 0.68}  # so that records, which know four in five, have the published shares
HIDING = ("different", "same_surname", "surname_replaced")


class Aliases(NamedTuple):
    """All other names of a chunk's people: whose, of what kind, and how they are written; monikers have an empty `names`."""

    who: Codes
    kind: Texts
    names: Names
    monikers: Texts

    def text(self) -> Texts:
        """Full names, or the moniker."""
        return np.asarray(np.where(self.kind == "moniker", self.monikers, joined(list(self.names))))

    def hiding(self) -> Codes:
        """Places of the names under which somebody can pass for another."""
        return np.flatnonzero(np.isin(self.kind.astype(str), HIDING))


def invent_aliases(rng: Chance, people: People) -> Aliases:
    """Aliases in the order of the people."""
    have = happens(rng, np.array([HAVE_ONE[code] for code in people.home.tolist()]), people.size)
    number = np.where(have, 1 + rng.poisson(1.0, size=people.size).clip(max=3), 0)
    who = np.repeat(np.arange(people.size), number)
    mexican = (people.home[who] == "mx").astype(np.int64)
    kinds = np.empty(len(who), dtype=object)
    for column_of in (0, 1):
        rows = np.flatnonzero(mexican == column_of)
        kinds[rows] = np.array(list(KINDS), dtype=object)[chosen(rng, len(rows), _shares(column_of))]
    names = people.names.at(who)
    for kind, make in (("respelled", _respelled), ("added", _added), ("dropped", _dropped), ("reordered", _reordered)):
        names = names.or_else(kinds == kind, make(rng, people, who))
    for kind in HIDING:
        names = names.or_else(kinds == kind, _hidden(rng, people, who, kind))
    return Aliases(who, kinds, names, any_of(rng, len(who), words("moniker")))


def hypocoristic(rng: Chance, given: Texts) -> Texts:
    """A street form of each first given name; empty where none is known."""
    known = nicknames()
    return one_of_each(rng, [known.get(name, known.get(name.replace("-", " ").split()[0], [])) for name in given.tolist()])


def _shares(group: int) -> Floats:
    return np.array([pair[group] for pair in KINDS.values()])


def _hidden(rng: Chance, people: People, who: Codes, kind: str) -> Names:
    tradition, sex = people.tradition[who], people.sex[who]
    old, given = people.codes, draw_given(rng, tradition, sex)
    first, second = draw_surname(rng, tradition), draw_surname(rng, tradition)
    second = np.where(old.surname_2[who] < 0, old.surname_2[who], second)
    if kind == "different":
        return written(*given, first, second)
    if kind == "surname_replaced":
        return written(old.given_1[who], old.given_2[who], first, old.surname_2[who])
    made = written(*given, old.surname_1[who], second)
    short = hypocoristic(rng, people.names.given[who])
    street = (short != "") & happens(rng, 0.6, len(who))
    return made.or_else(street, people.names.at(who)._replace(given=short))


def _respelled(rng: Chance, people: People, who: Codes) -> Names:
    names = people.names.at(who)
    first = rng.random(len(who)) < 0.6
    places, kinds = rng.random(len(who)).tolist(), rng.random(len(who)).tolist()
    other = Names(*(texts(map(mistyped, part.tolist(), places, kinds)) for part in names))
    return Names(np.where(first, names.given, other.given), np.where(first, other.surname_1, names.surname_1), names.surname_2)


def _added(rng: Chance, people: People, who: Codes) -> Names:
    names, more = people.names.at(who), draw_given(rng, people.tradition[who], people.sex[who])[0]
    return names._replace(given=names.given + " " + column("given_names", "name")[more])


def _dropped(_: Chance, people: People, who: Codes) -> Names:
    names = people.names.at(who)
    return Names(texts(name.split()[0] for name in names.given.tolist()), names.surname_1, texts([""] * len(who)))


def _reordered(_: Chance, people: People, who: Codes) -> Names:
    names = people.names.at(who)
    return Names(
        names.given, np.where(names.surname_2 == "", names.surname_1, names.surname_2), np.where(names.surname_2 == "", "", names.surname_1)
    )
