"""Which records of one table are the same person, gun or company: found at home, in the clear, with `recordlinkage`.

The rules of this room:
1. Candidate pairs share a blocking key (``duplicate_candidates``); they are compared in chunks (``duplicate_levels``), whose size changes
   nothing.
2. A pair is the same only if the evidence is enough: the names agree (or the serial number does) and what else agrees is enough by
   ``ENOUGH``, and nothing that a clerk does not get wrong contradicts it: twins, brothers, father and son, the next gun in the box.
   Missing is no evidence either way.
3. ECM over all candidate pairs, or a sample of ``SAMPLE`` of them [FellegiSunter1969], has the second word: it may refuse a pair, never
   make one.
4. Pairs make entities surest first, and two groups only if no record of one contradicts, or was decided different from, one of the other.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.owner.duplicate_candidates import candidate_pairs
from linkage.owner.duplicate_levels import ComparedColumns
from linkage.owner.duplicate_rules import Evidence
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

PROBABILITY = 0.95  # of a match, by ECM
FEWEST = 200  # candidate pairs from which ECM learns anything
SAMPLE = 500_000  # candidate pairs from which ECM learns enough
SEED = 1  # of the sample

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
    """Compare the candidate pairs of a table that fits into memory; beside it, what is held grows with the pairs that stand by rule 2."""
    columns = ComparedColumns(records, rule)
    pairs, dropped = candidate_pairs(records, rule)
    if not len(pairs) or not columns.kinds:
        return Duplicates([], [], (0, 0), columns.contradict)
    standing, strength, names, learnt = [], [], [], []
    at, sample = 0, _sample(len(pairs))
    for levels in columns.levels(pairs):
        evidence = Evidence({field: levels[field].to_numpy() for field in columns.kinds}, columns.kinds)
        held = np.flatnonzero(evidence.enough() & ~evidence.contradicted())
        standing.append(levels.iloc[held])
        strength.append(evidence.strength()[held])
        names += evidence.agreeing(held)
        learnt.append(levels.iloc[sample[np.searchsorted(sample, at) : np.searchsorted(sample, at + len(levels))] - at])
        at += len(levels)
    held_levels = pd.concat(standing)
    sure = np.flatnonzero(_by_ecm(pd.concat(learnt), held_levels) >= PROBABILITY)
    left, right = (held_levels.index.get_level_values(side).to_numpy()[sure] for side in (0, 1))
    order = np.lexsort((right, left, -np.concatenate(strength)[sure]))
    found = [(int(left[place]), int(right[place])) for place in order]
    return Duplicates(found, [names[sure[place]] for place in order], (len(pairs), dropped), columns.contradict)


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


def _sample(count: int) -> NDArray[np.int64]:
    """The numbers of the pairs from which ECM learns, rising: all of them, or the same ``SAMPLE`` of as many each time."""
    if count <= SAMPLE:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).choice(count, SAMPLE, replace=False, shuffle=False))


def _by_ecm(learnt: pd.DataFrame, levels: pd.DataFrame) -> NDArray[np.float64]:
    """Probability of a match of each pair by recordlinkage's ECM, which learns from other pairs; 1 where they are too few for that.

    Two columns for each field, "agrees" and "does not contradict", so that a missing value speaks neither for nor against.
    """
    import recordlinkage

    vectors = _vectors(learnt)
    vectors = vectors.loc[:, vectors.nunique() == 2]
    if len(learnt) < FEWEST or vectors.shape[1] < 2 or levels.empty:
        return np.ones(len(levels))
    classifier = recordlinkage.ECMClassifier(init="jaro", max_iter=100, atol=1e-4)
    classifier.fit(pd.concat([vectors, _smoothing(vectors)]))
    return np.asarray(classifier.prob(_vectors(levels)[list(vectors)]).to_numpy(), dtype=np.float64)


def _vectors(levels: pd.DataFrame) -> pd.DataFrame:
    columns = {f"{field} agrees": (levels[field] == 1.0).astype(int) for field in levels}
    columns |= {f"{field} stands": (levels[field] != 0.0).astype(int) for field in levels}
    return pd.DataFrame(columns, index=levels.index)


def _smoothing(vectors: pd.DataFrame) -> pd.DataFrame:
    """For each column a pair that agrees in nothing else and one that agrees in all else, so that no probability becomes 0 or 1."""
    alone = np.eye(vectors.shape[1], dtype=int)
    rows = np.concatenate([alone, 1 - alone])
    return pd.DataFrame(rows, columns=vectors.columns, index=pd.MultiIndex.from_arrays([-1 - np.arange(len(rows)), np.full(len(rows), -1)]))
