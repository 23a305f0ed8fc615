"""The keyed linear diffusion layer: each travelling bit is the XOR of t filter bits [Armknecht2018].

The rules of this room:
1. The index sets are t permutations of the bit positions, drawn from an AES-256-CTR stream under the filter's diffusion subkey, so
   that every filter bit reaches exactly t travelling bits.
2. No travelling bit uses a filter bit twice: where a permutation would, the entry changes places with the next one that helps.
3. The layer is linear, so it is applied byte-wise from tables: XOR of one row per byte of the filter.
"""

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numba import njit
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


def diffusion_table(key: bytes, length: int, t: int) -> NDArray[np.uint64]:
    """XOR contribution of each value of each filter byte, shape (length / 8, 256, length / 64)."""
    single = np.zeros((length, length // 64), dtype=np.uint64)  # row: what one filter bit contributes
    for travelling, sources in enumerate(index_sets(key, length, t)):
        single[sources, travelling >> 6] ^= np.uint64(1 << (travelling & 63))
    table = np.zeros((length // 8, 256, length // 64), dtype=np.uint64)
    for bit in range(8):
        has = (np.arange(256) >> bit & 1).astype(bool)
        table[:, has] ^= single[bit::8][:, None, :]
    return table


@njit(nogil=True, cache=True)
def _diffuse(filters, table, out):  # type: ignore[no-untyped-def]
    for row in range(filters.shape[0]):
        for word in range(filters.shape[1]):
            rest = filters[row, word]
            byte = word * 8
            while rest:
                value = rest & np.uint64(255)
                if value:
                    for target in range(out.shape[1]):
                        out[row, target] ^= table[byte, value, target]
                rest >>= np.uint64(8)
                byte += 1


def diffuse(filters: Words, table: NDArray[np.uint64], out: Words | None = None) -> Words:
    """Diffused packed filters, shape (n, length / 64), in ``out`` (zeros) where given; an all-zero filter stays so."""
    diffused = np.zeros_like(filters) if out is None else out
    _diffuse(filters, table, diffused)
    return diffused
