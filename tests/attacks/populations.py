"""People to attack: drawn from the lab's Spanish and English names, and packages of them; the same every time."""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from anyascii import anyascii

import linkage.lab
from linkage.lab.attacks.controls import q_grams
from linkage.owner.encoded_records import encoded_records, measuring_key, unpadded_records
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.recognition import Known
from tests.made_lists import AGREEMENT_FILE

TABLES = Path(linkage.lab.__file__).parent / "tables"
PLACES = ["MONTERREY", "PUEBLA", "TIJUANA", "LEON", "MERIDA", "TORREON", "QUERETARO", "CULIACAN", "HERMOSILLO", "SALTILLO"]
STREETS = ["AVENIDA JUAREZ", "CALLE HIDALGO", "CALLE MORELOS", "AVENIDA REFORMA", "CALLE ALLENDE", "CALLE ZARAGOZA", "CALLE 5 DE MAYO"]


def people(count: int, seed: int = 1) -> list[dict[str, str]]:
    """Mexican names as frequent as they are, all else drawn evenly; every fourth has no address, every fifth no second surname."""
    chance = np.random.default_rng(seed)
    pools = [_names("given_names"), _names("surnames"), _names("surnames")]
    drawn = [chance.choice(names, count, p=weights).tolist() for names, weights in pools]
    found = []
    for number, (given, first, second) in enumerate(zip(*drawn, strict=True)):
        born = f"{chance.integers(1940, 2005)}{chance.integers(1, 13):02d}{chance.integers(1, 29):02d}"
        row = {"given_names": given, "surname_1": first, "date_of_birth": born, "sex": "FM"[int(chance.integers(2))]}
        if number % 5:
            row["surname_2"] = second
        if number % 4:
            row |= {"house_number": str(chance.integers(1, 900)), "street": STREETS[int(chance.integers(len(STREETS)))]}
            row |= {"locality": PLACES[int(chance.integers(len(PLACES)))], "postal_code": f"{chance.integers(10000, 99999)}"}
        found.append(row)
    return found


@cache
def _names(table: str) -> tuple[list[str], list[float]]:
    """Mexican names of one of the lab's tables as they are compared, and how often each comes."""
    with (TABLES / f"{table}.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["tradition"] == "mx"]
    weights = np.array([float(row["weight"]) for row in rows])
    return [anyascii(row["name"]).upper() for row in rows], (weights / weights.sum()).tolist()


def text_sets(rows: list[dict[str, str]], fields: tuple[str, ...] = ("given_names", "surname_1", "date_of_birth")) -> list[set[str]]:
    """Q-grams of each person, as the controls encode them."""
    return [q_grams([(field, row.get(field, "")) for field in fields]) for row in rows]


def records(rows: list[dict[str, str]], agreement: Agreement) -> CanonicalRecords:
    fields = agreement.entities["suspect"].fields
    cells = {field: [(row[field],) if row.get(field) else () for row in rows] for field in fields}
    return CanonicalRecords([f"R{number}" for number in range(len(rows))], ["" for _ in rows], cells)


@cache
def shipped() -> Agreement:
    return read_agreement(AGREEMENT_FILE)


@cache
def dense() -> Agreement:
    """The shipped agreement with coarse passes alone, no diffusion, no cap to speak of, and postings of all who share a token."""
    document = shipped().model_dump()
    keys = {
        "surname": "phonetic(surname_1)",
        "given": "phonetic_name(given_names)",
        "year": "year(date_of_birth)",
        "day": "month_day(date_of_birth)",
    }
    document["entities"]["suspect"]["passes"] = {name: {"key": [key]} for name, key in keys.items()}
    document["encoding"] |= {"token_cap": 1000, "token_postings": 1000, "diffusion": 1}
    return Agreement.model_validate(document)


@cache
def dense_and_drawn() -> Agreement:
    """The same with one posting a token."""
    document = dense().model_dump()
    document["encoding"]["token_postings"] = 1
    return Agreement.model_validate(document)


@cache
def package(count: int, key: str, agreement: Callable[[], Agreement] = shipped) -> Known:
    """A package of so many people under an agreement."""
    return encoded_records(records(people(count), agreement()), agreement(), "suspect", measuring_key(key), count)


@cache
def unpadded(count: int, key: str, agreement: Callable[[], Agreement] = shipped) -> Known:
    """The same without pads."""
    return unpadded_records(records(people(count), agreement()), agreement(), "suspect", measuring_key(key), count)
