"""The rehearsal's input layout: one folder per owner, one CSV per entity type, and the truth beside them.

``DIR/<owner>/<entity>.csv`` has the agreed field names plus ``record_id`` and ``case_id``; ``DIR/truth.csv`` says which
records are one and the same (``owner,entity,record_id,entity_id``). UTF-8, ``\\n`` line ends: same records, same bytes.
"""

import csv
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

Record = dict[str, str]
Truth = tuple[str, str, str, str]  # owner, entity, record_id, entity_id

TRUTH_HEADER = ("owner", "entity", "record_id", "entity_id")


def write_records(out: Path, owner: str, entity: str, records: Sequence[Record]) -> None:
    """Write one owner's records of one entity type; the header is that of the first record.

    Raises ValueError when a record has a field that the first has not.
    """
    path = out / owner / f"{entity}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(records[0]) if records else ["record_id"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def write_truth(out: Path, truth: Iterable[Truth]) -> None:
    """Write the truth, sorted, so that its order says nothing about the records' origin."""
    with (out / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRUTH_HEADER)
        writer.writerows(sorted(truth))


def opaque_ids(owner: str, count: int, rng: np.random.Generator) -> list[str]:
    """Record ids in random order, shape (count,): neither the id nor, after sorting by it, the row tells the entity."""
    width = max(5, len(str(count)))
    return [f"{owner}-{number + 1:0{width}d}" for number in rng.permutation(count).tolist()]


def count_true_pairs(truth: Iterable[Truth]) -> dict[str, int]:
    """Cross-owner pairs of records of one entity, by ``entity owner_a owner_b`` (owners in alphabetical order)."""
    members: dict[tuple[str, str], list[str]] = {}
    for owner, entity, _, entity_id in truth:
        members.setdefault((entity, entity_id), []).append(owner)
    counts: dict[str, int] = {}
    for (entity, _), owners in members.items():
        for left, right in combinations(sorted(owners), 2):
            if left != right:
                name = f"{entity} {left} {right}"
                counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
