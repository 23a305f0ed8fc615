"""AES-256 of many blocks at once [FIPS197]: a pseudo-random function at hardware speed.

ECB is safe here and only here: the output is never decrypted, and no block means anything by being equal to another.
"""

from collections.abc import Sequence

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from linkage.protocol.guarded import Guarded

_TAIL = 15  # bytes that the cipher wants to have beyond what it writes


class BulkAes(Guarded):
    """AES-256 under several keys, each of its own stretch of one array of blocks, which is used again and again: for one thread."""

    __slots__ = ("_blocks", "_encryptors", "_out")

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._encryptors = [Cipher(algorithms.AES256(key), modes.ECB()).encryptor() for key in keys]
        self._blocks, self._out = np.zeros((0, 2), dtype=np.uint64), np.zeros(_TAIL, dtype=np.uint8)

    def room(self, count: int) -> NDArray[np.uint64]:
        """``count`` blocks to be filled, shape (count, 2); what stood there before is lost."""
        if count > len(self._blocks):
            self._blocks, self._out = np.zeros((count, 2), dtype=np.uint64), np.zeros(16 * count + _TAIL, dtype=np.uint8)
        return self._blocks[:count]

    def encrypted(self, ends: Sequence[int]) -> NDArray[np.uint64]:
        """Ciphers of the blocks up to the last end, shape (blocks, 2), the stretch before each end under its key; good until the next."""
        blocks, out, start = self._blocks.reshape(-1).data.cast("B"), self._out.data, 0
        for encryptor, end in zip(self._encryptors, ends, strict=True):
            if end > start:
                encryptor.update_into(blocks[16 * start : 16 * end], out[16 * start : 16 * end + _TAIL])
            start = end
        return self._out[: 16 * start].view(np.uint64).reshape(-1, 2)


def aes_blocks(key: bytes, blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """AES-256 of each 16-byte row, shape (n, 16)."""
    cipher = BulkAes([key])
    cipher.room(len(blocks))[:] = np.ascontiguousarray(blocks).view(np.uint64).reshape(-1, 2)
    return cipher.encrypted([len(blocks)]).view(np.uint8).reshape(blocks.shape)
