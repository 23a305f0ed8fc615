"""Which fields a country's records have, and how often: in mx, ca, us; fields in the order of the file.

Shares are those of DOMAIN 6 where it has them (CURP 70 %, 2 %, 5 %), judgement otherwise. A careless officer leaves out more.
"""

import numpy as np

from linkage.lab.draws import Chance, Columns, Floats, happens
from linkage.lab.plan import COUNTRIES

ADDRESS = ("house_number", "street", "locality", "region", "postal_code", "country")
Shares = tuple[float, float, float]
PRESENT: dict[str, dict[str, Shares]] = {
    "suspect": {
        "given_names": (0.99, 0.99, 0.99),
        "surname_1": (1, 1, 1),
        "surname_2": (0.98, 1, 1),  # abroad its own fate, see view_people
        "aliases": (1, 1, 1),
        "monikers": (0.9, 0.6, 0.7),
        "date_of_birth": (0.93, 0.96, 0.97),
        "sex": (0.98, 0.98, 0.98),
        "place_of_birth": (0.8, 0.5, 0.6),
        "nationality": (0.9, 0.8, 0.85),
        **dict.fromkeys(ADDRESS, (0.7, 0.8, 0.85)),
        "phone": (0.3, 0.35, 0.4),
        "curp": (0.7, 0.02, 0.05),
        "rfc": (0.3, 0, 0.02),
        "ssn": (0.0, 0.02, 0.6),
        "fbi_ucn": (0.03, 0.1, 0.5),
        "fps": (0.01, 0.5, 0.02),
        "sin": (0, 0.4, 0.01),
        "passport": (0.2, 0.3, 0.35),
        "driver_licence": (0.02, 0.05, 0.5),
    },
    "firearm": {
        "serial_number": (1, 1, 1),  # what is missing is missing for a reason, see view_firearms
        "obliterated": (1, 1, 1),
        "make": (0.9, 0.95, 0.97),
        "importer": (0.3, 0.5, 0.7),
        "model": (0.8, 0.9, 0.9),
        "calibre": (0.93, 0.95, 0.95),
        "firearm_type": (0.97, 0.97, 0.97),
        "country_of_origin": (0.3, 0.6, 0.8),
        "barrel_length_mm": (0.1, 0.6, 0.3),
        "recovery_date": (0.95, 0.8, 0.6),
        "recovery_region": (0.95, 0.7, 0.6),
        "ballistic_id": (0.6, 0.5, 0.6),
    },
    "organization": {
        "name": (1, 1, 1),
        "aliases": (1, 1, 1),
        "kind": (1, 1, 1),
        "legal_form": (0.9, 0.8, 0.8),
        "rfc": (0.9, 0.1, 0.2),
        "ein": (0.05, 0.1, 0.8),
        "bn": (0.02, 0.8, 0.1),
        "neq": (0, 0.7, 0.05),
        "lei": (0.8, 0.8, 0.8),
        "ffl": (0.3, 0.2, 0.95),
        **dict.fromkeys(ADDRESS, (0.7, 0.8, 0.85)),
        "phone": (0.4, 0.4, 0.5),
    },
}


def covered(rng: Chance, entity: str, country: str, seen: Columns, carelessness: Floats) -> Columns:
    """Every agreed field in its order, empty where this country, or this officer, did not write it; an address comes whole or not."""
    at, count = COUNTRIES.index(country), len(carelessness)
    more = 0.5 + 0.5 * carelessness.clip(max=3.0)  # of what is left out
    address = happens(rng, 1 - (1 - PRESENT[entity].get("street", (1, 1, 1))[at]) * more, count)
    record: Columns = {}
    for field, shares in PRESENT[entity].items():
        present = address if field in ADDRESS else happens(rng, 1 - (1 - shares[at]) * more, count)
        record[field] = np.where(present, seen.get(field, np.full(count, "", dtype=object)), "")
    return record
