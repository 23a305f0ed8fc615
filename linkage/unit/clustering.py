"""From weighed pairs of records to clusters over all owners: greedy single-link, one record per owner.

The rules of this room:
1. Pairs are taken by falling weight, ties by name, so that the order of input changes nothing.
2. A pair joins two clusters unless they would then hold two records of one owner: one wrong edge must not merge strangers.
3. One edge is enough to join: one weak or missing edge must not lose a trilateral cluster (anonlink's complete-link rule would).
4. A pair that rule 2 refuses is contested and is counted, for someone may want to look.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.unit.nodes import Node, Nodes, Numbers, Pairs


class Clusters:
    """``homes``: number of each node's cluster, -1 for a node alone, shape (nodes,); clusters are numbered in order of their first nodes.

    ``links``: pairs inside a cluster, in order of their nodes; ``contested``: pairs refused by rule 2, heaviest first.
    """

    __slots__ = ("contested", "homes", "links", "nodes")

    def __init__(self, nodes: Nodes, homes: Numbers, links: Pairs, contested: Pairs) -> None:
        self.nodes, self.homes, self.links, self.contested = nodes, homes, links, contested

    def __len__(self) -> int:
        return int(self.homes.max(initial=-1)) + 1

    def in_order(self) -> tuple[Numbers, Numbers]:
        """All clustered nodes, cluster by cluster, and where each cluster begins and the last one ends, shape (clusters + 1,)."""
        clustered = np.flatnonzero(self.homes >= 0)
        ordered = clustered[np.argsort(self.homes[clustered], kind="stable")]
        return ordered, np.searchsorted(self.homes[ordered], np.arange(len(self) + 1))

    @property
    def members(self) -> list[list[Node]]:
        """The nodes of each cluster, by name."""
        ordered, starts = self.in_order()
        named = [self.nodes.node(number) for number in ordered.tolist()]
        return [named[start:end] for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)]


def cluster(pairs: Pairs, lowest: float) -> Clusters:
    """Clusters of the pairs whose probability reaches ``lowest``."""
    nodes = pairs.nodes
    likely = pairs.chosen(pairs.probabilities >= lowest)
    heaviest = likely.chosen(np.lexsort((likely.right, likely.left, -likely.weights)))
    first, joined = _joined(heaviest.left, heaviest.right, nodes.owner_numbers(), len(nodes.owners))
    links = heaviest.chosen(joined)
    return Clusters(nodes, _numbered(first), links.chosen(np.lexsort((links.right, links.left))), heaviest.chosen(~joined))


@njit(nogil=True, cache=True)
def _joined(left, right, owners, count):  # type: ignore[no-untyped-def]
    """Rules 2 and 3 over pairs in their order: a node of each node's cluster, and whether each pair is inside one.

    A cluster is a chain of nodes, ``count`` at most; ``seen`` notes the last pair for which an owner was met in the first of two chains.
    """
    homes, following, last = np.arange(owners.size), np.full(owners.size, -1), np.arange(owners.size)
    seen, inside = np.full(count, -1), np.ones(left.size, np.bool_)
    for pair in range(left.size):
        first, second = homes[left[pair]], homes[right[pair]]
        if first == second:
            continue
        node = first
        while node >= 0:
            seen[owners[node]] = pair
            node = following[node]
        node = second
        while node >= 0:
            inside[pair] &= seen[owners[node]] != pair
            node = following[node]
        if inside[pair]:
            following[last[first]], last[first] = second, last[second]
            node = second
            while node >= 0:
                homes[node] = first
                node = following[node]
    return homes, inside


def _numbered(homes: NDArray[np.int64]) -> Numbers:
    """Numbers of the clusters of two and more, in order of their first nodes; -1 for a node alone."""
    _, first, place, sizes = np.unique(homes, return_index=True, return_inverse=True, return_counts=True)
    several = sizes > 1
    rank = np.full(sizes.size, -1)
    rank[np.flatnonzero(several)[np.argsort(first[several])]] = np.arange(int(several.sum()))
    return np.asarray(rank[place.reshape(-1)])
