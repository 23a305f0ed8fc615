"""Which records of one table are the same person, gun or company: found at home, in the clear, with `recordlinkage`.

The rules of this room:
1. Candidate pairs share a blocking key of one of the agreement's passes, but no key that more than ``CROWD`` records share.
2. A pair is the same only if the evidence is enough: the names agree (or the serial number does) and what else agrees is enough by
   ``ENOUGH``, and nothing that a clerk does not get wrong contradicts it: twins, brothers, father and son, the next gun in the box.
   Missing is no evidence either way.
3. ECM over all candidate pairs [FellegiSunter1969] has the second word: it may refuse a pair, never make one.
4. Pairs make entities surest first, and two groups only if no record of one contradicts, or was decided different from, one of the other.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking
from linkage.owner.duplicate_rules import CONTRADICTING, Evidence, class_of, comparison_of
from linkage.owner.posting_store import drop_common
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

PROBABILITY = 0.95  # of a match, by ECM
FEWEST = 200  # candidate pairs from which ECM learns anything
CROWD = 40  # records with one key: a common name, not a duplicate
MOST = 3_000_000  # candidate pairs; recordlinkage compares some hundred thousand a second

Pair = tuple[int, int]


class Duplicates(Guarded):
    """Pairs (record numbers) that are the same, surest first, by which classes of fields they agree; how many candidate pairs were
    compared, and how many were dropped because they are more than ``MOST``."""

    __slots__ = ("by", "compared", "contradict", "dropped", "pairs")

    def __init__(self, pairs: list[Pair], by: list[str], counts: tuple[int, int], contradict: Callable[[int, int], bool]) -> None:
        self.pairs, self.by, self.contradict = pairs, by, contradict
        self.compared, self.dropped = counts

    def shown(self) -> str:
        return f"{len(self.pairs)} pairs, hidden"


NONE_FOUND = Duplicates([], [], (0, 0), lambda *_: False)


def find_duplicates(records: CanonicalRecords, rule: EntityRule) -> Duplicates:
    """Compare the candidate pairs of a table that fits into memory."""
    fields: dict[str, str] = {
        field: rule.fields[field].kind for field in records.cells if class_of(rule.fields[field].kind) and not rule.fields[field].replaces
    }
    table = pd.DataFrame({field: [frozenset(map(str, values)) for values in records.cells[field]] for field in fields}, dtype=object)
    pairs, dropped = _candidates(records, rule)
    contradict = _contradiction(table, fields)
    if not len(pairs) or not fields:
        return Duplicates([], [], (0, 0), contradict)
    levels = _compared(table, fields, pairs)
    evidence = Evidence({field: levels[field].to_numpy() for field in fields}, fields)
    kept = np.flatnonzero(evidence.enough() & ~evidence.contradicted() & (_by_ecm(levels) >= PROBABILITY))
    strength = evidence.strength()[kept]
    left, right = (pairs.get_level_values(side).to_numpy()[kept] for side in (0, 1))
    order = np.lexsort((right, left, -strength))
    names = evidence.agreeing(kept)
    return Duplicates([(int(left[at]), int(right[at])) for at in order], [names[at] for at in order], (len(pairs), dropped), contradict)


def group(duplicates: Duplicates, count: int, same: list[Pair], different: set[Pair]) -> tuple[list[list[int]], Counter[str]]:
    """Rule 4: record numbers by entity, in the order of their first records; and by which classes of fields they were merged."""
    group_of = list(range(count))
    members = {number: [number] for number in range(count)}
    merged: Counter[str] = Counter()
    decided = [(pair, "decision") for pair in same]
    for (left, right), by in [*decided, *zip(duplicates.pairs, duplicates.by, strict=True)]:
        one, other = sorted((group_of[left], group_of[right]))
        if one == other:
            continue
        across = [(min(a, b), max(a, b)) for a in members[one] for b in members[other]]
        if by != "decision" and any(pair in different or duplicates.contradict(*pair) for pair in across):
            continue
        for number in members[other]:
            group_of[number] = one
        members[one] += members.pop(other)
        merged[by] += 1
    return list(members.values()), merged


def _candidates(records: CanonicalRecords, rule: EntityRule) -> tuple[pd.MultiIndex, int]:
    """Rule 1, and how many pairs are dropped.

    Keys are hashed with the tokens' own code, under no secret; what is hashed stays in memory.
    """
    import recordlinkage

    variants = variants_of(records, rule)
    passes = {name: block.all_components() for name, block in rule.passes.items()}
    tokens, _ = drop_common(Blocking(passes, "duplicates", bytes(32)).tokens(variants), variants.records, CROWD)
    keys = pd.DataFrame({"record": variants.records[tokens.rows], "high": tokens.halves[:, 0], "low": tokens.halves[:, 1]})
    keys = keys.drop_duplicates(ignore_index=True)
    keys = keys[keys.duplicated(["high", "low"], keep=False)]
    if keys.empty:
        return pd.MultiIndex.from_arrays([[], []]), 0
    met = recordlinkage.Index().block(["high", "low"]).index(keys)
    record = keys["record"]
    numbers = np.sort(np.stack([record.loc[met.get_level_values(side)].to_numpy() for side in (0, 1)], axis=1), axis=1)
    distinct = np.unique(numbers[numbers[:, 0] != numbers[:, 1]], axis=0)
    kept = distinct[:MOST]
    return pd.MultiIndex.from_arrays([kept[:, 0], kept[:, 1]]), len(distinct) - len(kept)


def _compared(table: pd.DataFrame, fields: dict[str, str], pairs: pd.MultiIndex) -> pd.DataFrame:
    """Level of each field of each pair: 1 agrees, 0 contradicts, 0.5 neither, NaN where a side is missing."""
    import recordlinkage

    compare = recordlinkage.Compare()
    for field, kind in fields.items():
        compare.compare_vectorized(_vectorised(comparison_of(kind)), field, field, label=field)
    return pd.DataFrame(compare.compute(pairs, table))


def _vectorised(comparison: Any) -> Callable[[pd.Series, pd.Series], pd.Series]:
    def compare(left: "pd.Series[Any]", right: "pd.Series[Any]") -> "pd.Series[float]":
        levels = [comparison(one, other) if one and other else np.nan for one, other in zip(left, right, strict=True)]
        return pd.Series(levels, index=left.index, dtype=float)

    return compare


def _contradiction(table: pd.DataFrame, fields: dict[str, str]) -> Callable[[int, int], bool]:
    """Whether two records contradict each other, for pairs that no key brought together."""
    columns = {field: table[field].tolist() for field, kind in fields.items() if class_of(kind) in CONTRADICTING}

    def contradict(left: int, right: int) -> bool:
        return any(
            column[left] and column[right] and comparison_of(fields[field])(column[left], column[right]) == 0.0
            for field, column in columns.items()
        )

    return contradict


def _by_ecm(levels: pd.DataFrame) -> NDArray[np.float64]:
    """Probability of a match of each pair by recordlinkage's ECM; 1 where there are too few pairs to learn from.

    Two columns for each field, "agrees" and "does not contradict", so that a missing value speaks neither for nor against.
    """
    import recordlinkage

    if len(levels) < FEWEST:
        return np.ones(len(levels))
    columns = {f"{field} agrees": (levels[field] == 1.0).astype(int) for field in levels}
    columns |= {f"{field} stands": (levels[field] != 0.0).astype(int) for field in levels}
    vectors = pd.DataFrame({name: column for name, column in columns.items() if column.nunique() == 2}, index=levels.index)
    if vectors.shape[1] < 2:
        return np.ones(len(levels))
    classifier = recordlinkage.ECMClassifier(init="jaro", max_iter=100, atol=1e-4)
    classifier.fit(pd.concat([vectors, _smoothing(vectors)]))
    return np.asarray(classifier.prob(vectors).to_numpy(), dtype=np.float64)


def _smoothing(vectors: pd.DataFrame) -> pd.DataFrame:
    """For each column a pair that agrees in nothing else and one that agrees in all else, so that no probability becomes 0 or 1."""
    alone = np.eye(vectors.shape[1], dtype=int)
    rows = np.concatenate([alone, 1 - alone])
    return pd.DataFrame(rows, columns=vectors.columns, index=pd.MultiIndex.from_arrays([-1 - np.arange(len(rows)), np.full(len(rows), -1)]))
