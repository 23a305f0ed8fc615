"""AES-256 of many blocks at once [FIPS197]: a pseudo-random function at hardware speed.

ECB is safe here and only here: the output is never decrypted, and no block means anything by being equal to another.
"""

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray


def aes_blocks(key: bytes, blocks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """AES-256 of each 16-byte row, shape (n, 16)."""
    cipher = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()
    out = bytearray(blocks.size + 15)
    if blocks.size:  # nothing has no memory to show
        cipher.update_into(np.ascontiguousarray(blocks).data.cast("B"), out)
    return np.frombuffer(out, dtype=np.uint8, count=blocks.size).reshape(blocks.shape)
