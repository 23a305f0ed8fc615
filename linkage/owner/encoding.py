"""Block-keyed field-level Bloom filters: what of a record travels.

The rules of this room:
1. The positions of a feature are the 16-bit words of AES-256(filter subkey, token[:8] ‖ feature[8]) modulo the filter's length:
   the same feature lands elsewhere in every block, so nothing is comparable across blocks.
2. AES runs in one bulk ECB call over an array of distinct blocks: a pseudo-random function at hardware speed. ECB is safe here and
   only here: the output is never decrypted and no block repeats under the same token.
3. A keyed linear diffusion layer follows: each travelling bit is the XOR of t filter bits [Armknecht2018].
4. A missing field is an all-zero filter and a zero presence bit: no evidence, not an empty value. A filter that diffusion turns
   into zeros (an even t does so with one that is full, of an endless set) is no evidence either.
5. A posting id is AES-256(id subkey, AES-256(id subkey, token) ⊕ (record ‖ variant)): unlinkable without a key that never leaves home.
"""

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.diffusion import diffuse, diffusion_table
from linkage.owner.features import Features, features_of
from linkage.owner.keys import EncodingKey
from linkage.owner.variants import Variants
from linkage.protocol.agreement import Agreement
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule, FilterRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Words


def aes_blocks(key: bytes, blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """AES-256 of each 16-byte row, shape (n, 16)."""
    cipher = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()
    out = bytearray(blocks.size + 15)
    if blocks.size:  # nothing has no memory to show
        cipher.update_into(np.ascontiguousarray(blocks).data.cast("B"), out)
    return np.frombuffer(out, dtype=np.uint8, count=blocks.size).reshape(blocks.shape)


class Encoder(Guarded):
    """The filters of one entity type under one epoch key; features of distinct values are computed once."""

    __slots__ = ("_features", "_subkeys", "_tables", "diffusion", "rule", "variants")

    def __init__(self, variants: Variants, agreement: Agreement, entity: str, key: EncodingKey) -> None:
        self.rule: EntityRule = agreement.entities[entity]
        self.variants, self.diffusion = variants, agreement.encoding.diffusion
        self._subkeys = {name: key.derive(f"trilink/v1/filter/{entity}/{name}") for name in self.rule.filter_names}
        self._tables = {
            name: diffusion_table(key.derive(f"trilink/v1/diffusion/{entity}/{name}"), self.rule.filters[name].length, self.diffusion)
            for name in self.rule.filter_names
        }
        self._features = {name: self._filter_features(self.rule.filters[name]) for name in self.rule.filter_names}

    def encode(self, halves: NDArray[np.uint64], rows: NDArray[np.int64]) -> tuple[dict[str, Words], NDArray[np.uint32]]:
        """Filters by name, each (n, length / 64), and presence masks (n,) of variant ``rows`` in the blocks of their tokens."""
        filters: dict[str, Words] = {}
        presence = np.zeros(rows.size, dtype=np.uint32)
        for number, name in enumerate(self.rule.filter_names):
            rule = self.rule.filters[name]
            bits = np.zeros((rows.size, rule.length // 64), dtype=np.uint64)
            for field, features in self._features[name]:
                self._add(bits, (halves, self.variants.columns[field].codes[rows]), features, (name, rule))
            filters[name] = diffuse(bits, self._tables[name])
            presence |= filters[name].any(axis=1).astype(np.uint32) << np.uint32(number)
        return filters, presence

    def _filter_features(self, rule: FilterRule) -> list[tuple[str, Features]]:
        columns = {field: self.variants.columns[field] for field in rule.fields if field in self.variants.columns}
        return [(field, features_of(column.values, rule)) for field, column in columns.items() if column.values]

    def _add(
        self,
        bits: Words,
        cells: tuple[NDArray[np.uint64], NDArray[np.int32]],
        features: Features,
        named: tuple[str, FilterRule],
    ) -> None:
        halves, codes = cells
        offsets, elements = features
        name, rule = named
        present = np.flatnonzero(codes >= 0)
        counts = np.diff(offsets)[codes[present]]
        ends = np.cumsum(counts)
        picked = np.arange(int(ends[-1]) if ends.size else 0) - np.repeat(ends - counts - offsets[codes[present]], counts)
        postings = np.repeat(present, counts)
        blocks = np.empty((postings.size, 2), dtype=np.uint64)
        blocks[:, 0] = halves[postings, 0].byteswap()
        blocks[:, 1] = elements[picked]
        positions = aes_blocks(self._subkeys[name], blocks.view(np.uint8)).view("<u2")
        _set_bits(bits, postings, positions, rule.bits, rule.length)


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


def encode_postings(encoder: Encoder, tokens: Tokens, ids: NDArray[np.uint64], chosen: NDArray[np.int64]) -> EncodedPostings:
    """The chosen postings, in the given order, ready to leave."""
    filters, presence = encoder.encode(tokens.halves[chosen], tokens.rows[chosen])
    return EncodedPostings(tokens.halves[chosen], ids[chosen], tokens.passes[chosen], presence, filters)
