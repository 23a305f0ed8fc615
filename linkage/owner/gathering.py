"""Gather the tokens of a table at home, and count what a package made of them would show: all that comes before a key opens a filter.

The rules of this room:
1. Chunk by chunk: entities become variants, and their tokens go to files at home. The canonical records are let go.
2. Part by part: common tokens are dropped, of the others it is drawn who has a posting (``drawing``), and what will leave is counted, so
   that quality gates can be held against it before anything is encoded. A check of a table ends here.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Blocking, Tokens
from linkage.owner.drawing import Draw, Flags, only
from linkage.owner.posting_store import Postings, PostingStore, sorted_postings
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

    def settle(self, draw: Draw, pace: Pace) -> Met:
        """Rule 2, once everything is taken in."""
        met, records, made = Met(self._facts, self._blocking.passes, self._rule), self._facts.owners(), self._facts.made()

        def settle(number: int) -> tuple[Tokens, Flags, NDArray[np.uint8]]:
            kept, dropped = self._postings.settle(number, records, draw.cap)
            return kept, draw.chosen(kept, records, made), dropped

        with ThreadPoolExecutor(pace.workers) as threads:
            for kept, chosen, dropped in threads.map(settle, self.parts):
                met.add(kept, chosen, dropped)
        return met

    def part(self, number: int, draw: Draw, id_key: bytes) -> tuple[Postings, Tokens]:
        """The drawn postings of a part, sorted, and they with who would be drawn next of each token; the part is taken out."""
        kept, records, made = self._postings.take(number), self._facts.owners(), self._facts.made()
        first, next_too = (only(kept, draw.chosen(kept, records, made, more)) for more in (0, 1))
        return sorted_postings(first, records, id_key), next_too
