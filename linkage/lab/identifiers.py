"""Invented numbers that look and check like real ones, so that an owner's validation has something to validate.

Check digits by python-stdnum, except the FBI's universal control number (weights as a programming contest published them, not
verified against the FBI). Where one happens to be somebody's, the invented name beside it is not his.
"""

import re

import numpy as np
from anyascii import anyascii
from stdnum import luhn
from stdnum.iso7064 import mod_97_10
from stdnum.mx import curp as mx_curp
from stdnum.mx import rfc as mx_rfc

from linkage.lab.draws import Row, digits, one_of, shaped

UCN_ALPHABET = "0123456789ACDEFHJKLMNPRTVWX"
UCN_WEIGHTS = (2, 4, 5, 7, 8, 10, 11, 13)
FFL_DISTRICTS = ("1-86", "5-74", "5-76", "9-86", "4-38")


def curp(person: Row, state: str) -> str:
    """The population register code that these names, birth date, sex and state of birth give."""
    given, first, second = _curp_names(person)
    head = _first_four(given, first, second) + person["date_of_birth"].replace("-", "")[2:]
    consonants = "".join(_inner_consonant(name) for name in (first, second, given))
    body = head + {"F": "M", "M": "H"}[person["sex"]] + state + consonants + ("A" if person["date_of_birth"] >= "2000" else "0")
    return body + mx_curp.calc_check_digit(body)


def rfc_of_person(rng: np.random.Generator, person: Row) -> str:
    """Taxpayer code of a person, 13 characters; its first ten are those of the CURP."""
    head = _first_four(*_curp_names(person)) + person["date_of_birth"].replace("-", "")[2:] + shaped(rng, "A9")
    return head + mx_rfc.calc_check_digit(head)


def rfc_of_company(rng: np.random.Generator, name: str) -> str:
    """Taxpayer code of a company, 12 characters: three of its letters, the day it was founded, a running part."""
    letters = (re.sub("[^A-Z]", "", anyascii(name).upper()) + "XXX")[:3]
    founded = f"{rng.integers(0, 24):02d}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}"
    head = letters + founded + shaped(rng, "A9")
    return head + mx_rfc.calc_check_digit(head)


def ssn(rng: np.random.Generator) -> str:
    """Social security number, AAA-GG-SSSS, no part all zero."""
    return f"{rng.integers(1, 665):03d}-{rng.integers(1, 100):02d}-{rng.integers(1, 10000):04d}"


def sin(rng: np.random.Generator) -> str:
    """Social insurance number with its Luhn digit, of the series for temporary residents (9)."""
    return _with_luhn("9" + digits(rng, 7))


def business_number(rng: np.random.Generator) -> str:
    """Canadian business number of 9 digits with a programme account behind it in some records."""
    return _with_luhn("8" + digits(rng, 7)) + one_of(rng, ("", "RC0001", "RT0001"))


def lei(rng: np.random.Generator) -> str:
    """Legal entity identifier, 20 characters, ISO 7064 check digits."""
    body = digits(rng, 4) + "00" + shaped(rng, "AA99AA99AA99")
    return body + mod_97_10.calc_check_digits(body)


def fbi_ucn(rng: np.random.Generator) -> str:
    """Universal control number: eight characters of base 27 and a check character."""
    values = rng.integers(27, size=8).tolist()
    check = sum(weight * value for weight, value in zip(UCN_WEIGHTS, values, strict=True)) % 27
    return "".join(UCN_ALPHABET[value] for value in [*values, check])


def ffl(rng: np.random.Generator) -> str:
    """Federal firearms licence: region, district, county, type, expiry, sequence."""
    return f"{one_of(rng, FFL_DISTRICTS)}-{digits(rng, 3)}-01-{rng.integers(5, 8)}{one_of(rng, 'ABCDEFGHJK')}-{digits(rng, 5)}"


def _with_luhn(body: str) -> str:
    return body + luhn.calc_check_digit(body)


def _curp_names(person: Row) -> tuple[str, str, str]:
    given = re.sub("[^A-Z ]", " ", _plain(person["given_names"])).split()
    if len(given) > 1 and given[0] in ("MARIA", "JOSE"):
        given = [word for word in given[1:] if word not in ("DE", "DEL", "LA", "LOS")]
    return given[0], _plain(person["surname_1"]), _plain(person["surname_2"])


def _plain(text: str) -> str:
    return anyascii(text.upper().replace("Ñ", "X")).upper()


def _first_four(given: str, first: str, second: str) -> str:
    vowel = next((letter for letter in first[1:] if letter in "AEIOU"), "X")
    return first[0] + vowel + (second[:1] or "X") + given[0]


def _inner_consonant(name: str) -> str:
    return next((letter for letter in name[1:] if letter.isalpha() and letter not in "AEIOU"), "X")
