"""Invented numbers that look and check like real ones, so that an owner's validation has something to validate.

1. A code that registers issue one by one (SSN, SIN, licence, ...) is scattered over its space, so that no two people share one.
2. A code that is computed from names and birth date (CURP, RFC) keeps its own mark for namesakes, as the registers do.
3. Check digits are computed for whole columns; the tests hold them against python-stdnum. The FBI's control number has the weights that
   a programming contest published, not verified against the FBI. Where a number happens to be somebody's, the name beside it is not his.
"""

import numpy as np
import pandas as pd

from linkage.lab.draws import Chance, Codes, Texts, any_of, digits, filled, padded, space_of, texts
from linkage.lab.scattering import Numbers

UCN_ALPHABET = np.array(list("0123456789ACDEFHJKLMNPRTVWX"), dtype=object)
UCN_WEIGHTS = (2, 4, 5, 7, 8, 10, 11, 13)
FFL_DISTRICTS = texts(("1-86", "5-74", "5-76", "9-86", "4-38"))
CURP_ALPHABET = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
RFC_ALPHABET = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
HOMOCLAVE = space_of("A9")
LEI_SHAPE = "48150000A9A9999999"


def curp(letters: Texts, born: Texts, sex: Texts, state: Texts, consonants: Texts) -> Texts:
    """Population register codes: letters, birth date (ISO), sex (F, M), state of birth, inner consonants, namesake's mark, check digit."""
    short = texts(day[2:4] + day[5:7] + day[8:] for day in born.tolist())
    body = letters + short + np.where(sex == "F", "M", "H").astype(object) + state + consonants
    after_2000 = np.array([day >= "2000" for day in born.tolist()])
    rank = namesakes(body)
    marks = np.where(
        after_2000, np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), dtype=object)[rank % 26], (rank % 10).astype(str).astype(object)
    )
    body = body + marks
    total = _weighted(body, CURP_ALPHABET, np.arange(18, 1, -1))
    return np.asarray(body + ((10 - total % 10) % 10).astype(str).astype(object))


def rfc_of_person(letters: Texts, born: Texts) -> Texts:
    """Taxpayer codes of persons, 13 characters; the first ten are those of the CURP."""
    head = letters + texts(day[2:4] + day[5:7] + day[8:] for day in born.tolist())
    return _with_rfc_digit(head + filled((namesakes(head) * 97 + 31) % HOMOCLAVE, "A9"))


