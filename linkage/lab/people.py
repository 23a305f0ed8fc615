"""Invented people of three countries, with families, other names, street names and papers: what is true, before anyone writes it down.

1. Names are as common as they are (one García says little). Mexicans have two surnames, Québécois accents and hyphens.
2. One person in four is a relative of another: a sibling at the same address, a twin born the same day, a parent or child
   with the same given name. They are different people, and the typical false link (DOMAIN 1.2.1).
3. A record is a row of agreed field names; multi-valued fields are joined with `|`.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from linkage.lab import identifiers
from linkage.lab.draws import Row, chance, digits, drawn_name, one_of, table, words

TRADITIONS = {  # home country: which naming tradition, how likely
    "mx": (("mx", 1.0),),
    "ca": (("fr", 0.5), ("en", 1.0)),
    "us": (("mx", 0.4), ("en", 1.0)),
}
RELATIVES = 0.25
KINSHIP = (*("sibling",) * 8, *("child",) * 7, "twin")  # twins are some 3 % of births, and one of the two is the relative
FIRST_BIRTH, LAST_BIRTH = date(1955, 1, 1), date(2005, 12, 31)
PAPERS = ("curp", "rfc", "passport", "fbi_ucn", "driver_licence", "fps", "ssn", "sin")
NATIONALITY = {"mx": "MEX", "ca": "CAN", "us": "USA"}


def invent_people(rng: np.random.Generator, seen_by: Sequence[tuple[str, ...]]) -> list[Row]:
    """One person per entry, which names the countries that hold a record of them; the first is their home."""
    people: list[Row] = []
    for countries in seen_by:
        kin = one_of(rng, people) if people and chance(rng, RELATIVES) else None
        person = _relative(rng, kin) if kin else _stranger(rng, countries[0])
        people.append(person | _papers(rng, person, countries))
    return people


def address_in(rng: np.random.Generator, country: str) -> Row:
    """An address in one of the country's towns of `places.csv`."""
    place = one_of(rng, [row for row in table("places") if row["country"] == country.upper()])
    return {
        "house_number": str(rng.integers(1, 4000)),
        "street": one_of(rng, words(f"street_{country}")),
        "locality": place["locality"],
        "region": place["region"],
        "postal_code": _postal_code(rng, place),
        "country": NATIONALITY[country],
    }


def phone_in(rng: np.random.Generator, country: str) -> str:
    """A telephone number of ten digits with a true area code and 555 behind it, which is nobody's."""
    area = one_of(rng, [row["area_code"] for row in table("places") if row["country"] == country.upper()])
    return area + "555" + digits(rng, 7 - len(area))


def _stranger(rng: np.random.Generator, home: str) -> Row:
    tradition = next(name for name, up_to in TRADITIONS[home] if rng.random() < up_to)
    born = FIRST_BIRTH + timedelta(days=int(rng.integers((LAST_BIRTH - FIRST_BIRTH).days)))
    sex = "F" if chance(rng, 0.2) else "M"
    place = one_of(rng, [row for row in table("places") if row["country"] == home.upper()])
    person = {
        "tradition": tradition,
        "home": home,
        "given_names": _given(rng, tradition, sex),
        "surname_1": _surname(rng, tradition),
        "surname_2": _surname(rng, tradition) if tradition == "mx" else "",
        "date_of_birth": born.isoformat(),
        "sex": sex,
        "place_of_birth": place["region"],
        "nationality": NATIONALITY[home],
        **address_in(rng, home),
        "phone": phone_in(rng, home),
    }
    return person | _other_names(rng, person) | {"curp_state": place["curp_state"]}


