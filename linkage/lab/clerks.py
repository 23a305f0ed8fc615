"""What clerks make of the truth: each country's view of a person, a firearm or an organization, with its habits and its errors.

1. A country writes down only some fields, and some more often than others (`PRESENT`).
2. Spanish names suffer abroad: accents go, the second surname is dropped, glued, hyphenated, or takes the first one's place.
3. Then ordinary typing errors, dates read the other way round, serial numbers misread or filed off.
Rates are those of DOMAIN section 6 (measured or judgement there); the issue on the lab makes errors depend on the clerk.
"""

import re

import numpy as np
from anyascii import anyascii

from linkage.lab.draws import Row, chance, digits, one_of, table
from linkage.lab.people import address_in

COUNTRIES = ("mx", "ca", "us")
ADDRESS = ("house_number", "street", "locality", "region", "postal_code", "country")
PRESENT = {  # entity: field: share of records that have it, in mx, ca, us; fields in the order of the file
    "suspect": {
        "given_names": (0.99, 0.99, 0.99),
        "surname_1": (1, 1, 1),
        "surname_2": (0.97, 1, 1),  # abroad its own fate, see _abroad
        "aliases": (0.8, 0.6, 0.7),
        "monikers": (0.8, 0.4, 0.5),
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
        "serial_number": (0.85, 0.9, 0.95),
        "obliterated": (1, 1, 1),
        "make": (0.9, 0.95, 0.97),
        "importer": (0.3, 0.5, 0.7),
        "model": (0.8, 0.9, 0.9),
        "calibre": (0.95, 0.95, 0.95),
        "firearm_type": (0.97, 0.97, 0.97),
        "country_of_origin": (0.3, 0.6, 0.8),
        "barrel_length_mm": (0.1, 0.6, 0.3),
        "recovery_date": (0.95, 0.8, 0.6),
        "recovery_region": (0.95, 0.7, 0.6),
        "ballistic_id": (0.6, 0.5, 0.6),
    },
    "organization": {
        "name": (1, 1, 1),
        "aliases": (0.8, 0.7, 0.7),
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
GUN_WORDS = {  # kind: what mx, ca, us call it
    "pistol": ("Pistola", "Handgun", "Pistol"),
    "revolver": ("Revólver", "Revolver", "Revolver"),
    "rifle": ("Fusil", "Rifle", "Rifle"),
    "shotgun": ("Escopeta", "Shotgun", "Shotgun"),
}
NO_SERIAL = ("", "", "SIN MATRICULA", "ILEGIBLE", "S/N")
MISREAD = dict(zip("0OD1I2Z5S8B6G", "OD0I1Z2S5B8G6", strict=True))  # look-alikes, after DOMAIN 1.1.1
FILED_OFF = {"mx": 0.12, "ca": 0.05, "us": 0.02}


def view(rng: np.random.Generator, entity: str, country: str, true: Row) -> Row:
    """The record that this country's clerks keep of a true person, firearm or organization: every agreed field, some empty."""
    seen = CLERKS[entity](rng, country, true)
    column = COUNTRIES.index(country)
    has_address = chance(rng, PRESENT[entity]["street"][column]) if "street" in PRESENT[entity] else False
    record: Row = {}
    for field, shares in PRESENT[entity].items():
        present = has_address if field in ADDRESS else chance(rng, shares[column])
        record[field] = seen.get(field, "") if present else ""
    return record


def typed(rng: np.random.Generator, text: str, rate: float = 0.03) -> str:
    """The text, at this rate with one letter left out, doubled, replaced or swapped with the next."""
    if len(text) < 4 or not chance(rng, rate):
        return text
    at = int(rng.integers(1, len(text) - 1))
    left, letter, right = text[:at], text[at], text[at + 1 :]
    other = one_of(rng, "AEIOURSTNLM" if letter.isupper() else "aeiourstnlm")
    return one_of(rng, (left + right, left + letter + letter + right, left + other + right, left + right[0] + letter + right[1:]))


def _person(rng: np.random.Generator, country: str, true: Row) -> Row:
    seen = dict(true)
    if country != true["home"] and chance(rng, 0.5):
        seen |= address_in(rng, country)
    if country == "mx":
        seen["given_names"] = _abbreviated(rng, seen["given_names"])
    elif true["surname_2"]:
        seen |= _abroad(rng, seen)
    if country != "mx" and chance(rng, 0.95):
        seen = {field: anyascii(text) for field, text in seen.items()}
    for field in ("given_names", "surname_1", "surname_2", "street", "locality"):
        seen[field] = typed(rng, seen[field])
    seen["date_of_birth"] = _date(rng, seen["date_of_birth"], 0.01 if country == "mx" else 0.03)
    for field in ("curp", "rfc", "ssn", "sin", "passport", "phone"):
        seen[field] = _miscopied(rng, seen.get(field, ""), 0.02)
    return {field: text.upper() for field, text in seen.items()} if country == "us" else seen


def _abbreviated(rng: np.random.Generator, given: str) -> str:
    if " " not in given or not chance(rng, 0.15):
        return given
    return re.sub("^José ", "J. ", re.sub("^María ", "Ma. ", given))


def _abroad(rng: np.random.Generator, person: Row) -> Row:
    """Two surnames where one is expected; shares after DOMAIN 6."""
    first, second, fate = person["surname_1"], person["surname_2"], rng.random()
    if fate < 0.40:
        return {"surname_2": ""}
    if fate < 0.50:
        return {"given_names": f"{person['given_names']} {first}", "surname_1": second, "surname_2": ""}
    if fate < 0.58:
        return {"surname_1": f"{first}-{second}", "surname_2": ""}
    if fate < 0.61:
        return {"surname_1": first + second.lower(), "surname_2": ""}
    return {"surname_1": second, "surname_2": first} if fate < 0.64 else {}


def _date(rng: np.random.Generator, born: str, swapped: float) -> str:
    year, month, day = born.split("-")
    other = f"{year}-{day}-{month}"
    if int(day) <= 12 and chance(rng, swapped * 30 / 12):  # the rate is over all dates, these are the ones that can swap
        return other
    if chance(rng, 0.05):
        return year
    if chance(rng, 0.01):
        return f"{int(year) + one_of(rng, (-1, 1))}-{month}-{day}"
    return f"{born}|{int(year) - 1}-{month}-{day}" if chance(rng, 0.06) else born


def _miscopied(rng: np.random.Generator, number: str, rate: float) -> str:
    if len(number) < 5 or not chance(rng, rate):
        return number
    at = int(rng.integers(len(number) - 4, len(number)))
    return number[:at] + digits(rng, 1) + number[at + 1 :]


def _firearm(rng: np.random.Generator, country: str, true: Row) -> Row:
    seen = dict(true)
    spellings = next(row["spellings"].split("|") for row in table("makes") if row["make"] == true["make"])
    if chance(rng, 0.15):
        seen["make"] = one_of(rng, spellings)
    elif true["importer"] and chance(rng, 0.1):
        seen["make"] = true["importer"]
    if chance(rng, 0.25):
        seen["calibre"] = one_of(rng, next(row["spellings"] for row in table("calibres") if row["calibre"] == true["calibre"]).split("|"))
    seen["firearm_type"] = GUN_WORDS[true["firearm_type"]][COUNTRIES.index(country)]
    if chance(rng, FILED_OFF[country]):
        return seen | {"serial_number": _filed_off(rng, true["serial_number"]), "obliterated": "yes"}
    return seen | {"serial_number": _serial(rng, country, true["serial_number"])}


def _serial(rng: np.random.Generator, country: str, serial: str) -> str:
    if country == "mx" and chance(rng, 0.05):
        return one_of(rng, NO_SERIAL)
    if chance(rng, 0.04):
        at = one_of(rng, [i for i, mark in enumerate(serial) if mark in MISREAD] or [0])
        serial = serial[:at] + MISREAD.get(serial[at], serial[at]) + serial[at + 1 :]
    if chance(rng, 0.02):
        serial = serial.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if chance(rng, 0.15):
        half = len(serial) // 2
        serial = one_of(rng, (serial.replace("-", " "), serial.replace("-", ""), f"{serial[:half]} {serial[half:]}", f"SN {serial}"))
    return _miscopied(rng, serial, 0.01)


def _filed_off(rng: np.random.Generator, serial: str) -> str:
    start, length = int(rng.integers(len(serial))), int(rng.integers(1, 5))
    return "".join("?" if start <= i < start + length else mark for i, mark in enumerate(serial))


def _organization(rng: np.random.Generator, country: str, true: Row) -> Row:
    seen = dict(true)
    form = seen.get("legal_form", "")
    if form and chance(rng, 0.4):  # many registers keep the form inside the name
        seen |= {"name": f"{seen['name']} {one_of(rng, (form, form.replace('.', ''), form.upper()))}", "legal_form": ""}
    names = seen["aliases"].split("|")
    if names[0] and chance(rng, 0.15):
        seen |= {"name": names[0], "aliases": "|".join([true["name"], *names[1:]])}
    seen["name"] = typed(rng, seen["name"], 0.06)
    if country != "mx":
        seen = {field: anyascii(text) for field, text in seen.items()}
    return {field: text.upper() for field, text in seen.items()} | {"kind": true["kind"]} if country == "us" else seen


CLERKS = {"suspect": _person, "firearm": _firearm, "organization": _organization}
