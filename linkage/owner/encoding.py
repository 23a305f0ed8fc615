"""Block-keyed field-level Bloom filters: what of a record travels.

The rules of this room:
1. The positions of a feature are the 16-bit words of AES-256(filter subkey, token[:8] ‖ feature[8]) modulo the filter's length:
   the same feature lands elsewhere in every block, so nothing is comparable across blocks.
2. AES runs in bulk over a tile of postings, filter by filter (``bulk_aes``, ``filter_kernels``).
3. A keyed linear diffusion layer follows: each travelling bit is the XOR of t filter bits [Armknecht2018].
4. A missing field is an all-zero filter here: no evidence, not an empty value. A filter that diffusion turns into zeros (an even t does so
   with one that is full, of an endless set) is no evidence either.
5. What travels is padded, missing or not (``pads``).
6. A posting id is AES-256(id subkey, AES-256(id subkey, token) ⊕ (record ‖ variant)): unlinkable without a key that never leaves home.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.bulk_aes import BulkAes, aes_blocks
from linkage.owner.diffusion import diffusion_table
from linkage.owner.feature_rows import FeatureTable
from linkage.owner.filter_kernels import fill_blocks, shapes_of, spread
from linkage.owner.keys import EncodingKey
from linkage.owner.laid_filters import LaidFilters
from linkage.owner.pads import Pads
from linkage.protocol.agreement import Agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Words

TILE = 1024  # postings that are worked on at a time, so that their AES blocks stay in the processor's cache


class Unpadded(NamedTuple):
    """Filters by name, each (n, length / 64), all zero where missing, and which are there, (n, filters). It stays at home."""

    filters: dict[str, Words]
    held: NDArray[np.bool_]

    @property
    def tags(self) -> NDArray[np.int64]:
        """Equal where two rows both hold a field; a row that does not shares its tag with nobody."""
        rows = np.arange(1, self.held.shape[0] + 1)
        return np.where(self.held, 0, rows[:, None])


class Encoder(Guarded):
    """The filters of one entity type under one epoch key. Many threads may encode with it at the same time."""

    __slots__ = ("_shapes", "_subkeys", "_tables", "diffusion", "rule", "table")

    def __init__(self, table: FeatureTable, agreement: Agreement, entity: str, key: EncodingKey) -> None:
        self.rule: EntityRule = agreement.entities[entity]
        self.table, self.diffusion, self._shapes = table, agreement.encoding.diffusion, shapes_of(self.rule)
        self._subkeys = [key.derive(f"trilink/v1/filter/{entity}/{name}") for name in self.rule.filter_names]
        single = [
            diffusion_table(key.derive(f"trilink/v1/diffusion/{entity}/{name}"), self.rule.filters[name].length, self.diffusion).ravel()
            for name in self.rule.filter_names
        ]
        self._tables = np.concatenate(single)

    def encode(self, halves: Words, rows: NDArray[np.int64]) -> Unpadded:
        """Filters of variant ``rows`` in the blocks of their tokens."""
        laid = LaidFilters(self.rule, rows.size)
        for _ in self.tiles(halves, rows, laid):
            pass  # nothing is to be hidden
        return Unpadded(laid.by_name(), laid.held)

    def tiles(self, halves: Words, rows: NDArray[np.int64], laid: LaidFilters) -> Iterator[slice]:
        """Encode into ``laid`` tile by tile, and say which postings it was as soon as they are done."""
        aes, table = BulkAes(self._subkeys), (self.table.starts, self.table.counts, self.table.elements)
        first_halves = halves[:, 0].byteswap()  # as the token's first eight bytes
        for start in range(0, rows.size, TILE):
            tile = slice(start, min(start + TILE, rows.size))
            counts = np.ascontiguousarray(self.table.counts[rows[tile]].T)
            ends = np.cumsum(counts.sum(axis=1, dtype=np.int64))
            fill_blocks(first_halves[tile], rows[tile], table, ends, aes.room(int(ends[-1])))
            positions = aes.encrypted(ends.tolist()).view("<u2").ravel()
            spread(positions, counts, self._shapes, self._tables, (laid.words, laid.bases, laid.held, start))
            yield tile


def posting_ids(key: bytes, halves: NDArray[np.uint64], records: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Unlinkable 128-bit ids, shape (n, 2), one per (token, record, variant row)."""
    first = aes_blocks(key, halves.byteswap().view(np.uint8)).view(np.uint64)
    mixed = first ^ np.stack([records.astype(np.uint64), rows.astype(np.uint64)], axis=1)
    return aes_blocks(key, np.ascontiguousarray(mixed).view(np.uint8)).view(np.uint64).copy()


def encode_postings(encoder: Encoder, pads: Pads, tokens: Tokens, ids: Words) -> EncodedPostings:
    """The postings in the given order, ready to leave."""
    laid = LaidFilters(encoder.rule, tokens.rows.size)
    hide = pads.hiding(laid, (tokens.halves, ids))
    for tile in encoder.tiles(tokens.halves, tokens.rows, laid):
        hide(tile)
    return EncodedPostings(tokens.halves, ids, tokens.passes, laid.tags, laid.by_name())
