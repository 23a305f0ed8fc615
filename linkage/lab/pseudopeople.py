"""pseudopeople's three noisy files as a rehearsal: three owners with different fields of overlapping people.

| owner | file | what it alone has, what it lacks |
|---|---|---|
| `us` | decennial census | date of birth (mm/dd/yyyy), sex, home address; no SSN |
| `ca` | social security | date of birth (yyyymmdd), sex, SSN; no address |
| `mx` | W2 and 1099 tax forms | SSN with typing errors, mailing address; no date of birth, no sex |

The owners are named after the three countries so that the three-owner flow runs as in earnest; the people are all invented
inhabitants of one US town. The truth is `simulant_id` [Haddock2024].
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from linkage.lab.febrl4 import dashed
from linkage.lab.layout import Record, Truth, count_true_pairs, opaque_ids, write_records, write_truth
from linkage.protocol.errors import InvalidSource

Row = dict[str, str]

SEX = {"Female": "F", "Male": "M"}
ORDER_SEED = 7  # of the record ids alone: the data are fixed


def write_pseudopeople(source: Path, out: Path, keep_all: bool = False) -> dict[str, int]:
    """Write owners `us`, `ca`, `mx` and the truth; returns the number of records per owner and of true pairs per owner pair.

    An owner sends entities, so each person's first row in a file is kept (a person has one tax form per employer, and the
    year of death repeats the social security row); `keep_all` keeps every row, as before deduplication at home.
    Raises InvalidSource when a file is missing.
    """
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(ORDER_SEED)
    truth: list[Truth] = []
    counts: dict[str, int] = {}
    for owner, (file, to_record) in OWNERS.items():
        rows = _rows(source / f"pseudopeople_{file}_noisy.csv", keep_all)
        ids = opaque_ids(owner, len(rows), rng)
        records = [{"record_id": record_id} | to_record(row) for record_id, row in zip(ids, rows, strict=True)]
        write_records(out, owner, "suspect", sorted(records, key=lambda record: record["record_id"]))
        truth += [(owner, "suspect", record_id, row["simulant_id"]) for record_id, row in zip(ids, rows, strict=True)]
        counts[owner] = len(records)
    write_truth(out, truth)
    return counts | count_true_pairs(truth)


def _rows(path: Path, keep_all: bool) -> list[Row]:
    if not path.is_file():
        raise InvalidSource(f"{path.name}: not found in the source folder")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if keep_all:
        return rows
    return list({row["simulant_id"]: row for row in reversed(rows)}.values())[::-1]


def _census(row: Row) -> Record:
    return {
        "given_names": _given_names(row["first_name"], row["middle_initial"]),
        "surname_1": row["last_name"],
        "date_of_birth": _month_first(row["date_of_birth"]),
        "sex": SEX.get(row["sex"], row["sex"]),
        **_address(row, ""),
    }


def _social_security(row: Row) -> Record:
    return {
        "given_names": _given_names(row["first_name"], row["middle_name"]),
        "surname_1": row["last_name"],
        "date_of_birth": dashed(row["date_of_birth"]),
        "sex": SEX.get(row["sex"], row["sex"]),
        "ssn": row["ssn"],
    }


def _tax_form(row: Row) -> Record:
    return {
        "given_names": _given_names(row["first_name"], row["middle_initial"]),
        "surname_1": row["last_name"],
        "ssn": row["ssn"],
        **_address(row, "mailing_address_"),
    }


def _address(row: Row, prefix: str) -> Record:
    return {
        "house_number": row[f"{prefix}street_number"],
        "street": " ".join(part for part in (row[f"{prefix}street_name"], row[f"{prefix}unit_number"]) if part),
        "locality": row[f"{prefix}city"],
        "region": row[f"{prefix}state"],
        "postal_code": row[f"{prefix}zipcode"],
    }


def _given_names(first: str, middle: str) -> str:
    """`Diana`, `P` as `Diana P`. A full middle name gives its initial: no other owner holds more, so more could never agree."""
    return f"{first} {middle[:1]}".strip()


def _month_first(date: str) -> str:
    """`05/17/1994` as `1994-05-17`; what has not this shape passes as it is, for the owner's reader to judge."""
    found = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", date)
    return f"{found[3]}-{found[1]}-{found[2]}" if found else date


OWNERS: dict[str, tuple[str, Callable[[Row], Record]]] = {
    "us": ("decennial_census_2020", _census),
    "ca": ("social_security", _social_security),
    "mx": ("w2_1099_2020", _tax_form),
}
