"""A small agreement and small tables in which everyone can see who is who."""

import tomllib
from typing import Any

from linkage.protocol.agreement import Agreement
from linkage.protocol.party_keys import PartyKeys

TEXT = """
format = "trilink/agreement/v1"
title = "For tests"
valid_from = 2020-01-01
valid_until = 2099-12-31

[encoding]
token_cap = 8
diffusion = 2
non_match_pairs = 10000

[decision]
bands = { A = 0.99, B = 0.90, C = 0.50 }
release = "C"
possible = 0.02

[exchange]
message_days = 30
list_days = 90
caution = "Lead only."

[entities.suspect]
max_variants = 2

[entities.suspect.fields]
given_names = { kind = "given_names" }
surname_1 = { kind = "surname" }
date_of_birth = { kind = "date" }
locality = { kind = "locality" }
phone = { kind = "phone" }

[entities.suspect.filters]
given = { fields = ["given_names"], levels = [0.95, 0.6], label = "given_name" }
surname = { fields = ["surname_1"], levels = [0.95, 0.6], label = "surname" }
birth = { fields = ["date_of_birth"], features = ["positional"], levels = [0.99, 0.6], label = "birth_date" }
place = { fields = ["locality"], levels = [0.9], label = "address" }
phone = { fields = ["phone"], features = ["exact"], length = 64, bits = 6, levels = [0.95], label = "phone" }

[entities.suspect.passes]
birth = { key = ["exact(date_of_birth)"] }
name = { key = ["phonetic(surname_1)", "phonetic(given_names)"] }
phone = { key = ["exact(phone)"] }

[entities.firearm.fields]
serial_number = { kind = "serial" }
make = { kind = "make" }

[entities.firearm.filters]
serial = { fields = ["serial_number"], levels = [0.95, 0.6], label = "serial_number" }
maker = { fields = ["make"], features = ["exact"], length = 64, bits = 6, levels = [0.95], label = "make_or_importer" }

[entities.firearm.passes]
serial = { key = ["exact(serial_number)"] }
serial_end = { key = ["last(serial_number, 4)"] }
"""

PEOPLE = [  # given names, surname, date of birth, locality, phone
    ("Ana Lucía", "Quiroga", "1971-03-14", "Monterrey", "5512345001"),
    ("Bernardo", "Villaseñor", "1984-11-02", "Puebla", "5512345002"),
    ("Claire", "Thibodeau", "1990-07-23", "Gatineau", "8192345003"),
    ("Dmitri", "Wolanski", "1966-01-30", "Winnipeg", "2042345004"),
    ("Ernesto", "Zamora", "1979-05-05", "Tijuana", "6642345005"),
    ("Florence", "Ouellette", "1988-12-19", "Laval", "4502345006"),
    ("Gareth", "Huxtable", "1959-09-09", "Tacoma", "2532345007"),
    ("Hortensia", "Ybarra", "1993-02-27", "El Paso", "9152345008"),
    ("Ignacio", "Beltrán", "1982-08-16", "Culiacán", "6672345009"),
    ("Joséphine", "Lacombe", "1975-10-31", "Sherbrooke", "8192345010"),
    ("Kendrick", "Mosley", "1997-04-12", "Memphis", "9012345011"),
    ("Leopoldo", "Sandoval", "1963-06-21", "Mérida", "9992345012"),
    ("Marguerite", "Desrosiers", "1986-03-03", "Moncton", "5062345013"),
    ("Norberto", "Fuentes", "1978-01-17", "Laredo", "9562345014"),
    ("Octavia", "Pemberton", "1991-09-28", "Savannah", "9122345015"),
    ("Patrick", "Gallagher", "1969-12-06", "Halifax", "9022345016"),
]
HOLDS = {"ca": range(4, 16), "mx": range(12), "us": [*range(1, 8), 12, 13, 14]}  # ca-15 and mx-00 are in no other table


def person(owner: str, number: int, **changes: str) -> dict[str, str]:
    """One of ``PEOPLE`` as a record of an owner; two records share a case."""
    given, surname, birth, locality, phone = PEOPLE[number]
    row = {"given_names": given, "surname_1": surname, "date_of_birth": birth, "locality": locality, "phone": phone}
    return {"record_id": f"{owner}-{number:02d}", "case_id": f"{owner}/{number // 2}"} | row | changes


def gun(owner: str, number: int, **changes: str) -> dict[str, str]:
    """A firearm of the same case as the person of that number."""
    row = {"serial_number": f"{chr(65 + number)}{number * 73_911 + 48_203:07d}", "make": ("Glock", "Colt", "Ruger", "Taurus")[number % 4]}
    return {"record_id": f"{owner}-gun-{number:02d}", "case_id": f"{owner}/{number // 2}"} | row | changes


def people(*owners: str) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Three owners (or some of them) with about a dozen persons each."""
    return {owner: {"suspect": [person(owner, number) for number in HOLDS[owner]]} for owner in owners or HOLDS}


def shared(left: str, right: str) -> set[tuple[str, str]]:
    """The true links between two owners, left name first."""
    return {(f"{left}-{number:02d}", f"{right}-{number:02d}") for number in HOLDS[left] if number in HOLDS[right]}


def small_agreement(keys: dict[str, PartyKeys], changes: dict[str, Any]) -> Agreement:
    """The agreement with these parties, the last one the unit; ``changes`` replace keys of tables, ``{"encoding": {"diffusion": 1}}``."""
    document = tomllib.loads(TEXT)
    for table, values in changes.items():
        document.setdefault(table, {}).update(values)
    document["parties"] = {
        party: {
            "role": "unit" if party == "joint-team" else "owner", "country": party.upper()[:2], "contact_desk": f"{party}-desk",
            "signing_key": pair.public().signing_key, "sealing_key": pair.public().sealing_key,
        }
        for party, pair in keys.items()
    }  # fmt: skip
    return Agreement.model_validate(document)
