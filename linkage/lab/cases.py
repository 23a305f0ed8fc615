"""Cases: what the same countries know comes in networks of persons, firearms and organizations, and each country has a case for it.

1. Entities with the same membership are dealt into networks of some three; the network has a date, each country its own place, agency
   and officer. One record in seven sits in a case of its own.
2. An officer has a carelessness of his own, the same in the whole corpus, and an agency its care: so errors come in clusters (DOMAIN 6).
3. A case number belongs to one country's register and is never given twice.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.lab.draws import Chance, Codes, Columns, Flags, Floats, Texts, any_of, chosen, happens, padded, table, texts
from linkage.lab.places import draw_places
from linkage.lab.plan import COUNTRIES
from linkage.lab.scattering import Numbers

NETWORK_SIZE, OWN_CASE = 3.0, 0.15
OFFICERS, SPREAD = 25, 0.7  # officers of an agency, and the spread of their carelessness (log scale)
FIRST_DAY, DAYS = np.datetime64("2019-01-01"), 2526
OFFENCES = {"firearms trafficking": 30, "organized crime": 20, "drug trafficking": 30, "homicide": 8, "robbery": 7, "money laundering": 5}
SETTINGS = {  # by country: port of entry, inland checkpoint, vehicle, premises, parcel, person
    "mx": {"port of entry": 6, "checkpoint": 22, "vehicle": 27, "premises": 30, "parcel": 3, "person": 12},
    "ca": {"port of entry": 30, "checkpoint": 2, "vehicle": 22, "premises": 26, "parcel": 12, "person": 8},
    "us": {"port of entry": 14, "checkpoint": 8, "vehicle": 30, "premises": 28, "parcel": 5, "person": 15},
}
SUBSTANCES = {"none": 55, "fentanyl": 12, "methamphetamine": 13, "cocaine": 8, "heroin": 3, "cannabis": 7, "unknown": 2}
GROUPS = {"cartel or faction": 28, "street gang": 18, "motorcycle gang": 4, "none known": 30, "unknown": 20}
CASE_SPACE = 9 * 10**6


class Cases(NamedTuple):
    """One country's cases of a chunk: what is in `cases.csv`, how careless each one's officer is, and its town."""

    facts: Columns
    day: NDArray[np.datetime64]
    carelessness: Floats
    place: Codes

    def column(self, name: str, cases: Codes) -> Texts:
        """A fact of these cases."""
        return np.asarray(self.facts[name][cases])


class Docket(NamedTuple):
    """Cases of the three countries, and for each entity type the case of each entity in each country, shape (entities, 3), -1 without."""

    cases: tuple[Cases, Cases, Cases]
    of: dict[str, Codes]


def open_cases(rng: Chance, held: dict[str, Flags], together: dict[str, Codes], numbers: Numbers) -> Docket:
    """Deal everything into networks and cases. `together` names for some entities the one whose network they join."""
    network, patterns = _networks(rng, held, together)
    begun = FIRST_DAY + rng.integers(DAYS, size=len(patterns)).astype("timedelta64[D]")
    found: dict[str, Codes] = {entity: np.full(rows.shape, -1) for entity, rows in held.items()}
    made = []
    for at, country in enumerate(COUNTRIES):
        known = np.flatnonzero(patterns[:, at])
        place_of = np.full(len(patterns), -1)
        place_of[known] = np.arange(len(known))
        days, extra = [begun[known]], len(known)
        for entity, rows in held.items():
            members = np.flatnonzero(rows[:, at])
            case = place_of[network[entity][members]]
            own = happens(rng, OWN_CASE, len(members))
            case[own] = extra + np.arange(own.sum())
            found[entity][members, at] = case
            days.append(begun[network[entity][members[own]]])
            extra += int(own.sum())
        made.append(_cases(rng, country, np.concatenate(days), numbers))
    return Docket((made[0], made[1], made[2]), found)


@cache
def officers(seed: int, country: str) -> Floats:
    """How careless each officer is, shape (agencies, officers): 1 is average in the country."""
    rng = np.random.default_rng([seed, 7, COUNTRIES.index(country)])
    agencies = agencies_of(country)
    own = np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD, size=(len(agencies), OFFICERS)))
    return np.asarray(own * np.array([float(agency["care"]) for agency in agencies])[:, None])


@cache
def agencies_of(country: str) -> tuple[dict[str, str], ...]:
    """The agencies of a country, rows of `agencies.csv`."""
    return tuple(row for row in table("agencies") if row["country"] == country)


def _networks(rng: Chance, held: dict[str, Flags], together: dict[str, Codes]) -> tuple[dict[str, Codes], Flags]:
    """The network of each entity, and the countries that know each network, shape (networks, 3)."""
    kinds = {entity: rows @ np.array([1, 2, 4]) for entity, rows in held.items()}
    network = {entity: np.zeros(len(rows), dtype=np.int64) for entity, rows in held.items()}
    patterns: list[list[bool]] = []
    for kind in range(1, 8):
        members = {entity: np.flatnonzero(kinds[entity] == kind) for entity in held}
        many = max(1, round(sum(map(len, members.values())) / NETWORK_SIZE))
        for entity, rows in members.items():
            network[entity][rows] = len(patterns) + rng.integers(many, size=len(rows))
        patterns += [[bool(kind & 1), bool(kind & 2), bool(kind & 4)]] * many
    for entity, leader in together.items():
        joins = (leader >= 0) & (kinds[entity] == kinds[entity][leader])
        network[entity][joins] = network[entity][leader[joins]]
    return network, np.array(patterns)


def _cases(rng: Chance, country: str, begun: NDArray[np.datetime64], numbers: Numbers) -> Cases:
    count = len(begun)
    agency = chosen(rng, count, [float(row["weight"]) for row in agencies_of(country)])
    officer = rng.integers(OFFICERS, size=count)
    place = draw_places(rng, texts([country] * count))
    day = begun + rng.exponential(30.0, size=count).astype(np.int64).astype("timedelta64[D]")
    facts = {
        "case_id": _case_numbers(rng, country, day, numbers),
        "agency": texts(row["agency"] for row in agencies_of(country))[agency],
        "date": np.datetime_as_string(day).astype(object),
        "offence_class": _drawn(rng, count, OFFENCES),
        "setting": _drawn(rng, count, SETTINGS[country]),
        "substance_class": _drawn(rng, count, SUBSTANCES),
        "organization_class": _drawn(rng, count, GROUPS),
    }
    return Cases(facts, day, officers(numbers.seed, country)[agency, officer], place)


def _drawn(rng: Chance, count: int, shares: dict[str, int]) -> Texts:
    return np.asarray(texts(shares)[chosen(rng, count, list(shares.values()))])


def _case_numbers(rng: Chance, country: str, day: NDArray[np.datetime64], numbers: Numbers) -> Texts:
    year = np.datetime_as_string(day, unit="Y").astype(object)
    number = padded(numbers.scattered(f"case {country}", np.arange(len(day)), CASE_SPACE), 7)
    if country == "mx":
        return np.asarray("FED/" + any_of(rng, len(day), texts(("SON", "SIN", "TAM", "JAL", "BC", "CHIH"))) + "/" + number + "/" + year)
    if country == "ca":
        return np.asarray(year + "-" + number)
    offices = any_of(rng, len(day), texts(("ELP", "LRD", "SND", "TUS", "BUF", "DET")))
    return np.asarray(texts(text[2:] for text in year.tolist()) + "-" + offices + "-" + number)
