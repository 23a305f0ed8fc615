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
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import pattern_codes

LARGEST_SAMPLE = 50_000  # records
LARGEST_MET = 2_000_000  # pairs that meet

Keys = NDArray[np.int64]
"""A pair of records i < j of n as i * n + j."""


def non_matches(encoder: Encoder, tokens: Tokens, key: EncodingKey, entity: str, sampled: int) -> NonMatches:
    """Pattern counts of both strata; ``sampled`` is the size of the random one.

    First variants are compared, encoded under one block token that is used for nothing else and never leaves home.
    """
    seed = key.derive(f"trilink/v1/non-matches/{entity}")
    chance = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
    firsts = encoder.variants.firsts()
    chosen = np.sort(chance.choice(firsts.size, min(firsts.size, LARGEST_SAMPLE), replace=False))
    met = _meeting(tokens, encoder.variants.records, chosen, firsts.size)
    counted = np.sort(chance.choice(met, LARGEST_MET, replace=False)) if met.size > LARGEST_MET else met
    others = _others(chosen.size, met, sampled, chance)
    token = np.frombuffer(seed[16:], dtype="<u8")
    filters, _ = encoder.encode(np.broadcast_to(token, (chosen.size, 2)).copy(), firsts[chosen])
    strata = []
    for pairs in (counted, others):
        rows = tuple(part.astype(np.uint32) for part in np.divmod(pairs, max(chosen.size, 1)))
        strata.append(pattern_codes(encoder.rule, encoder.diffusion, filters, filters, (rows[0], rows[1])))
    return NonMatches.of(strata[0], strata[1], int(met.size), chosen.size * (chosen.size - 1) // 2)


def _meeting(tokens: Tokens, records: Keys, chosen: Keys, total: int) -> Keys:
    """Pairs of chosen records that share a token, rising; numbered by their place in ``chosen``."""
    place = np.full(total, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    members = place[records[tokens.rows]]
    kept = members >= 0
    order = np.lexsort((members[kept], tokens.halves[kept, 1], tokens.halves[kept, 0]))
    halves, members = tokens.halves[kept][order], members[kept][order]
    nothing = np.zeros(0, dtype=np.int64)
    pairs = np.zeros(_pairs_of_blocks(halves, members, chosen.size, nothing), dtype=np.int64)
    _pairs_of_blocks(halves, members, chosen.size, pairs)
    return np.unique(pairs)


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
