"""Which pairs of one table's records are worth comparing: those that share a blocking key.

The rules of this room:
1. Pairs share a key of one of the agreement's passes, but no key that more than ``CROWD`` records share.
2. At most ``EACH`` pairs a record are compared, so that work grows as the table does: those that share the rarest keys. In a table of a
   million records a name and a year are shared by many strangers, and a record's double shares rarer keys with it as well.
3. Passes follow one another, so that the postings of one of them are held at a time; of a pair found before, nothing is kept twice.
4. Keys are hashed with the tokens' own code, under no secret; what is hashed stays in memory.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.posting_store import drop_common
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.entity_rules import EntityRule

CROWD = 40  # records with one key: a common name, not a duplicate
EACH = 2  # candidate pairs a record
FEW = 500_000  # candidate pairs that are compared whatever the number of records
_SIZES = 64  # a pair is held as its number times this, plus how many records share its rarest key

Numbers = NDArray[np.int64]


def candidate_pairs(records: CanonicalRecords, rule: EntityRule) -> tuple[Numbers, int]:
    """Pairs of record numbers (pairs, 2), the smaller first, sorted; and how many at least were dropped by rule 2."""
    variants, count = variants_of(records, rule), len(records.ids)
    blocking = Blocking({name: block.all_components() for name, block in rule.passes.items()}, "duplicates", bytes(32))
    found, most, dropped = np.zeros(0, dtype=np.int64), max(FEW, EACH * count), 0
    for tokens in blocking.by_pass(variants):
        kept, _ = drop_common(tokens, variants.records, CROWD)
        found = _once(np.concatenate([found, *_meeting(kept, variants.records, count)]))
        if found.size > 2 * most:
            dropped = max(dropped, found.size - most)
            found = _rarest(found, most)
    dropped = max(dropped, found.size - most)
    pairs = _rarest(found, most) // _SIZES
    return np.stack(np.divmod(pairs, max(count, 1)), axis=1), dropped


def _meeting(tokens: Tokens, records: Numbers, count: int) -> list[Numbers]:
    """Records side by side under one token, as smaller number times ``count`` plus larger, with how many share it.

    ``tokens`` are sorted, a record once in each.
    """
    numbers, found = records[tokens.rows], list[Numbers]()
    first = np.append(True, (tokens.halves[1:] != tokens.halves[:-1]).any(axis=1))[: numbers.size]
    block = np.cumsum(first) - 1
    sharing = np.bincount(block)[block] if numbers.size else block
    for step in range(1, min(CROWD, numbers.size)):
        together = np.flatnonzero(block[step:] == block[:-step])
        if not together.size:
            break
        left, right = numbers[together], numbers[together + step]
        found.append((np.minimum(left, right) * count + np.maximum(left, right)) * _SIZES + sharing[together])
    return found


def _once(held: Numbers) -> Numbers:
    """Sorted, each pair under its rarest key alone."""
    held = np.sort(held)
    once: Numbers = held[np.diff(held // _SIZES, prepend=-1) != 0]
    return once


def _rarest(held: Numbers, most: int) -> Numbers:
    """Those of the rarest keys, of equally rare ones the first, as many as may be; still sorted."""
    if held.size <= most:
        return held
    sharing = held % _SIZES
    last = int(np.searchsorted(np.cumsum(np.bincount(sharing)), most, side="right"))  # the size of which not all have room
    rarer = sharing < last
    rarer[np.flatnonzero(sharing == last)[: most - int(rarer.sum())]] = True
    return held[rarer]