def rfc_of_company(letters: Texts, numbers: Numbers) -> Texts:
    """Taxpayer codes of companies, 12 characters: three letters of the name, the day it was founded, a running part."""
    days = 24 * 12 * 28
    at = numbers.scattered("rfc", np.arange(len(letters)), days * HOMOCLAVE)
    day, mark = np.divmod(at, HOMOCLAVE)
    founded = padded(day // 336, 2) + padded(day // 28 % 12 + 1, 2) + padded(day % 28 + 1, 2)
    return _with_rfc_digit(letters + founded + filled(mark, "A9"))


def ssn(numbers: Numbers, places: Codes) -> Texts:
    """Social security numbers, AAA-GG-SSSS, no part all zero."""
    rest, serial = np.divmod(numbers.scattered("ssn", places, 664 * 99 * 9999), 9999)
    area, group = np.divmod(rest, 99)
    return np.asarray(padded(area + 1, 3) + "-" + padded(group + 1, 2) + "-" + padded(serial + 1, 4))


def sin(numbers: Numbers, places: Codes) -> Texts:
    """Social insurance numbers with their Luhn digit, of the series for temporary residents (9)."""
    return with_luhn("9" + padded(numbers.scattered("sin", places, 10**7), 7))


def business_number(rng: Chance, numbers: Numbers, places: Codes) -> Texts:
    """Canadian business numbers of 9 digits, with a programme account behind some."""
    accounts = any_of(rng, len(places), texts(("", "RC0001", "RT0001")))
    return np.asarray(with_luhn("8" + padded(numbers.scattered("bn", places, 10**7), 7)) + accounts)


def lei(numbers: Numbers, places: Codes) -> Texts:
    """Legal entity identifiers, 20 characters, ISO 7064 check digits."""
    body = filled(numbers.scattered("lei", places, space_of(LEI_SHAPE)), LEI_SHAPE)
    rest = np.zeros(len(body), dtype=np.int64)
    for mark in _values(body, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").T:
        rest = (rest * np.where(mark > 9, 100, 10) + mark) % 97
    return np.asarray(body + padded(98 - rest * 100 % 97, 2))


def fbi_ucn(numbers: Numbers, places: Codes) -> Texts:
    """Universal control numbers: eight characters of base 27 and a check character."""
    rest = numbers.scattered("fbi_ucn", places, 27**8)
    made, check = texts([""] * len(places)), np.zeros(len(places), dtype=np.int64)
    for weight in reversed(UCN_WEIGHTS):
        rest, at = np.divmod(rest, 27)
        made, check = UCN_ALPHABET[at] + made, check + weight * at
    return np.asarray(made + UCN_ALPHABET[check % 27])


def ffl(rng: Chance, numbers: Numbers, places: Codes) -> Texts:
    """Federal firearms licences: region, district, county, type, expiry, sequence; region, district and sequence are one dealer's alone."""
    district, sequence = np.divmod(numbers.scattered("ffl", places, 89 * 9 * 10**5), 10**5)
    stable = padded(district // 89 + 1, 1) + "-" + padded(district % 89 + 10, 2)
    kind, expiry = padded(rng.integers(5, 8, size=len(places)), 1), filled(rng.integers(10, size=len(places)), "A")
    return np.asarray(stable + "-" + digits(rng, len(places), 3) + "-01-" + kind + expiry + "-" + padded(sequence, 5))


def passports(numbers: Numbers, home: Texts) -> Texts:
    """`ISSUER:number` of every person's home country."""
    at = numbers.scattered("passport", np.arange(len(home)), 10**8)
    canadian = filled(at, "AA999999")
    shapes = {"mx": "MX:G" + padded(at, 8), "us": "US:5" + padded(at, 8), "ca": "CA:" + canadian}
    made = texts([""] * len(home))
    for country, column in shapes.items():
        made = np.where(home == country, column, made)
    return np.asarray(made)


def with_luhn(body: Texts) -> Texts:
    """Digits with their Luhn check digit; all of one length."""
    values = _values(body, "0123456789")
    doubled = values[:, ::-1]
    doubled[:, ::2] *= 2
    total = (doubled // 10 + doubled % 10).sum(axis=1)
    return np.asarray(body + ((10 - total % 10) % 10).astype(str).astype(object))


def namesakes(heads: Texts) -> Codes:
    """How many rows before this one begin a code with the same characters: 0 for the first, 1 for its namesake."""
    return np.asarray(pd.Series(heads).groupby(heads, sort=False).cumcount(), dtype=np.int64)


def _with_rfc_digit(body: Texts) -> Texts:
    total = _weighted(body, RFC_ALPHABET, np.arange(13, 1, -1)) if len(body) and len(body[0]) == 12 else _company_total(body)
    return np.asarray(body + np.array(list(RFC_ALPHABET), dtype=object)[(11 - total % 11) % 11])


def _company_total(body: Texts) -> Codes:
    """A company's code is a character shorter; a blank in front takes its place, which counts."""
    return RFC_ALPHABET.index(" ") * 13 + _weighted(body, RFC_ALPHABET, np.arange(12, 1, -1))


def _weighted(body: Texts, alphabet: str, weights: Codes) -> Codes:
    return np.asarray(_values(body, alphabet) @ weights)


def _values(body: Texts, alphabet: str) -> Codes:
    """Places in the alphabet, shape (n, characters)."""
    if not len(body):
        return np.zeros((0, 0), dtype=np.int64)
    points = body.astype(str).view(np.uint32).reshape(len(body), -1)
    lookup = np.zeros(0x110, dtype=np.int64)
    for place, mark in enumerate(alphabet):
        lookup[ord(mark)] = place
    return lookup[points]
