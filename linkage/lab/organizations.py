"""Invented companies and criminal groups: what is true, before anyone writes it down.

1. One company in five is the sister of another: same own name, other trade or other town, other numbers. They are two (DOMAIN 7).
2. Three records in twenty are criminal groups; a quarter of these is a faction, whose name contains that of its parent.
3. Legal forms are as frequent as among the companies of a public Mexican list (DOMAIN 1.3); numbers have valid check digits.
"""

import re
from typing import NamedTuple

import numpy as np
from anyascii import anyascii

from linkage.lab import identifiers
from linkage.lab.draws import Chance, Codes, Columns, Flags, Texts, any_of, blank, chosen, column, happens, padded, texts, weights_of, words
from linkage.lab.places import addresses, draw_places, phones
from linkage.lab.plan import COUNTRIES, homes
from linkage.lab.scattering import Numbers

CRIMINAL, SISTERS, FACTIONS = 0.15, 0.2, 0.25
LEGAL_FORMS = {
    "mx": {"S.A. de C.V.": 80, "S. de R.L. de C.V.": 7, "S.C.": 7, "S.A.P.I. de C.V.": 2, "S.P.R. de R.L.": 2, "S.C. de R.L. de C.V.": 2},
    "ca": {"Inc.": 50, "Ltée": 15, "Ltd.": 25, "Corp.": 10},
    "us": {"LLC": 55, "Inc.": 30, "Corp.": 12, "LP": 3},
}
GROUP_NAMES = 400_000  # different names of groups; beyond that they get a number


class Organizations(NamedTuple):
    """True facts of the organizations of a chunk, a column each."""

    home: Texts
    facts: Columns
    aliases: list[list[str]]
    criminal: Flags
    near_identical: Flags

    @property
    def size(self) -> int:
        """How many."""
        return len(self.home)


def invent_organizations(rng: Chance, held: Flags, numbers: Numbers) -> Organizations:
    """One company or group for each row of `held`."""
    count = len(held)
    home = np.array(COUNTRIES, dtype=object)[homes(rng, held, 0.05)]
    criminal = happens(rng, CRIMINAL, count)
    sister = _sisters(rng, home, criminal)
    own = _own_names(rng, home)
    own[sister >= 0] = own[sister[sister >= 0]]
    trade, form = blank(count), blank(count)
    for country in COUNTRIES:
        rows = np.flatnonzero(home == country)
        trade[rows] = any_of(rng, len(rows), words(f"trade_{country}"))
        form[rows] = texts(LEGAL_FORMS[country])[chosen(rng, len(rows), list(LEGAL_FORMS[country].values()))]
    company = np.where(home == "mx", trade + " " + own, own + " " + trade)
    group, group_aliases = _groups(home, criminal, numbers)
    name = np.where(criminal, group, company)
    near = np.zeros(count, dtype=bool)
    near[sister >= 0] = near[sister[sister >= 0]] = True
    place = draw_places(rng, home)
    facts = {
        "name": name,
        "kind": np.where(criminal, "criminal_group", "legal_entity").astype(object),
        "legal_form": form,
        **addresses(rng, place),
        "phone": phones(numbers, "organization", home, np.arange(count)),
        **_registrations(rng, home, name, numbers, column("places", "region")[place]),
    }
    facts = {field: values if field in ("name", "kind") else np.where(criminal, "", values) for field, values in facts.items()}
    return Organizations(home, facts, _aliases(rng, name, criminal, group_aliases), criminal, near)


def acronym(name: str) -> str:
    """First letters, at least three: `Transportes del Pacífico Norte` is TDPN."""
    letters = "".join(word[0] for word in anyascii(name).upper().split() if word[0].isalpha())
    return letters if len(letters) > 2 else ""


def _sisters(rng: Chance, home: Texts, criminal: Flags) -> Codes:
    """The company of the same country whose own name each sister has, -1 for the others; no chains."""
    found = np.full(len(home), -1)
    draws = happens(rng, SISTERS / 2, len(home)) & ~criminal
    for country in COUNTRIES:
        rows = np.flatnonzero(draws & (home == country))
        others = np.flatnonzero(~draws & ~criminal & (home == country))
        if len(others):
            found[rows] = others[rng.integers(len(others), size=len(rows))]
    return found


