"""How non-matching records look under the encoding: level patterns of pairs inside one owner's own, deduplicated data.

Pairs inside one source are never matches, so they show what agreement is worth, and which fields depend on each other, without any label
and without comparing anything across owners. Counts of patterns travel; pairs, values and tokens do not.

The rules of this room:
1. Two strata, so that rare agreement is counted and not guessed: the pairs that meet in a block (relatives, neighbours, guns with
   sequential serials: the very pairs that could be taken for matches), and a random sample of all others.
2. Pairs meet as those between two owners do: under a token the record that was drawn and the one that would have been next, which is drawn
   where the other table has the first one's match in its place, or nobody. So there are as many of a kind, for one and the same draw, as
   between owners whose tables are alike. Under each token that two share the variants whose postings stand there are compared, and the
   pattern that agrees best speaks for the two records. A man with six aliases agrees with more strangers than one who has none.
3. Of the others the first variants are compared; nobody will ever compare more of them.
4. Filters are made under one block token that is used for nothing else and never leaves home; pads would change no level.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.encoding import Encoder
from linkage.owner.keys import EncodingKey
from linkage.owner.posting_store import in_order
from linkage.protocol.agreeing import best_of_each
from linkage.protocol.guarded import Guarded
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import Codes, pattern_codes

LARGEST_SAMPLE = 50_000  # records
LARGEST_MET = 2_000_000  # pairs that meet

Keys = NDArray[np.int64]
"""A pair i < j of n as i * n + j."""


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
        """Distinct pairs of variant rows, of different chosen records, that share one of these tokens, rising.

        ``records`` (rows,) is the record of each variant row; rows are paired by their numbers among it.
        """
        kept = self._place[records[tokens.rows]] >= 0
        halves, members = tokens.halves[kept], tokens.rows[kept].astype(np.int64)
        order = in_order(halves[:, 0], halves[:, 1], members)
        halves, members = halves[order], members[order]
        pairs = np.zeros(_pairs_of_blocks(halves, members, records, np.zeros(0, dtype=np.int64)), dtype=np.int64)
        _pairs_of_blocks(halves, members, records, pairs)
        return np.unique(pairs)

    def counted(self, encoder: Encoder, meeting: list[Keys], sampled: int) -> NonMatches:
        """Pattern counts of both strata; ``sampled`` is the size of the random one."""
        size, records = self._chosen.size, encoder.table.records
        rows = np.unique(np.concatenate(meeting))
        left, right = (self._place[records[side]] for side in np.divmod(rows, max(records.size, 1)))
        pairs = left * size + right
        met = np.unique(pairs)
        some = np.sort(self._chance.choice(met, LARGEST_MET, replace=False)) if met.size > LARGEST_MET else met
        kept = np.isin(pairs, some)
        codes = self._codes(encoder, np.divmod(rows[kept], max(records.size, 1)))
        best = best_of_each(pairs[kept], codes, encoder.rule)
        others = np.divmod(_others(size, met, sampled, self._chance), max(size, 1))
        strangers = self._codes(encoder, (self._firsts[self._chosen][others[0]], self._firsts[self._chosen][others[1]]))
        return NonMatches.of(codes[best], strangers, int(met.size), size * (size - 1) // 2)

    def _codes(self, encoder: Encoder, rows: tuple[Keys, Keys]) -> Codes:
        """Level pattern of each pair of variant rows under our own block token, shape (pairs,)."""
        used, places = np.unique(np.concatenate(rows), return_inverse=True)
        left, right = np.split(places.reshape(-1).astype(np.uint32), 2)
        filters = encoder.encode(np.broadcast_to(self._token, (used.size, 2)).copy(), used)
        return pattern_codes(encoder.rule, encoder.diffusion, filters, filters, (left, right))


@njit(nogil=True, cache=True)
def _pairs_of_blocks(halves, members, records, out):  # type: ignore[no-untyped-def]
    """Keys of all pairs of rows of different records with equal tokens; fills ``out`` where it has room and returns how many there are."""
    found, start = 0, 0
    for end in range(1, members.size + 1):
        if end < members.size and halves[end, 0] == halves[start, 0] and halves[end, 1] == halves[start, 1]:
            continue
        for first in range(start, end):
            for second in range(first + 1, end):
                if records[members[first]] != records[members[second]]:
                    if found < out.size:
                        out[found] = members[first] * records.size + members[second]
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
