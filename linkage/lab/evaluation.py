"""Pairs as Python sets: the plain way to measure any matcher's links, for benchmarks. The scoreboard does the same on arrays (`measures`).

1. A *true pair* is two records of one entity at two owners. All of them count, also those that no blocking pass brought together.
2. Pairs are unordered: a link that names its owners the other way round is the same link.
3. What is not defined (precision without links, recall without true pairs) is null, never 0 or 1.
"""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Any

import pandas as pd

from linkage.lab.intervals import f1_of, ratio

Reference = tuple[str, str]  # owner, record_id
Pair = tuple[str, Reference, Reference]  # entity, and two references in alphabetical order


def true_pairs(truth: pd.DataFrame) -> set[Pair]:
    """All cross-owner pairs of records of one entity; duplicates inside one owner each make their own pair."""
    members: defaultdict[tuple[str, str], set[Reference]] = defaultdict(set)
    columns = (truth[name].astype(str).tolist() for name in ("owner", "entity", "record_id", "entity_id"))
    for owner, entity, record, identity in zip(*columns, strict=True):
        members[entity, identity].add((owner, record))
    return {
        (entity, left, right)
        for (entity, _), references in members.items()
        for left, right in combinations(sorted(references), 2)
        if left[0] != right[0]
    }


def decision_quality(decided: AbstractSet[Pair], true: AbstractSet[Pair]) -> dict[str, Any]:
    """Links, precision, recall and F1 of a set of decided pairs; null where undefined."""
    right = len(decided & true)
    return {
        "links": len(decided),
        "precision": ratio(right, len(decided)),
        "recall": ratio(right, len(true)),
        "f1": f1_of(right, len(decided), len(true)),
    }


def pair(entity: str, owner_a: str, record_a: str, owner_b: str, record_b: str) -> Pair:
    """One unordered pair: the references sorted by owner, then record."""
    left, right = sorted(((owner_a, record_a), (owner_b, record_b)))
    return entity, left, right
