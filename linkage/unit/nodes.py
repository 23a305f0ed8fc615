"""The records of all owners as numbers: what millions of pairs and links are counted in, and the names behind the numbers.

A node is a record that an owner answered about, under the owner's pseudonym for it. Nodes are numbered in order of owner and name, so that
whoever sorts by number sorts by name, and no row of a result has to carry a name around.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Node = tuple[str, bytes]
"""Owner and its pseudonym of a record."""

Names = NDArray[np.uint64]
"""Opaque names of 16 bytes, shape (n, 2), in the machine's order of bytes as they lie in memory."""

Numbers = NDArray[np.int64]


class Nodes:
    """Nodes from 0 on: ``owners`` in name order, ``starts`` (owners + 1,) where each one's nodes begin, ``names`` (nodes, 2)."""

    __slots__ = ("_order", "_place", "names", "owners", "starts")

    def __init__(self, names: Mapping[str, Names]) -> None:
        """``names`` of each owner's records, in the owner's own order, distinct."""
        self.owners = sorted(names)
        self._order = {owner: in_name_order(names[owner]) for owner in self.owners}
        self._place = {owner: np.argsort(order) for owner, order in self._order.items()}
        self.starts = np.cumsum([0, *(self._order[owner].size for owner in self.owners)])
        self.names = self.column(names)

    def __len__(self) -> int:
        return int(self.starts[-1])

    def of(self, owner: str, rows: Numbers) -> Numbers:
        """Nodes of the owner's records, by the rows that they have in its own order."""
        return np.asarray(self.starts[self.owners.index(owner)] + self._place[owner][rows])

    def column(self, columns: Mapping[str, Names]) -> Names:
        """Other names of the same records, shape (nodes, 2), from each owner's in its own order; zero where an owner has none."""
        nothing = {owner: np.zeros((order.size, 2), np.uint64) for owner, order in self._order.items()}
        return np.concatenate(
            [columns.get(owner, nothing[owner])[self._order[owner]] for owner in self.owners] or [np.zeros((0, 2), np.uint64)]
        )

    def owner_numbers(self) -> Numbers:
        """Place of each node's owner among ``owners``, shape (nodes,)."""
        return np.repeat(np.arange(len(self.owners)), np.diff(self.starts))

    def owner_of_each(self) -> NDArray[np.object_]:
        """Name of each node's owner, shape (nodes,)."""
        return np.array(self.owners, dtype=object)[self.owner_numbers()]

    def node(self, number: int) -> Node:
        """Owner and name behind a number."""
        place = int(np.searchsorted(self.starts, number, side="right")) - 1
        return self.owners[place], self.names[number].tobytes()


def in_name_order(names: Names) -> Numbers:
    """The order of names as bytes, shape (n,)."""
    halves = names.byteswap()
    order = np.argsort(halves[:, 0])
    first = halves[order, 0]
    tied = np.append(first[1:] == first[:-1], False)
    if tied.any():  # hardly ever: names are drawn by chance
        order = np.lexsort((halves[:, 1], halves[:, 0]))
    return order


def hexes(names: Names) -> list[str]:
    """Every name in hexadecimal digits."""
    text = np.ascontiguousarray(names).tobytes().hex()
    return [text[start : start + 32] for start in range(0, len(text), 32)]


class WeighedPair(NamedTuple):
    """Two records of different owners, what their comparison says, and how probable it is that they are one."""

    left: Node
    right: Node
    weight: float
    probability: float
    code: int


class Pairs:
    """Weighed pairs of nodes of different owners, shape (pairs,) each; iterating gives them one by one, by name."""

    __slots__ = ("codes", "left", "nodes", "probabilities", "right", "weights")

    def __init__(
        self, nodes: Nodes, ends: tuple[Numbers, Numbers], weights: NDArray[np.float64], rest: tuple[NDArray[np.float64], Numbers]
    ) -> None:
        """``ends`` nodes on the left and right, ``rest`` probabilities and pattern codes."""
        self.nodes, (self.left, self.right) = nodes, ends
        self.weights, (self.probabilities, self.codes) = weights, rest

    @classmethod
    def together(cls, nodes: Nodes, parts: "list[Pairs]") -> "Pairs":
        """One after the other."""

        def joined(name: str, kind: type) -> NDArray[Any]:
            return np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)])

        ends = joined("left", np.int64), joined("right", np.int64)
        return cls(nodes, ends, joined("weights", np.float64), (joined("probabilities", np.float64), joined("codes", np.int64)))

    def __len__(self) -> int:
        return int(self.left.size)

    def chosen(self, which: NDArray[Any]) -> "Pairs":
        """Some of the pairs, by mask or place."""
        ends = self.left[which], self.right[which]
        return Pairs(self.nodes, ends, self.weights[which], (self.probabilities[which], self.codes[which]))

    def __iter__(self) -> Iterator[WeighedPair]:
        columns = (self.left, self.right, self.weights, self.probabilities, self.codes)
        for left, right, *rest in zip(*(column.tolist() for column in columns), strict=True):
            yield WeighedPair(self.nodes.node(left), self.nodes.node(right), *rest)
