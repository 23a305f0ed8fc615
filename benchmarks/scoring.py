"""Score a tool's ranked pairs against the truth: at its own decision, and at the best threshold, which only the truth can find."""

from typing import Any, NamedTuple

import pandas as pd

from benchmarks.single_link import joined
from linkage.lab.evaluation import Pair, decision_quality, pair, true_pairs

KEY = ["entity", "owner_a", "record_a", "owner_b", "record_b"]


class Score(NamedTuple):
    """One tool's figures on one entity type of a data set."""

    true_pairs: int
    decided: dict[str, Any]
    best_f1: float


def score(pairs: pd.DataFrame, truth: pd.DataFrame, entity: str) -> Score:
    """`pairs` as the peers write them (`peers.tables`); all cross-owner pairs of the truth count, those never compared as missed."""
    mine = pairs[pairs["entity"] == entity]
    true = {one for one in true_pairs(truth) if one[0] == entity}
    decided = {pair(*row) for row in mine.loc[mine["decided"] == 1, KEY].itertuples(index=False)}
    ranked = mine[mine["score"].notna()].sort_values(["score", *KEY], ascending=[False, *[True] * 5])
    return Score(len(true), decision_quality(decided, true), best_f1([pair(*row) for row in ranked[KEY].itertuples(index=False)], true))


def best_f1(ranked: list[Pair], true: set[Pair]) -> float:
    """The highest F1 over all cuts of a list of pairs of one entity type, surest first, joined by `single_link`."""
    right, number, best = 0, 0, 0.0
    for (entity, *_), new in zip(ranked, joined((left, other) for _, left, other in ranked), strict=True):
        number += len(new)
        right += sum((entity, *ends) in true for ends in new)
        best = max(best, 2 * right / max(number + len(true), 1))
    return best
