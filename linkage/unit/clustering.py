"""From weighed pairs of records to clusters over all owners: greedy single-link, one record per owner.

The rules of this room:
1. Pairs are taken by falling weight, ties by name, so that the order of input changes nothing.
2. A pair joins two clusters unless they would then hold two records of one owner: one wrong edge must not merge strangers.
3. One edge is enough to join: one weak or missing edge must not lose a trilateral cluster (anonlink's complete-link rule would).
4. A pair that rule 2 refuses is contested and is counted, for someone may want to look.
"""

from collections.abc import Iterable
from typing import NamedTuple

Node = tuple[str, bytes]
"""Owner and its pseudonym of a record."""


class WeighedPair(NamedTuple):
    """Two records of different owners, what their comparison says, and how probable it is that they are one."""

    left: Node
    right: Node
    weight: float
    probability: float
    code: int


class Clusters(NamedTuple):
    """``members``: sorted clusters of sorted nodes; ``links``: pairs inside a cluster; ``contested``: pairs refused by rule 2."""

    members: list[list[Node]]
    links: list[WeighedPair]
    contested: list[WeighedPair]


def cluster(pairs: Iterable[WeighedPair], lowest: float) -> Clusters:
    """Clusters of the pairs whose probability reaches ``lowest``."""
    home: dict[Node, int] = {}
    members: dict[int, list[Node]] = {}
    links, contested = [], []
    likely = (pair for pair in pairs if pair.probability >= lowest)
    for number, pair in enumerate(sorted(likely, key=lambda pair: (-pair.weight, pair.left, pair.right))):
        first, second = (_home(node, home, members, 2 * number + side) for side, node in enumerate((pair.left, pair.right)))
        owners = [owner for place in {first, second} for owner, _ in members[place]]
        if len(owners) != len(set(owners)):
            contested.append(pair)
            continue
        links.append(pair)
        if first != second:
            for node in members[second]:
                home[node] = first
            members[first] += members.pop(second)
    joined = sorted(sorted(nodes) for nodes in members.values() if len(nodes) > 1)
    return Clusters(joined, sorted(links, key=lambda pair: (pair.left, pair.right)), contested)


def _home(node: Node, home: dict[Node, int], members: dict[int, list[Node]], fresh: int) -> int:
    if node not in home:
        home[node] = fresh
        members[fresh] = [node]
    return home[node]
