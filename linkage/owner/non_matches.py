"""How non-matching records look under the encoding: level patterns of pairs inside one owner's own, deduplicated data.

Pairs inside one source are never matches, so they show what agreement is worth, and which fields depend on each other, without any label
and without comparing anything across owners. Counts of patterns travel; pairs, values and tokens do not.

The rules of this room:
1. Two strata, so that rare agreement is counted and not guessed: the pairs that meet in a block (relatives, neighbours, guns with
   sequential serials: the very pairs that could be taken for matches), and a random sample of all others.
2. Pairs that meet are looked at as the unit looks at them: every two variants that share a token are compared, and the pattern that
   agrees best speaks for the two records. A man with six aliases agrees with more strangers than one who has none.
3. Of the others the first variants are compared; nobody will ever compare more of them.
4. Filters are made under one block token that is used for nothing else and never leaves home.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.encoding import Encoder
from linkage.owner.keys import EncodingKey
from linkage.protocol.agreeing import best_of_each
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import Codes, pattern_codes

LARGEST_SAMPLE = 50_000  # records
LARGEST_MET = 2_000_000  # pairs that meet

Keys = NDArray[np.int64]
"""A pair i < j of n as i * n + j."""


def non_matches(encoder: Encoder, tokens: Tokens, key: EncodingKey, entity: str, sampled: int) -> NonMatches:
    """Pattern counts of both strata; ``sampled`` is the size of the random one."""
    seed = key.derive(f"trilink/v1/non-matches/{entity}")
    chance = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
    firsts, records = encoder.variants.firsts(), encoder.variants.records
    chosen = np.sort(chance.choice(firsts.size, min(firsts.size, LARGEST_SAMPLE), replace=False))
    rows, pairs = _meeting(tokens, records, chosen, firsts.size)
    met = np.unique(pairs)
    counted = np.sort(chance.choice(met, LARGEST_MET, replace=False)) if met.size > LARGEST_MET else met
    others = _others(chosen.size, met, sampled, chance)
    token = np.frombuffer(seed[16:], dtype="<u8")
    kept = np.isin(pairs, counted)
    codes = _codes(encoder, token, np.divmod(rows[kept], max(records.size, 1)))
    best = best_of_each(pairs[kept], codes, encoder.rule)
    left, right = np.divmod(others, max(chosen.size, 1))
    strangers = _codes(encoder, token, (firsts[chosen][left], firsts[chosen][right]))
    return NonMatches.of(codes[best], strangers, int(met.size), chosen.size * (chosen.size - 1) // 2)


def _codes(encoder: Encoder, token: NDArray[np.uint64], rows: tuple[Keys, Keys]) -> Codes:
    """Level pattern of each pair of variant rows under the token, shape (pairs,)."""
    used, places = np.unique(np.concatenate(rows), return_inverse=True)
    left, right = np.split(places.reshape(-1).astype(np.uint32), 2)
    filters, _ = encoder.encode(np.broadcast_to(token, (used.size, 2)).copy(), used)
    return pattern_codes(encoder.rule, encoder.diffusion, filters, filters, (left, right))


def _meeting(tokens: Tokens, records: Keys, chosen: Keys, total: int) -> tuple[Keys, Keys]:
    """Pairs of variant rows of different chosen records that share a token, rising, and the pair of records of each, (pairs,) both.

    Rows are paired by their numbers among ``records``, records by their places in ``chosen``.
    """
    place = np.full(total, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    kept = place[records[tokens.rows]] >= 0
    order = np.lexsort((tokens.rows[kept], tokens.halves[kept, 1], tokens.halves[kept, 0]))
    halves, members = tokens.halves[kept][order], tokens.rows[kept][order].astype(np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    pairs = np.zeros(_pairs_of_blocks(halves, members, records, nothing), dtype=np.int64)
    _pairs_of_blocks(halves, members, records, pairs)
    rows = np.unique(pairs)
    left, right = (place[records[side]] for side in np.divmod(rows, max(records.size, 1)))
    return rows, left * chosen.size + right


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
