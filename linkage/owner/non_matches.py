"""How non-matching records look under the encoding: level patterns of random pairs inside one owner's own, deduplicated data.

Pairs inside one source are never matches, so they show what agreement is worth and which fields depend on each other, without any
label and without comparing anything across owners. Counts of patterns travel; pairs, values and tokens do not.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.encoding import Encoder
from linkage.owner.keys import EncodingKey
from linkage.protocol.similarity import Codes, Rows, pattern_codes

LARGEST_SAMPLE = 20_000  # records


def non_match_patterns(encoder: Encoder, key: EncodingKey, entity: str, pairs: int) -> tuple[Codes, Codes]:
    """Distinct patterns, rising, and their counts over at most ``pairs`` pairs of first variants.

    The sample is encoded under one block token that is never used for blocking and never leaves home.
    """
    seed = key.derive(f"trilink/v1/non-matches/{entity}")
    chance = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
    firsts = encoder.variants.firsts()
    if firsts.size > LARGEST_SAMPLE:
        firsts = np.sort(chance.choice(firsts, LARGEST_SAMPLE, replace=False))
    token = np.frombuffer(seed[16:], dtype="<u8")
    filters, _ = encoder.encode(np.broadcast_to(token, (firsts.size, 2)).copy(), firsts)
    rows = _pairs(firsts.size, pairs, chance)
    codes, counts = np.unique(pattern_codes(encoder.rule, encoder.diffusion, filters, filters, rows), return_counts=True)
    return codes, counts.astype(np.int64)


def _pairs(size: int, wanted: int, chance: np.random.Generator) -> tuple[Rows, Rows]:
    """All pairs of different rows where they are few, else ``wanted`` drawn ones."""
    if size * (size - 1) // 2 <= wanted:
        left, right = np.triu_indices(size, 1)
        return left.astype(np.uint32), right.astype(np.uint32)
    first: NDArray[np.int64] = chance.integers(0, size, wanted)
    second = chance.integers(0, size - 1, wanted)
    return first.astype(np.uint32), (second + (second >= first)).astype(np.uint32)
