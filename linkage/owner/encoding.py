"""Block-keyed field-level Bloom filters: what of a record travels.

The rules of this room:
1. The positions of a feature are the 16-bit words of AES-256(filter subkey, token[:8] ‖ feature[8]) modulo the filter's length:
   the same feature lands elsewhere in every block, so nothing is comparable across blocks.
2. AES runs in one bulk call over an array of distinct blocks (``bulk_aes``).
3. A keyed linear diffusion layer follows: each travelling bit is the XOR of t filter bits [Armknecht2018].
4. A missing field is an all-zero filter here: no evidence, not an empty value. A filter that diffusion turns into zeros (an even t does so
   with one that is full, of an endless set) is no evidence either.
5. What travels is padded, missing or not (``pads``).
6. A posting id is AES-256(id subkey, AES-256(id subkey, token) ⊕ (record ‖ variant)): unlinkable without a key that never leaves home.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.bulk_aes import aes_blocks
from linkage.owner.diffusion import diffuse, diffusion_table
from linkage.owner.features import FeatureTable
from linkage.owner.keys import EncodingKey
from linkage.owner.pads import Pads
from linkage.protocol.agreement import Agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Words

TILE = 4096  # postings that are worked on at a time, so that their AES blocks stay in the processor's cache


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

    __slots__ = ("_subkeys", "_tables", "diffusion", "rule", "table")

    def __init__(self, table: FeatureTable, agreement: Agreement, entity: str, key: EncodingKey) -> None:
        self.rule: EntityRule = agreement.entities[entity]
        self.table, self.diffusion = table, agreement.encoding.diffusion
        self._subkeys = {name: key.derive(f"trilink/v1/filter/{entity}/{name}") for name in self.rule.filter_names}
        self._tables = {
            name: diffusion_table(key.derive(f"trilink/v1/diffusion/{entity}/{name}"), self.rule.filters[name].length, self.diffusion)
            for name in self.rule.filter_names
        }

    def encode(self, halves: Words, rows: NDArray[np.int64]) -> Unpadded:
        """Filters of variant ``rows`` in the blocks of their tokens."""
        first_halves = halves[:, 0].byteswap()  # as the token's first eight bytes
        filters = {name: np.zeros((rows.size, self.rule.filters[name].length // 64), dtype=np.uint64) for name in self.rule.filter_names}
        for start in range(0, rows.size, TILE):
            tile = slice(start, start + TILE)
            for name in self.rule.filter_names:
                bits = self._filter(name, first_halves[tile], rows[tile])
                if bits is not None:
                    diffuse(bits, self._tables[name], filters[name][tile])
        return Unpadded(filters, np.stack([filters[name].any(axis=1) for name in self.rule.filter_names], axis=1))

    def _filter(self, name: str, first_halves: NDArray[np.uint64], rows: NDArray[np.int64]) -> Words | None:
        """One filter before diffusion, shape (rows, length / 64); None when none of the rows has it."""
        rule, columns = self.rule.filters[name], self.table.columns[name]
        codes = [column.codes[rows] for column in columns]
        sizes = [_count(cells, column.offsets) for cells, column in zip(codes, columns, strict=True)]
        total = sum(sizes)
        if not total:
            return None
        blocks, postings = np.empty((total, 2), dtype=np.uint64), np.empty(total, dtype=np.int64)
        used = 0
        for cells, column in zip(codes, columns, strict=True):
            used = _fill(first_halves, cells, column.offsets, column.elements, (blocks, postings, used))
        positions = aes_blocks(self._subkeys[name], blocks.view(np.uint8)).view("<u2")
        bits = np.zeros((rows.size, rule.length // 64), dtype=np.uint64)
        _set_bits(bits, postings, positions, rule.bits, rule.length)
        return bits


@njit(nogil=True, cache=True)
def _count(codes, offsets):  # type: ignore[no-untyped-def]
    """How many features the rows have together."""
    total = 0
    for code in codes:
        if code >= 0:
            total += offsets[code + 1] - offsets[code]
    return total


@njit(nogil=True, cache=True)
def _fill(first_halves, codes, offsets, elements, out):  # type: ignore[no-untyped-def]
    """Append the AES blocks of all features of all rows, and whose they are; returns how many there are now."""
    blocks, postings, used = out
    for row in range(codes.size):
        code = codes[row]
        if code < 0:
            continue
        for place in range(offsets[code], offsets[code + 1]):
            blocks[used, 0] = first_halves[row]
            blocks[used, 1] = elements[place]
            postings[used] = row
            used += 1
    return used


@njit(nogil=True, cache=True)
def _set_bits(bits, postings, positions, count, length):  # type: ignore[no-untyped-def]
    for at in range(postings.size):
        for step in range(count):
            position = positions[at, step] % length
            bits[postings[at], position >> 6] |= np.uint64(1) << np.uint64(position & 63)


def posting_ids(key: bytes, halves: NDArray[np.uint64], records: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Unlinkable 128-bit ids, shape (n, 2), one per (token, record, variant row)."""
    first = aes_blocks(key, halves.byteswap().view(np.uint8)).view(np.uint64)
    mixed = first ^ np.stack([records.astype(np.uint64), rows.astype(np.uint64)], axis=1)
    return aes_blocks(key, np.ascontiguousarray(mixed).view(np.uint8)).view(np.uint64).copy()


def encode_postings(encoder: Encoder, pads: Pads, tokens: Tokens, ids: Words) -> EncodedPostings:
    """The postings in the given order, ready to leave."""
    filters, held = encoder.encode(tokens.halves, tokens.rows)
    return EncodedPostings(tokens.halves, ids, tokens.passes, pads.hide(filters, held, (tokens.halves, ids)), filters)
