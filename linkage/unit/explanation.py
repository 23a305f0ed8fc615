"""Why two records are linked: what each comparison adds to the weight, without a value of either side.

It stays at the unit. A list shows field classes only, for a weight to two decimals would let a reader, who knows its own record, find out
how common the other side's value is, and probe who is in its data by asking with invented records.
"""

from collections.abc import Iterator

import numpy as np

from linkage.protocol.similarity import levels_of
from linkage.unit.linking import Cells, Decided, link_cells, write_csv
from linkage.unit.state import RunState

EXPLAIN_HEADER = ["entity", "owner_a", "pseudonym_a", "owner_b", "pseudonym_b", "weight", "comparison", "levels", "adds"]


def write_explanations(state: RunState, decided: list[Decided]) -> int:
    """``explain.csv``: one row for each link and comparison that says something, heaviest first; returns its rows.

    ``levels`` are the filter's levels in the order of their names, 0 where missing, 1 where they disagree. What the rows of a link add
    is its weight.
    """
    return write_csv(state, "explain.csv", EXPLAIN_HEADER, (row for one in decided for row in _rows(state, one)))


def _rows(state: RunState, one: Decided) -> Iterator[Cells]:
    waterfalls = _Waterfalls(state, one)
    for cells, code in zip(link_cells(one), one.clusters.links.codes.tolist(), strict=True):
        yield from ((*cells, *step) for step in waterfalls.of((cells[1], cells[3]), code))


class _Waterfalls:
    """Links of one pattern between the same owners have one waterfall; it is made once."""

    def __init__(self, state: RunState, decided: Decided) -> None:
        self._rule, self._weights = state.agreement.entities[decided.entity], decided.weights
        self._made: dict[tuple[tuple[str, str], int], list[list[str]]] = {}

    def of(self, owners: tuple[str, str], code: int) -> list[list[str]]:
        if (owners, code) not in self._made:
            self._made[owners, code] = self._make(owners, code)
        return self._made[owners, code]

    def _make(self, owners: tuple[str, str], code: int) -> list[list[str]]:
        codes, weights = np.array([code]), self._weights[owners]
        level = dict(zip(self._rule.filter_names, levels_of(codes, self._rule)[0].tolist(), strict=True))
        steps = zip(weights.comparisons, weights.by_group(codes)[0].tolist(), strict=True)
        said = [(adds, names) for names, adds in steps if any(level[name] for name in names)]
        return [
            ["+".join(names), "+".join(str(level[name]) for name in names), f"{adds:.4f}"]
            for adds, names in sorted(said, key=lambda step: (-step[0], step[1]))
        ]
