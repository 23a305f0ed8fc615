"""What postings would show if more of them were hidden: proposals, held against the same attacks before anybody builds them.

The rules of this room:
1. Block pads: every filter of a block is XORed with the block's own random words, the same for all postings under the token. Differences
   inside a block stay as they are; a posting that is alone under its token shows nothing, however full its filters were.
2. Hidden presence: a missing filter is random words, and presence bits are gone. (Both sides of a pair would still have to learn that both
   are present: by a short tag under the block's key that is random where the field is missing.)
3. One filter for all fields: only the sum of differences is seen, not each field's.
4. One posting for each record under a token: aliases that share a token are not sent side by side.
"""

import numpy as np

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.recognition import Known, block_numbers


def with_block_pads(side: Known, chance: np.random.Generator, *, presence: bool) -> Known:
    """Rule 1, and where ``presence`` is hidden rule 2 as well."""
    postings = side.postings
    runs = block_numbers(postings.tokens)
    filters = {}
    for number, name in enumerate(sorted(postings.filters)):
        words = postings.filters[name]
        pads = chance.integers(0, 2**64, (int(runs.max(initial=-1)) + 1, words.shape[1]), dtype=np.uint64)
        held = (postings.presence >> np.uint32(number) & np.uint32(1)).astype(bool)[:, None]
        missing = chance.integers(0, 2**64, words.shape, dtype=np.uint64) if presence else np.zeros_like(words)
        filters[name] = np.where(held, words ^ pads[runs], missing)
    shown = np.zeros_like(postings.presence) if presence else postings.presence
    return Known(EncodedPostings(postings.tokens, postings.ids, postings.passes, shown, filters), side.entities)


def one_a_token(side: Known) -> Known:
    """Rule 4: the first posting of each entity in each block."""
    runs = block_numbers(side.postings.tokens)
    _, first = np.unique(np.stack([runs, side.entities], axis=1), axis=0, return_index=True)
    return side.rows(np.sort(first).astype(np.int64))


def as_one_filter(side: Known) -> Known:
    """Rule 3, for what is measured inside blocks."""
    postings = side.postings
    joined = np.concatenate([postings.filters[name] for name in sorted(postings.filters)], axis=1)
    return Known(EncodedPostings(postings.tokens, postings.ids, postings.passes, postings.presence, {"all": joined}), side.entities)
