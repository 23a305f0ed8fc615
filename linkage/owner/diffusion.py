"""The keyed linear diffusion layer: each travelling bit is the XOR of t filter bits [Armknecht2018].

The rules of this room:
1. The index sets are t permutations of the bit positions, drawn from an AES-256-CTR stream under the filter's diffusion subkey, so
   that every filter bit reaches exactly t travelling bits.
2. No travelling bit uses a filter bit twice: where a permutation would, the entry changes places with the next one that helps.
3. The layer is linear: what travels is the XOR of what each set bit of the filter contributes, read from a table.
"""

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from linkage.protocol.similarity import Words


def index_sets(key: bytes, length: int, t: int) -> NDArray[np.int64]:
    """The t filter bits behind each travelling bit, shape (length, t)."""
    stream = Cipher(algorithms.AES256(key), modes.CTR(bytes(16))).encryptor()
    columns: list[NDArray[np.int64]] = []
    for _ in range(t):
        draws = np.frombuffer(stream.update(bytes(8 * length)), dtype="<u8")
        columns.append(_without_repeats(np.argsort(draws, kind="stable"), columns))
    return np.stack(columns, axis=1)


def _without_repeats(permutation: NDArray[np.int64], earlier: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    taken = [set(row) for row in np.stack(earlier, axis=1).tolist()] if earlier else [set() for _ in permutation]
    entries = permutation.tolist()
    for bit in range(len(entries)):
        step = 1
        while entries[bit] in taken[bit] and step < len(entries):
            other = (bit + step) % len(entries)
            if entries[other] not in taken[bit] and (entries[bit] not in taken[other]):
                entries[bit], entries[other] = entries[other], entries[bit]
            step += 1
    return np.array(entries, dtype=np.int64)


def diffusion_table(key: bytes, length: int, t: int) -> Words:
    """What each filter bit contributes to each travelling word, shape (length, length / 64)."""
    single = np.zeros((length, length // 64), dtype=np.uint64)
    for travelling, sources in enumerate(index_sets(key, length, t)):
        single[sources, travelling >> 6] ^= np.uint64(1 << (travelling & 63))
    return single
