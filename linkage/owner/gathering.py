"""Gather the tokens of a table at home, and count what a package made of them would show: all that comes before a key opens a filter.

The rules of this room:
1. Chunk by chunk: entities become variants, and their tokens go to files at home. The canonical records are let go.
2. Part by part: common tokens are dropped and what stays is counted, so that quality gates can be held against it before anything is
   encoded. A check of a table ends here.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.posting_store import Postings, PostingStore
from linkage.owner.revealed import Met
from linkage.owner.variant_facts import VariantFacts
from linkage.owner.variants import CanonicalRecords, Variants, variants_of
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import Pace


class Gathering(Guarded):
    """The postings of one table in 2^``bits`` parts, in a folder of its own."""

    __slots__ = ("_blocking", "_facts", "_postings", "_rule")

    def __init__(self, folder: Path, rule: EntityRule, blocking: Blocking, bits: int) -> None:
        self._rule, self._blocking = rule, blocking
        self._facts, self._postings = VariantFacts(rule, len(blocking.passes)), PostingStore(folder, bits)

    @property
    def parts(self) -> range:
        return range(1 << self._postings.bits)

    def take_in(self, records: CanonicalRecords) -> Variants:
        """Rule 1, for the next records; returns their variants."""
        variants = variants_of(records, self._rule)
        tokens = self._blocking.tokens(variants)
        self._postings.append(tokens, self._facts.rows)
        self._facts.add(variants, tokens, records.count())
        return variants

    def settle(self, cap: int, pace: Pace) -> Met:
        """Rule 2, once everything is taken in."""
        met, records = Met(self._facts, self._blocking.passes, self._rule), self._facts.owners()

        def settle(number: int) -> tuple[Tokens, NDArray[np.uint8]]:
            return self._postings.settle(number, records, cap)

        with ThreadPoolExecutor(pace.workers) as threads:
            for kept, dropped in threads.map(settle, self.parts):
                met.add(kept, dropped)
        return met

    def part(self, number: int, id_key: bytes) -> Postings:
        """The kept postings of a part, sorted; they are taken out."""
        return self._postings.take(number, self._facts.owners(), id_key)
