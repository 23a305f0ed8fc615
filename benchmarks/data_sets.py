"""The data sets of the quality benchmark, in the rehearsal's layout: one list, and everything the benchmark runs comes from it.

`fake_1000` is one file of 1,000 records of 251 invented people. Its records are dealt, cluster by cluster in the file's order, to
owners `a` and `b` in turn, and each owner keeps the first of a person, as after deduplication at home: two records of one person
cannot both win where links are one-to-one. People with one record only are with one owner only.

`febrl4-names` keeps names, birth date and postal code alone. `febrl4-half` is the same with half of each owner's people in common: by
their number in the original set, every third is with owner `a` alone, every third with `b` alone, every third with both.
"""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.lab.febrl4 import write_febrl4
from linkage.lab.invention import invent
from linkage.lab.layout import Record, Truth, opaque_ids, write_records, write_truth
from linkage.lab.plan import plan
from linkage.lab.pseudopeople import write_pseudopeople

SUSPECT = ("suspect",)
ALL = ("firearm", "organization", "suspect")
FAKE = {"first_name": "given_names", "surname": "surname_1", "dob": "date_of_birth", "city": "locality", "email": "email"}
NAMES_ALONE = ("given_names", "surname_1", "date_of_birth", "postal_code")
SEED = 1


class DataSet(NamedTuple):
    """Its name in the table, whose settings the peers take, how it is written, its entity types, and the public files that it needs."""

    name: str
    setting: str
    write: Callable[[Path], object]
    entities: tuple[str, ...] = SUSPECT
    source: Path | None = None


def data_sets(shared: Path) -> list[DataSet]:
    """All of them, in the order of the table; `shared` is the folder of public data."""
    people, fake = shared / "pseudopeople", shared / "splink_datasets"
    return [
        DataSet("febrl4", "febrl4", lambda out: write_febrl4(out)),
        DataSet("febrl4-no-ssn", "febrl4-no-ssn", lambda out: write_febrl4(out, ssn=False)),
        DataSet("febrl4-names", "febrl4-names", write_febrl4_names),
        DataSet("febrl4-half", "febrl4-names", write_febrl4_half),
        DataSet("pseudopeople", "pseudopeople", lambda out: write_pseudopeople(people, out), source=people),
        DataSet("fake-1000", "fake-1000", lambda out: write_fake_1000(fake / "fake_1000.csv", out), source=fake),
        DataSet("invented medium", "invented", lambda out: invent(out, plan("medium", None, "typical", SEED)), ALL),
    ]


def write_febrl4_names(out: Path) -> None:
    """FEBRL 4 with `NAMES_ALONE`."""
    write_febrl4(out, ssn=False)
    for path in sorted(out.glob("*/suspect.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table[["record_id", *NAMES_ALONE]].to_csv(path, index=False, lineterminator="\n")


def write_febrl4_half(out: Path) -> None:
    """The same, with two thirds of the people at each owner and a third at both."""
    write_febrl4_names(out)
    truth = pd.read_csv(out / "truth.csv", dtype=str)
    third = truth["entity_id"].astype(int) % 3
    kept = truth[((truth["owner"] == "a") & (third != 1)) | ((truth["owner"] == "b") & (third != 0))]
    kept.to_csv(out / "truth.csv", index=False, lineterminator="\n")
    for path in sorted(out.glob("*/suspect.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table[table["record_id"].isin(set(kept["record_id"]))].to_csv(path, index=False, lineterminator="\n")


def write_fake_1000(source: Path, out: Path) -> None:
    """Write owners `a` and `b` and the truth."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    turn: Counter[str] = Counter()
    dealt: dict[str, list[dict[str, str]]] = {"a": [], "b": []}
    for row in rows:
        if turn[row["cluster"]] < 2:
            dealt["ab"[turn[row["cluster"]]]].append(row)
        turn[row["cluster"]] += 1
    rng, truth = np.random.default_rng(SEED), list[Truth]()
    for owner, mine in dealt.items():
        ids = opaque_ids(owner, len(mine), rng)
        records: list[Record] = [
            {"record_id": record_id} | {field: row[column] for column, field in FAKE.items()}
            for record_id, row in zip(ids, mine, strict=True)
        ]
        write_records(out, owner, "suspect", sorted(records, key=lambda record: record["record_id"]))
        truth += [(owner, "suspect", record_id, row["cluster"]) for record_id, row in zip(ids, mine, strict=True)]
    write_truth(out, truth)


def lay_out(data_set: DataSet, out: Path, people: int | None) -> Path:
    """Write a data set with its entity types alone, and only the first `people` of each type by entity id where given."""
    data_set.write(out)
    truth = pd.read_csv(out / "truth.csv", dtype=str)
    kept = truth[truth["entity"].isin(data_set.entities)]
    if people is not None:
        kept = kept[kept.groupby("entity")["entity_id"].rank("dense") <= people]
    kept.to_csv(out / "truth.csv", index=False, lineterminator="\n")
    records = {(str(owner), str(entity)): set(rows) for (owner, entity), rows in kept.groupby(["owner", "entity"])["record_id"]}
    for path in sorted(out.glob("*/*.csv")):
        mine = records.get((path.parent.name, path.stem))
        if mine is None:
            path.unlink()
        elif people is not None:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
            table[table["record_id"].isin(mine)].to_csv(path, index=False, lineterminator="\n")
    return out
