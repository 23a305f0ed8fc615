"""Invented firearms and organizations: what is true, before anyone writes it down.

1. A make's serial numbers have the shapes that were counted for it (`tables/makes.csv`).
2. Three firearms in ten were bought right after another one: same make and model, next serial number (a straw purchase). Some
   share their serial number with another make. They are different firearms, and the typical false link (DOMAIN 7).
3. One organization in five is a sister: same name, other trade or other town, other numbers.
"""

import re
from collections.abc import Sequence

import numpy as np
from anyascii import anyascii

from linkage.lab import identifiers
from linkage.lab.draws import Row, chance, digits, one_of, shaped, table, weighted, words
from linkage.lab.people import address_in, phone_in

STRAW_PURCHASE, SAME_SERIAL_OTHER_MAKE = 0.3, 0.02
CRIMINAL_GROUPS, SISTERS = 0.15, 0.2
LEGAL_FORMS = {
    "mx": ("S.A. de C.V.", "S.A. de C.V.", "S.A. de C.V.", "S. de R.L. de C.V.", "S.C."),
    "ca": ("Inc.", "Ltée", "Ltd.", "Corp."),
    "us": ("LLC", "LLC", "Inc.", "Corp."),
}


def invent_firearms(rng: np.random.Generator, seen_by: Sequence[tuple[str, ...]]) -> list[Row]:
    """One firearm per entry, which names the countries that hold a record of it."""
    firearms: list[Row] = []
    for countries in seen_by:
        firearm = _new_firearm(rng)
        if firearms and chance(rng, STRAW_PURCHASE):
            firearm = firearms[-1] | {"serial_number": next_serial(firearms[-1]["serial_number"])}
        elif firearms and chance(rng, SAME_SERIAL_OTHER_MAKE):
            firearm |= {"serial_number": one_of(rng, firearms)["serial_number"]}
        place = one_of(rng, [row for row in table("places") if row["country"] == countries[0].upper()])
        year, month, day = rng.integers(2019, 2026), rng.integers(1, 13), rng.integers(1, 29)
        ballistic = f"{countries[0].upper()}{digits(rng, 2)}-{digits(rng, 6)}" if chance(rng, 0.2) else ""
        recovery = {"recovery_date": f"{year}-{month:02d}-{day:02d}", "recovery_region": place["region"], "ballistic_id": ballistic}
        firearms.append(firearm | recovery)
    return firearms


def next_serial(serial: str) -> str:
    """The number of the gun that was made, and sold, next: `ABCD109` after `ABCD108`."""
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", serial)
    if found is None:
        return serial + "1"
    number = str(int(found[2]) + 1).zfill(len(found[2]))
    return found[1] + number[-len(found[2]) :] + found[3]


def invent_organizations(rng: np.random.Generator, seen_by: Sequence[tuple[str, ...]]) -> list[Row]:
    """One company or criminal group per entry, which names the countries that hold a record of it; the first is its home."""
    organizations: list[Row] = []
    for countries in seen_by:
        group = _group(rng, countries[0])
        if chance(rng, CRIMINAL_GROUPS) and group["name"] not in (row["name"] for row in organizations):
            organizations.append(group)
        else:
            companies = [row for row in organizations if row["home"] == countries[0] and row["kind"] == "legal_entity"]
            sister = one_of(rng, companies) if companies and chance(rng, SISTERS) else None
            organizations.append(_company(rng, countries[0], sister["own_name"] if sister else None))
    return organizations


def _new_firearm(rng: np.random.Generator) -> Row:
    made = weighted(rng, table("makes"))
    return {
        "serial_number": shaped(rng, one_of(rng, made["serial_shapes"].split("|"))),
        "obliterated": "no",
        "make": made["make"],
        "importer": made["importer"],
        "model": made["model"],
        "calibre": made["calibre"],
        "firearm_type": made["kind"],
        "country_of_origin": made["country"],
        "barrel_length_mm": made["barrel_mm"],
    }


def _company(rng: np.random.Generator, home: str, own_name: str | None) -> Row:
    own = own_name or f"{one_of(rng, words(f'name_{home}'))}"
    if own_name is None and chance(rng, 0.6):  # so that not every second company has one of a dozen names
        own = f"{own} {one_of(rng, [row['name'] for row in table('surnames') if len(row['name']) > 5])}"
    trade = one_of(rng, words(f"trade_{home}"))
    name = f"{trade} {own}" if home == "mx" else f"{own} {trade}"
    acronym = "".join(word[0] for word in anyascii(name).upper().split())
    company = {
        "home": home,
        "own_name": own,
        "name": name,
        "aliases": acronym if len(acronym) > 2 and chance(rng, 0.2) else "",
        "kind": "legal_entity",
        "legal_form": one_of(rng, LEGAL_FORMS[home]),
        **address_in(rng, home),
        "phone": phone_in(rng, home),
    }
    return company | _registrations(rng, home, company)


def _registrations(rng: np.random.Generator, home: str, company: Row) -> Row:
    found = {"lei": identifiers.lei(rng) if chance(rng, 0.1) else ""}
    if home == "mx":
        return found | {"rfc": identifiers.rfc_of_company(rng, company["name"])}
    if home == "ca":
        return found | {"bn": identifiers.business_number(rng), "neq": "11" + digits(rng, 8) if company["region"] == "QC" else ""}
    dealer = "Firearms" in company["name"] or "Outfitters" in company["name"]
    return found | {"ein": f"{rng.integers(20, 88)}-{digits(rng, 7)}", "ffl": identifiers.ffl(rng) if dealer else ""}


def _group(rng: np.random.Generator, home: str) -> Row:
    animal, place = one_of(rng, words("group_animal")), one_of(rng, words("group_place"))
    others = [f"Los {animal} de {place}", f"{animal} Cartel of {place.split()[-1]}", "C" + animal[:1] + place.split()[-1][:1].upper()]
    return {
        "home": home,
        "own_name": animal,
        "name": f"Cártel de los {animal} de {place}",
        "aliases": "|".join(name for name in others if chance(rng, 0.6)),
        "kind": "criminal_group",
    }
