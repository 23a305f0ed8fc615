"""Invented people of three countries with families and papers: what is true, before anyone writes it down.

1. Names first (`names`), then families (`families`) overwrite what relatives share.
2. Birth dates are spread evenly over 1955 to 2005 but denser for the young; a chunk has days of its own (every n-th), so that no two
   people of different chunks can have one register code.
3. Papers are those of the home country, and those that a country gave to whom it knows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.lab import identifiers
from linkage.lab.corruption import altered, year_off
from linkage.lab.draws import Chance, Codes, Columns, Flags, Texts, blank, column, filled, happens, padded, texts
from linkage.lab.families import SAME_ADDRESS, SAME_SEX, Kin, families
from linkage.lab.names import BY_HOME, NOTHING, TRADITIONS, Names, curp_letters, draw_given, draw_surname, written
from linkage.lab.places import NATIONALITY, addresses, draw_places, phones
from linkage.lab.plan import COUNTRIES, homes
from linkage.lab.scattering import Numbers

Days = NDArray[np.datetime64]
FIRST_BIRTH, BIRTH_DAYS = np.datetime64("1955-01-01"), 18_628
FOREIGN = 0.12  # come from none of the countries that know them
WOMEN = 0.2
PLACES = ("house_number", "street", "locality", "region", "postal_code", "country")


class Codebook(NamedTuple):
    """Names as places in the tables: first and second given name, first and second surname."""

    given_1: Codes
    given_2: Codes
    surname_1: Codes
    surname_2: Codes


class People(NamedTuple):
    """True facts of the people of a chunk, a column each, in the order of their membership."""

    home: Texts
    tradition: Texts
    sex: Texts
    codes: Codebook
    names: Names
    born: Days
    facts: Columns
    related: Flags

    @property
    def size(self) -> int:
        """How many."""
        return len(self.home)


def invent_people(rng: Chance, held: Flags, numbers: Numbers, part: tuple[int, int]) -> People:
    """One person for each row of `held`, which says what countries know them; `part` is the chunk and how many there are."""
    count = len(held)
    home = np.array(COUNTRIES, dtype=object)[homes(rng, held, FOREIGN)]
    kin = families(rng, count)
    home[kin.rows] = home[kin.of]
    tradition = _traditions(rng, home, kin)
    sex = np.where(happens(rng, WOMEN, count), "F", "M").astype(object)
    alike = happens(rng, kin.share(SAME_SEX), len(kin.rows))
    sex[kin.rows[alike]] = sex[kin.of[alike]]
    codes = _names(rng, tradition, sex, kin)
    born = _births(rng, count, kin, part)
    at_home = draw_places(rng, home)
    facts = {
        "sex": sex,
        "date_of_birth": np.datetime_as_string(born).astype(object),
        "claimed_birth": altered(rng, np.datetime_as_string(born).astype(object), 1.0, year_off),
        "place_of_birth": column("places", "region")[at_home],
        "nationality": texts(NATIONALITY[code] for code in home.tolist()),
        **_homes(rng, at_home, kin),
        "phone": phones(numbers, "person", home, np.arange(count)),
    }
    people = People(home, tradition, sex, codes, written(*codes), born, facts, kin.everybody(count))
    return people._replace(facts=facts | _papers(rng, people, held, numbers, at_home))


def _traditions(rng: Chance, home: Texts, kin: Kin) -> Texts:
    draws, found = rng.random(len(home)), blank(len(home))
    for country in COUNTRIES:
        rows = np.flatnonzero(home == country)
        found[rows] = np.array(TRADITIONS, dtype=object)[
            np.searchsorted(np.cumsum(BY_HOME[country]), draws[rows], side="right").clip(max=3)
        ]
    found[kin.rows] = found[kin.of]
    return found


def _names(rng: Chance, tradition: Texts, sex: Texts, kin: Kin) -> Codebook:
    given_1, given_2 = draw_given(rng, tradition, sex)
    surname_1, surname_2 = draw_surname(rng, tradition), draw_surname(rng, tradition)
    surname_1[kin.rows] = surname_1[kin.of]
    whole = kin.are("sibling", "twin")
    surname_2[kin.rows[whole]] = surname_2[kin.of[whole]]
    surname_2[~np.isin(tradition.astype(str), ["mx", "hs"])] = NOTHING
    namesake = kin.are("namesake")
    for given in (given_1, given_2):
        given[kin.rows[namesake]] = given[kin.of[namesake]]
    while (same := np.flatnonzero(~namesake & (given_1[kin.rows] == given_1[kin.of]))).size:
        rows = kin.rows[same]
        given_1[rows], given_2[rows] = draw_given(rng, tradition[rows], sex[rows])
    return Codebook(given_1, given_2, surname_1, surname_2)


def _births(rng: Chance, count: int, kin: Kin, part: tuple[int, int]) -> Days:
    """Days of this chunk: `chunk + chunks * k` days after the first."""
    chunk, chunks = part
    units = BIRTH_DAYS // chunks
    at = (rng.beta(2.0, 1.5, size=count) * units).astype(np.int64)
    gap = np.where(kin.are("namesake"), rng.integers(19 * 365, 32 * 365, len(kin.rows)), rng.integers(400, 3000, len(kin.rows)))
    apart = np.maximum(np.rint(gap / chunks).astype(np.int64), 1)
    apart[kin.are("twin")] = 0
    later = at[kin.of] + apart
    related = np.where(later < units, later, at[kin.of] - apart)
    at[kin.rows] = np.where(kin.are("cousin"), at[kin.rows], related)
    return np.asarray(FIRST_BIRTH + (chunk + chunks * at).astype("timedelta64[D]"))


def _homes(rng: Chance, places: Codes, kin: Kin) -> Columns:
    together = happens(rng, kin.share(SAME_ADDRESS), len(kin.rows))
    rows, of = kin.rows[together], kin.of[together]
    places[rows] = places[of]
    found = addresses(rng, places)
    for name in PLACES:
        found[name][rows] = found[name][of]
    return found


def _papers(rng: Chance, people: People, held: Flags, numbers: Numbers, places: Codes) -> Columns:
    in_us, in_ca = held[:, COUNTRIES.index("us")], held[:, COUNTRIES.index("ca")]
    licence = padded(numbers.scattered("driver_licence", np.arange(people.size), 10**8), 8)
    states = np.where(people.home == "us", column("places", "region")[places], "TX")
    return {
        **_mexican_codes(people, places),
        "ssn": _for(people.home == "us", lambda rows: identifiers.ssn(numbers, rows)),
        "sin": _for(people.home == "ca", lambda rows: identifiers.sin(numbers, rows)),
        "fbi_ucn": _for(in_us, lambda rows: identifiers.fbi_ucn(numbers, rows)),
        "fps": _for(in_ca, lambda rows: filled(numbers.scattered("fps", rows, 23 * 10**7), "9999999A")),
        "passport": identifiers.passports(numbers, people.home),
        "driver_licence": np.where(in_us, "US-" + states + ":" + licence, ""),
    }


def _for(who: Flags, number: Callable[[Codes], Texts]) -> Texts:
    """Numbers for these people alone."""
    found, rows = blank(len(who)), np.flatnonzero(who)
    found[rows] = number(rows)
    return found


def _mexican_codes(people: People, places: Codes) -> Columns:
    def codes(rows: Codes) -> tuple[Texts, Texts]:
        letters, consonants = curp_letters(*(part[rows] for part in people.codes))
        born, state = people.facts["date_of_birth"][rows], column("places", "curp_state")[places[rows]]
        return identifiers.curp(letters, born, people.sex[rows], state, consonants), identifiers.rfc_of_person(letters, born)

    found = {"curp": blank(people.size), "rfc": blank(people.size)}
    rows = np.flatnonzero((people.home == "mx") & (people.tradition == "mx"))
    found["curp"][rows], found["rfc"][rows] = codes(rows)
    return found
