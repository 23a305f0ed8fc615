"""Pads: what makes a filter say nothing to who has no other posting of its block, and a missing filter look like any other.

The rules of this room:
1. A filter that is there is XORed with its block's words: AES-256 under the filter's pad subkey of the epoch, of the token with its last
   byte XORed with 0, 1, 2 ... Two postings under one token, whoever owns them, have the same pad, so their differing bits stay.
2. A filter that is missing is such words of the posting's id, under a key that never leaves home: random to everyone else.
3. Both streams go on for 16 bits more, the tag. So two postings in one block have equal tags where both hold the field, and where one does
   not in one of 65,536 cases.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numba import njit

from linkage.owner.bulk_aes import BulkAes
from linkage.owner.keys import EncodingKey
from linkage.owner.laid_filters import LaidFilters
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Words

TAG_MASK = np.uint64(0xFFFF)


class Pads(Guarded):
    """The pad keys of one entity type by filter: of the blocks under the epoch key, and of missing filters under ``home`` (32 bytes)."""

    __slots__ = ("_keys", "rule")

    def __init__(self, rule: EntityRule, entity: str, key: EncodingKey, home: bytes) -> None:
        self.rule, own = rule, EncodingKey(home)
        blocks = [key.derive(f"trilink/v1/pad/{entity}/{name}") for name in rule.filter_names]
        missing = [own.derive(f"trilink/v1/missing/{entity}/{name}") for name in rule.filter_names]
        self._keys = [sub_key for pair in zip(blocks, missing, strict=True) for sub_key in pair]

    def hiding(self, laid: LaidFilters, postings: tuple[Words, Words]) -> Callable[[slice], None]:
        """What pads a stretch of the filters in place and sets its tags; ``postings`` are tokens, as big-endian halves, and ids."""
        return hiding(self._keys, laid, (postings[0].byteswap(), postings[1]))


def hiding(keys: Sequence[bytes], laid: LaidFilters, seeds: tuple[Words, Words]) -> Callable[[slice], None]:
    """The same under given keys, two for each filter: that of blocks and that of missing filters, and their ``seeds``, each (n, 2).

    For one thread.
    """
    aes, blocks_each = BulkAes(keys), int(((laid.widths + 2) // 2).sum())

    def hide(tile: slice) -> None:
        held = laid.held[tile]
        room = aes.room(blocks_each * len(held))
        order, ends = _seeds(seeds[0][tile], seeds[1][tile], held, laid.widths, room)
        _hide(aes.encrypted(ends.tolist()), order, laid.widths, (laid.words, laid.bases, laid.tags, tile.start))

    return hide


@njit(nogil=True, cache=True)
def _seeds(tokens, ids, held, widths, blocks):  # type: ignore[no-untyped-def]
    """The AES blocks of all pads, for each filter those of postings that hold it, then the others.

    Returns that order of the postings, shape (filters, n), and where each such stretch of blocks ends, shape (2 * filters,).
    """
    order, ends = np.empty((widths.size, len(held)), dtype=np.int64), np.empty(2 * widths.size, dtype=np.int64)
    at = 0
    for number in range(widths.size):
        front, back = 0, len(held) - 1
        for posting in range(len(held)):
            there = held[posting, number]
            order[number, front if there else back] = posting
            front += there
            back -= not there
        for place in range(len(held)):
            posting = order[number, place]
            seed = tokens[posting] if place < front else ids[posting]
            for step in range((widths[number] + 2) // 2):
                blocks[at, 0] = seed[0]
                blocks[at, 1] = seed[1] ^ (np.uint64(step) << np.uint64(56))  # the last of the sixteen bytes
                at += 1
            if place < front:
                ends[2 * number] = at
        if not front:
            ends[2 * number] = ends[2 * number - 1] if number else 0
        ends[2 * number + 1] = at
    return order, ends


@njit(nogil=True, cache=True)
def _hide(drawn, order, widths, out):  # type: ignore[no-untyped-def]
    """XOR what was drawn into the filters, and take the tags from its next words; ``out`` has the number of the first posting last."""
    words, bases, tags, first = out
    at = 0
    for number in range(widths.size):
        width = widths[number]
        steps = (width + 2) // 2
        for place in range(order.shape[1]):
            posting = first + order[number, place]
            target = bases[number] + posting * width
            for word in range(width):
                words[target + word] ^= drawn[at + (word >> 1), word & 1]
            tags[posting, number] = drawn[at + (width >> 1), width & 1] & TAG_MASK
            at += steps
