"""Commit to rows before a run, open one afterwards: a Merkle tree over salted digests (docs/spec/ledger.md, Rows).

An owner's package holds the root. It says nothing of any row, and later the owner can show of one record which case it belonged to when
the package was sealed, and of none that was not in it. After Certificate Transparency's tree [RFC6962]: leaves and nodes are hashed apart.
"""

import hashlib
from collections.abc import Sequence

SALT_BYTES = 32
Digest = bytes


def leaf(salt: bytes, said: bytes) -> Digest:
    """Digest of one row under its own salt, 32 bytes, without which it could be guessed."""
    return hashlib.sha256(b"\x00" + salt + said).digest()


def root(leaves: Sequence[Digest]) -> Digest:
    """Root over the leaves in their order; of no leaves, the digest of nothing."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else hashlib.sha256().digest()


def path(leaves: Sequence[Digest], place: int) -> list[tuple[str, Digest]]:
    """From the leaf at ``place`` up: on which side its neighbour stands, ``left`` or ``right``, and the neighbour's digest."""
    level, found = list(leaves), []
    while len(level) > 1:
        neighbour = place ^ 1
        if neighbour < len(level):
            found.append(("left" if neighbour < place else "right", level[neighbour]))
        level, place = _above(level), place // 2
    return found


def climb(start: Digest, steps: Sequence[tuple[str, Digest]]) -> Digest:
    """The root to which a leaf and its path lead."""
    here = start
    for side, neighbour in steps:
        here = _node(neighbour, here) if side == "left" else _node(here, neighbour)
    return here


def _above(level: list[Digest]) -> list[Digest]:
    """The next level: pairs joined, one without a partner as it is."""
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return pairs + level[len(pairs) * 2 :]


def _node(left: Digest, right: Digest) -> Digest:
    return hashlib.sha256(b"\x01" + left + right).digest()
