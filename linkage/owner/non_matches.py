"""How non-matching records look under the encoding: level patterns of pairs inside one owner's own, deduplicated data.

Pairs inside one source are never matches, so they show what agreement is worth, and which fields depend on each other, without any label
and without comparing anything across owners. Two strata, so that rare agreement is counted and not guessed: the pairs that meet in
a block (relatives, neighbours, guns with sequential serials: the very pairs that could be taken for matches), and a random sample
of all others. Counts of patterns travel; pairs, values and tokens do not.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.encoding import Encoder
from linkage.owner.keys import EncodingKey
from linkage.owner.posting_store import in_order
from linkage.protocol.guarded import Guarded
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import pattern_codes

LARGEST_SAMPLE = 50_000  # records
LARGEST_MET = 2_000_000  # pairs that meet

Keys = NDArray[np.int64]
"""A pair of records i < j of n as i * n + j."""


class OwnPairs(Guarded):
    """Pairs among the owner's own records: all of them, or those of a sample drawn under the epoch key."""

    __slots__ = ("_chance", "_chosen", "_firsts", "_place", "_token")

    def __init__(self, firsts: NDArray[np.int64], key: EncodingKey, entity: str) -> None:
        """``firsts`` (records,) is the first variant row of each record."""
        seed = key.derive(f"trilink/v1/non-matches/{entity}")
        self._chance = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
        self._token = np.frombuffer(seed[16:], dtype="<u8")
        self._chosen = np.sort(self._chance.choice(firsts.size, min(firsts.size, LARGEST_SAMPLE), replace=False))
        self._place = np.full(firsts.size, -1, dtype=np.int64)
        self._place[self._chosen] = np.arange(self._chosen.size)
        self._firsts = firsts

    def meeting(self, tokens: Tokens, records: NDArray[np.int64]) -> Keys:
        """Distinct pairs of chosen records that share one of these tokens, rising; numbered by their place among the chosen."""
        members = self._place[records[tokens.rows]]
        kept = members >= 0
        halves, members = tokens.halves[kept], members[kept]
        order = in_order(halves[:, 0], halves[:, 1], members)
        halves, members = halves[order], members[order]
        pairs = np.zeros(_pairs_of_blocks(halves, members, self._chosen.size, np.zeros(0, dtype=np.int64)), dtype=np.int64)
        _pairs_of_blocks(halves, members, self._chosen.size, pairs)
        return np.unique(pairs)

    def counted(self, encoder: Encoder, meeting: list[Keys], sampled: int) -> NonMatches:
        """Pattern counts of both strata; ``sampled`` is the size of the random one.

        First variants are compared, encoded under one block token that is used for nothing else and never leaves home.
        """
        met = np.unique(np.concatenate(meeting))
        size = self._chosen.size
        counted = np.sort(self._chance.choice(met, LARGEST_MET, replace=False)) if met.size > LARGEST_MET else met
        others = _others(size, met, sampled, self._chance)
        filters, _ = encoder.encode(np.broadcast_to(self._token, (size, 2)).copy(), self._firsts[self._chosen])
        strata = []
        for pairs in (counted, others):
            rows = tuple(part.astype(np.uint32) for part in np.divmod(pairs, max(size, 1)))
            strata.append(pattern_codes(encoder.rule, encoder.diffusion, filters, filters, (rows[0], rows[1])))
        return NonMatches.of(strata[0], strata[1], int(met.size), size * (size - 1) // 2)


@njit(nogil=True, cache=True)
def _pairs_of_blocks(halves, members, size, out):  # type: ignore[no-untyped-def]
    """Keys of all pairs of different members with equal tokens; fills ``out`` where it has room and returns how many there are."""
    found, start = 0, 0
    for end in range(1, members.size + 1):
        if end < members.size and halves[end, 0] == halves[start, 0] and halves[end, 1] == halves[start, 1]:
            continue
        for first in range(start, end):
            for second in range(first + 1, end):
                if members[first] != members[second]:
                    if found < out.size:
                        out[found] = members[first] * size + members[second]
                    found += 1
        start = end
    return found


def _others(size: int, met: Keys, wanted: int, chance: np.random.Generator) -> Keys:
    """Pairs that do not meet: all of them where they are few, else those of ``wanted`` drawn pairs that do not meet."""
    if size * (size - 1) // 2 <= wanted:
        left, right = np.triu_indices(size, 1)
    else:
        left, right = chance.integers(0, size, wanted), chance.integers(0, size - 1, wanted)
        right = right + (right >= left)
        left, right = np.minimum(left, right), np.maximum(left, right)
    keys: Keys = left.astype(np.int64) * size + right
    return keys[~np.isin(keys, met)]