def _own_names(rng: Chance, home: Texts) -> Texts:
    """`del Pacífico`, mostly with a surname behind it, so that not every second company has one of some dozen names."""
    made, surname = blank(len(home)), column("surnames", "name")
    for country in COUNTRIES:
        rows = np.flatnonzero(home == country)
        made[rows] = any_of(rng, len(rows), words(f"name_{country}"))
    family = surname[chosen(rng, len(home), np.sqrt(weights_of("surnames")))]
    kind = rng.random(len(home))
    return np.asarray(np.where(kind < 0.1, made, np.where(kind < 0.7, made + " " + family, family)))


def _groups(home: Texts, criminal: Flags, numbers: Numbers) -> tuple[Texts, list[list[str]]]:
    """A name for each criminal group that no other has, and what else it is called."""
    names, aliases = blank(len(home)), [[] for _ in home]  # type: tuple[Texts, list[list[str]]]
    rows = np.flatnonzero(criminal)
    repeat, place = np.divmod(rows + numbers.first, GROUP_NAMES)
    scattered = numbers._replace(first=0).scattered("group", place, GROUP_NAMES)
    for row, number, again in zip(rows.tolist(), scattered.tolist(), repeat.tolist(), strict=True):
        names[row], aliases[row] = _group(home[row] == "mx", number, f" {again + 1}" if again else "")
    return names, aliases


def _group(spanish: bool, number: int, mark: str) -> tuple[str, list[str]]:
    ending = "" if spanish else "_en"
    animals, places, surnames = words(f"group_animal{ending}"), words(f"group_place{ending}"), column("surnames", "name")
    rest, animal = divmod(number, len(animals))
    rest, place = divmod(rest, len(places))
    who, where = animals[animal], places[place]
    leader = surnames[rest]
    if spanish:
        short = f"C{who[0]}{where.split()[-1][0]}".upper()
        if number % 4 == 0:
            return f"Gente de {leader}{mark}, Los {who} de {where}", [f"Facción {leader}{mark} de Los {who}", f"Los {leader}{mark}"]
        return f"Cártel de los {who} de {where} de {leader}{mark}", [
            f"Los {who} de {leader}{mark}",
            f"{who} Cartel {leader}{mark}",
            f"{short} {leader}{mark}",
        ]
    return f"{where} {leader} {who}{mark}", [f"{leader} {who}{mark}", f"{leader} Crew {where}{mark}"]


def _aliases(rng: Chance, name: Texts, criminal: Flags, groups: list[list[str]]) -> list[list[str]]:
    known, short = rng.random((len(name), 3)), happens(rng, 0.25, len(name)).tolist()
    found: list[list[str]] = []
    for row, (is_group, own, draws) in enumerate(zip(criminal.tolist(), groups, known.tolist(), strict=True)):
        if is_group:
            found.append([alias for alias, draw in zip(own, draws, strict=False) if draw < 0.75])
        else:
            found.append([acronym(name[row])] if short[row] and acronym(name[row]) else [])
    return found


def _registrations(rng: Chance, home: Texts, name: Texts, numbers: Numbers, region: Texts) -> Columns:
    everybody = np.arange(len(home))
    letters = texts((re.sub("[^A-Z]", "", anyascii(text).upper()) + "XXX")[:3] for text in name.tolist())
    dealer = (home == "us") & np.array(["Guns" in text or "Firearms" in text or "Outfitters" in text for text in name.tolist()])
    ein = numbers.scattered("ein", everybody, 68 * 10**7 - 1)
    made = {
        "rfc": (home == "mx", identifiers.rfc_of_company(letters, numbers)),
        "ein": (home == "us", padded(ein // 10**7 + 20, 2) + "-" + padded(ein % 10**7, 7)),
        "bn": (home == "ca", identifiers.business_number(rng, numbers, everybody)),
        "neq": ((home == "ca") & (region == "QC"), "11" + padded(numbers.scattered("neq", everybody, 10**8), 8)),
        "lei": (happens(rng, 0.1, len(home)), identifiers.lei(numbers, everybody)),
        "ffl": (dealer, identifiers.ffl(rng, numbers, everybody)),
    }
    return {field: np.where(who, codes, "") for field, (who, codes) in made.items()}
