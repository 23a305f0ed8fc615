"""Which pairs of one table's records are worth comparing: those that share a blocking key.

The rules of this room:
1. Pairs share a key of one of the agreement's passes, but no key that more than ``CROWD`` records share.
2. Passes follow one another, so that the postings of one of them are held at a time; of a pair found before, nothing is kept twice.
3. Keys are hashed with the tokens' own code, under no secret; what is hashed stays in memory.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.posting_store import drop_common
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.entity_rules import EntityRule

CROWD = 40  # records with one key: a common name, not a duplicate
MOST = 5_000_000  # candidate pairs

Numbers = NDArray[np.int64]


def candidate_pairs(records: CanonicalRecords, rule: EntityRule) -> tuple[Numbers, int]:
    """Pairs of record numbers (pairs, 2), the smaller first, sorted; and how many more than ``MOST`` were dropped, the last ones."""
    variants, count = variants_of(records, rule), len(records.ids)
    blocking = Blocking({name: block.all_components() for name, block in rule.passes.items()}, "duplicates", bytes(32))
    found = np.zeros(0, dtype=np.int64)
    for tokens in blocking.by_pass(variants):
        kept, _ = drop_common(tokens, variants.records, CROWD)
        found = np.union1d(found, _meeting(kept, variants.records, count))
    kept_pairs = found[:MOST]
    return np.stack(np.divmod(kept_pairs, max(count, 1)), axis=1), found.size - kept_pairs.size


def _meeting(tokens: Tokens, records: Numbers, count: int) -> Numbers:
    """Records side by side under one token, as smaller number times ``count`` plus larger; ``tokens`` are sorted, a record once in each."""
    numbers, found = records[tokens.rows], [np.zeros(0, dtype=np.int64)]
    for step in range(1, min(CROWD, numbers.size)):
        together = np.flatnonzero((tokens.halves[step:] == tokens.halves[:-step]).all(axis=1))
        if not together.size:
            break
        left, right = numbers[together], numbers[together + step]
        found.append(np.unique(np.minimum(left, right) * count + np.maximum(left, right)))
    return np.concatenate(found)
