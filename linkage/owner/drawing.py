"""Who of the records that share a token has its posting: nothing of a package may be comparable with the rest of it.

The rules of this room:
1. Of the records that share a token as many as the agreement says (``token_postings``, 1 as shipped) have a posting. Then no block holds
   two of one owner, and distances, tags and multiplicity say nothing of a record to who holds the same people in clear.
2. Those who make the fewest tokens come first, for they have the fewest other ways to be found.
3. Of equals the epoch's key draws, anew under each token, by what tokens they make and not by where they stand in the table, so that
   neither the order of rows nor an owner's name changes a link. Of records that make the very same tokens each has about half.
4. The draw is no part of the posting id, which would be low of who had company.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.encoding import posting_ids
from linkage.protocol.guarded import Guarded

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Made(NamedTuple):
    """Of each record, shape (records,): how many tokens it makes, and their sum, which stands for all of them."""

    counts: Numbers
    sums: NDArray[np.uint64]


class Draw(Guarded):
    """The most records that may share a token (``cap``), how many of them have a posting (``many``), and the key that draws (32 bytes)."""

    __slots__ = ("_key", "cap", "many")

    def __init__(self, cap: int, many: int, key: bytes) -> None:
        self.cap, self.many, self._key = cap, many, key

    def chosen(self, tokens: Tokens, records: Numbers, made: Made, more: int = 0) -> Flags:
        """Who has a posting, and so many ``more`` who come next, shape (n,), of at most one posting of a record and token, sorted by token.

        ``records`` (rows,) is the record of each variant row.
        """
        many, first = self.many + more, np.ones(tokens.rows.size, dtype=bool)
        first[1:] = (tokens.halves[1:] != tokens.halves[:-1]).any(axis=1)
        block = np.cumsum(first) - 1
        sizes = np.bincount(block)
        crowded = np.flatnonzero(sizes[block] > many) if block.size else block
        order = self._order(tokens.halves[crowded], records[tokens.rows[crowded]], block[crowded], made)
        counts = sizes[sizes > many]
        places = np.arange(crowded.size) - np.repeat(np.cumsum(counts) - counts, counts)
        chosen = np.ones(block.size, dtype=bool)
        chosen[crowded[order[places >= many]]] = False
        return chosen

    def _order(self, halves: NDArray[np.uint64], owners: Numbers, blocks: Numbers, made: Made) -> Numbers:
        """Rules 2 and 3: block by block, who is drawn first."""
        sums = made.sums[owners].view(np.int64)
        by_tokens, by_row = (posting_ids(self._key, halves, sums, other)[:, 0] for other in (np.zeros_like(owners), owners))
        return np.lexsort((by_row, by_tokens, made.counts[owners], blocks))


def only(tokens: Tokens, chosen: Flags) -> Tokens:
    """Some of the tokens, in their order."""
    return Tokens(tokens.halves[chosen], tokens.rows[chosen], tokens.passes[chosen])


def made_by(tokens: Tokens, records: Numbers, count: int) -> Made:
    """What each of ``count`` records makes, before any is dropped."""
    owners, sums = records[tokens.rows], np.zeros(count, dtype=np.uint64)
    np.add.at(sums, owners, tokens.halves[:, 0])
    return Made(np.bincount(owners, minlength=count), sums)


def together(made: list[Made]) -> Made:
    """Of records that come one after the other."""
    counts, sums = zip(*(Made(np.zeros(0, np.int64), np.zeros(0, np.uint64)), *made), strict=True)
    return Made(np.concatenate(counts), np.concatenate(sums))
