"""Pads: what makes a filter say nothing to who has no other posting of its block, and a missing filter look like any other.

The rules of this room:
1. A filter that is there is XORed with its block's words: AES-256 under the filter's pad subkey of the epoch, of the token with its last
   byte XORed with 0, 1, 2 ... Two postings under one token, whoever owns them, have the same pad, so their differing bits stay.
2. A filter that is missing is such words of the posting's id, under a key that never leaves home: random to everyone else.
3. Both streams go on for 16 bits more, the tag. So two postings in one block have equal tags where both hold the field, and where one does
   not in one of 65,536 cases.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.bulk_aes import aes_blocks
from linkage.owner.keys import EncodingKey
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded
from linkage.protocol.similarity import Tags, Words

TAG_MASK = np.uint64(0xFFFF)


class Pads(Guarded):
    """The pad keys of one entity type by filter: of the blocks under the epoch key, and of missing filters under ``home`` (32 bytes)."""

    __slots__ = ("_blocks", "_missing", "rule")

    def __init__(self, rule: EntityRule, entity: str, key: EncodingKey, home: bytes) -> None:
        self.rule, own = rule, EncodingKey(home)
        self._blocks = {name: key.derive(f"trilink/v1/pad/{entity}/{name}") for name in rule.filter_names}
        self._missing = {name: own.derive(f"trilink/v1/missing/{entity}/{name}") for name in rule.filter_names}

    def hide(self, filters: dict[str, Words], held: NDArray[np.bool_], postings: tuple[Words, Words]) -> Tags:
        """Pad ``filters`` in place and return the tags, shape (n, filters).

        ``held`` (n, filters) says which are there; ``postings`` are tokens, as big-endian halves, and ids, each (n, 2).
        """
        tokens, ids = postings[0].byteswap(), postings[1]
        tags = np.zeros(held.shape, dtype=np.uint16)
        for number, name in enumerate(self.rule.filter_names):
            words = filters[name]
            for key, seeds, chosen in ((self._blocks[name], tokens, held[:, number]), (self._missing[name], ids, ~held[:, number])):
                drawn = pad_words(key, seeds[chosen], words.shape[1] + 1)
                words[chosen] ^= drawn[:, :-1]
                tags[chosen, number] = drawn[:, -1] & TAG_MASK
        return tags


def pad_words(key: bytes, seeds: Words, count: int) -> Words:
    """So many 64-bit words for each seed of 16 bytes, shapes (n, 2) and (n, count)."""
    steps = np.arange((count + 1) // 2, dtype=np.uint64) << np.uint64(56)  # the last of the sixteen bytes
    blocks = np.repeat(seeds[:, None, :], steps.size, axis=1)
    blocks[:, :, 1] ^= steps
    drawn = aes_blocks(key, blocks.reshape(-1, 2).view(np.uint8)).view(np.uint64)
    return drawn.reshape(len(seeds), 2 * steps.size)[:, :count]