def _relative(rng: np.random.Generator, kin: Row) -> Row:
    kinship = one_of(rng, KINSHIP)
    born = date.fromisoformat(kin["date_of_birth"])
    person = {name: text for name, text in kin.items() if name not in PAPERS}
    person["phone"] = phone_in(rng, kin["home"])
    if kinship == "child":
        generation = timedelta(days=int(rng.integers(19 * 365, 32 * 365)))
        born = born + generation if born + generation <= LAST_BIRTH else born - generation  # too young to be a suspect: a parent
        second = _surname(rng, "mx") if kin["surname_2"] else ""
        person |= {"surname_2": second, **address_in(rng, kin["home"])}
    else:
        person |= {"given_names": _other_given(rng, kin)}
        born = born + timedelta(days=0 if kinship == "twin" else int(rng.integers(400, 3000)))
    return person | {"date_of_birth": born.isoformat()} | _other_names(rng, person)


def _given(rng: np.random.Generator, tradition: str, sex: str) -> str:
    first = drawn_name(rng, table("given_names"), tradition=tradition, sex=sex)
    if tradition != "mx" and chance(rng, 0.5):
        return f"{first} {drawn_name(rng, table('given_names'), tradition=tradition, sex=sex)}"
    return first


def _other_given(rng: np.random.Generator, kin: Row) -> str:
    given = kin["given_names"]
    while given.split()[0] == kin["given_names"].split()[0]:
        given = _given(rng, kin["tradition"], kin["sex"])
    return given


def _surname(rng: np.random.Generator, tradition: str) -> str:
    return drawn_name(rng, table("surnames"), tradition=tradition)


def _other_names(rng: np.random.Generator, person: Row) -> Row:
    """Aliases of nearly half of all people and monikers of nearly a third (shares after DOMAIN 1.2.1)."""
    surnames = f"{person['surname_1']} {person['surname_2']}".strip()
    first = person["given_names"].replace("-", " ").split()[0]
    aliases: list[str] = []
    if chance(rng, 0.2):
        nicknames = [row["nickname"] for row in table("nicknames") if row["name"] == first]
        aliases += [f"{one_of(rng, nicknames)} {surnames}"] if nicknames else []
    if chance(rng, 0.15):
        aliases.append(f"{_given(rng, person['tradition'], person['sex'])} {surnames}")
    if chance(rng, 0.15):
        aliases.append(f"{person['given_names']} {_surname(rng, person['tradition'])}")
    monikers = one_of(rng, words("moniker")) if chance(rng, 0.3) else ""
    return {"aliases": "|".join(aliases), "monikers": monikers}


def _papers(rng: np.random.Generator, person: Row, countries: tuple[str, ...]) -> Row:
    """Numbers of the home country, and those that the countries which know the person gave them."""
    papers: Row = {}
    if person["tradition"] == "mx" and person["home"] == "mx":
        papers |= {
            "curp": identifiers.curp(person, person["curp_state"]),
            "rfc": identifiers.rfc_of_person(rng, person),
            "passport": f"MX:G{digits(rng, 8)}",
        }
    if "us" in countries:
        papers |= {"fbi_ucn": identifiers.fbi_ucn(rng), "driver_licence": f"US-TX:{digits(rng, 8)}"}
    if "ca" in countries:
        papers |= {"fps": digits(rng, 6) + one_of(rng, "ABCDEFG")}
    if person["home"] == "us":
        papers |= {"ssn": identifiers.ssn(rng), "passport": f"US:{digits(rng, 9)}"}
    if person["home"] == "ca":
        papers |= {"sin": identifiers.sin(rng), "passport": f"CA:{one_of(rng, 'ABGH')}{one_of(rng, 'ABGH')}{digits(rng, 6)}"}
    return papers


def _postal_code(rng: np.random.Generator, place: Row) -> str:
    if place["country"] == "CA":
        return f"{place['postal_prefix']}{one_of(rng, 'ABCEGH')} {digits(rng, 1)}{one_of(rng, 'ABCEGH')}{digits(rng, 1)}"
    return place["postal_prefix"] + digits(rng, 5 - len(place["postal_prefix"]))
