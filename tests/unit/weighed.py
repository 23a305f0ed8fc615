"""Weighed pairs of records with short names, as the unit counts them: names are 16 bytes, so short ones are filled up with blanks."""

from collections.abc import Iterable

import numpy as np

from linkage.unit.nodes import Nodes, Pairs, WeighedPair


def name(text: str) -> bytes:
    return text.encode().ljust(16)


def named(name: bytes) -> str:
    return name.decode().rstrip()


def words(names: Iterable[bytes]) -> np.ndarray:
    """Names of 16 bytes as the unit's columns hold them, shape (names, 2)."""
    return np.frombuffer(b"".join(names), dtype=np.uint64).reshape(-1, 2)


def pairs_of(pairs: Iterable[WeighedPair]) -> Pairs:
    """The pairs over just the records that they name."""
    listed = list(pairs)
    known: dict[str, list[bytes]] = {}
    for owner, one in sorted({node for pair in listed for node in (pair.left, pair.right)}):
        known.setdefault(owner, []).append(one)
    nodes = Nodes({owner: words(names) for owner, names in known.items()})
    rows = {(owner, one): row for owner, names in known.items() for row, one in enumerate(names)}
    ends = [np.array([nodes.of(node[0], np.array([rows[node]]))[0] for node in side], dtype=np.int64)
            for side in ([pair.left for pair in listed], [pair.right for pair in listed])]  # fmt: skip
    weights, chances = (np.array([getattr(pair, column) for pair in listed], dtype=np.float64) for column in ("weight", "probability"))
    return Pairs(nodes, (ends[0], ends[1]), weights, (chances, np.array([pair.code for pair in listed], dtype=np.int64)))
