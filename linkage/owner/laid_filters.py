"""Where the filters of many postings are made: in one piece of memory, a column of it for each filter, as a package part holds them."""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Tags, Words


class LaidFilters(Guarded):
    """Room for ``count`` postings: the ``words`` of all filters, where each filter's begin (``bases``), which are there, their tags."""

    __slots__ = ("_rule", "bases", "held", "tags", "widths", "words")

    def __init__(self, rule: EntityRule, count: int) -> None:
        self._rule = rule
        self.widths = np.array([rule.filters[name].length // 64 for name in rule.filter_names], dtype=np.int64)
        self.bases = count * (np.cumsum(self.widths) - self.widths)
        self.words: NDArray[np.uint64] = np.empty(count * int(self.widths.sum()), dtype=np.uint64)
        self.held: NDArray[np.bool_] = np.zeros((count, self.widths.size), dtype=bool)
        self.tags: Tags = np.zeros((count, self.widths.size), dtype=np.uint16)

    def by_name(self) -> dict[str, Words]:
        """Each filter's words, shape (count, length / 64); views."""
        columns = np.split(self.words, self.bases[1:])
        return {name: column.reshape(-1, width) for name, column, width in zip(self._rule.filter_names, columns, self.widths, strict=True)}
