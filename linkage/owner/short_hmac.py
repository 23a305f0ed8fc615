"""HMAC-SHA-256 [RFC2104, FIPS180-4] of millions of short messages under one key, without a Python call for each.

Blocking makes some forty messages of some thirty bytes a record, and for so short a message a call from Python costs more than the
hash. The kernel begins from the two states that a key always leads to, one for each pad, so that a message of up to 55 bytes costs two
compressions.
The property tests hold it against ``hmac``. It runs at home, on the owner's own values: timing is no channel here.
"""

import numpy as np
from numba import njit

from linkage.protocol.guarded import Guarded

BLOCK = 64


def _first_bits_of_roots(count: int, power: int) -> list[int]:
    """The first 32 bits of the fractional parts of roots of the first primes: square (2) and cube (3) [FIPS180-4, 4.2.2 and 5.3.3]."""
    primes: list[int] = []
    number = 2
    while len(primes) < count:
        if all(number % prime for prime in primes):
            primes.append(number)
        number += 1
    return [_root(prime << (32 * power), power) & 0xFFFFFFFF for prime in primes]


def _root(number: int, power: int) -> int:
    """The whole part of a root, by bisection in whole numbers."""
    low, high = 0, 1 << (number.bit_length() // power + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**power <= number else (low, middle)
    return low


ROUND = np.array(_first_bits_of_roots(64, 3), dtype=np.uint32)
_START = np.array(_first_bits_of_roots(8, 2), dtype=np.uint32)


class HmacKey(Guarded):
    """The states of SHA-256 after the inner and the outer pad, shape (2, 8): what a key of up to 64 bytes comes to."""

    __slots__ = ("states",)

    def __init__(self, key: bytes) -> None:
        if len(key) > BLOCK:
            raise ValueError("a key of more than one block")
        padded = np.frombuffer(key.ljust(BLOCK, b"\0"), dtype=np.uint8)
        self.states = np.stack([_START, _START])
        schedule = np.zeros(64, dtype=np.uint32)
        for state, pad in zip(self.states, (0x36, 0x5C), strict=True):
            compress(state, padded ^ np.uint8(pad), 0, schedule)


@njit(nogil=True, cache=True, inline="always")
def _turned(word, count):  # type: ignore[no-untyped-def]
    return np.uint32((word >> np.uint32(count)) | (word << np.uint32(32 - count)))


@njit(nogil=True, cache=True)
def compress(state, data, start, schedule):  # type: ignore[no-untyped-def]
    """One SHA-256 compression of the 64 bytes at ``start``, in place; ``schedule`` is room for 64 words [FIPS180-4, 6.2.2]."""
    for at in range(16):
        place = start + 4 * at
        schedule[at] = (
            np.uint32(data[place]) << np.uint32(24)
            | np.uint32(data[place + 1]) << np.uint32(16)
            | np.uint32(data[place + 2]) << np.uint32(8)
            | np.uint32(data[place + 3])
        )
    for at in range(16, 64):
        early, late = schedule[at - 15], schedule[at - 2]
        low = _turned(early, 7) ^ _turned(early, 18) ^ (early >> np.uint32(3))
        high = _turned(late, 17) ^ _turned(late, 19) ^ (late >> np.uint32(10))
        schedule[at] = np.uint32(schedule[at - 16] + low + schedule[at - 7] + high)
    a, b, c, d = state[0], state[1], state[2], state[3]
    e, f, g, h = state[4], state[5], state[6], state[7]
    for at in range(64):
        choice = (e & f) ^ (~e & g)
        first = np.uint32(h + (_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)) + choice + ROUND[at] + schedule[at])
        majority = (a & b) ^ (a & c) ^ (b & c)
        second = np.uint32((_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)) + majority)
        h, g, f, e = g, f, e, np.uint32(d + first)
        d, c, b, a = c, b, a, np.uint32(first + second)
    for at, word in enumerate((a, b, c, d, e, f, g, h)):
        state[at] = np.uint32(state[at] + word)


@njit(nogil=True, cache=True)
def _finish(state, data, length, schedule):  # type: ignore[no-untyped-def]
    """Pad the message of ``length`` bytes in ``data``, which follows one block of pad, and compress all of it."""
    end = (length + 8) // 64 * 64 + 64
    data[length] = 0x80
    for at in range(length + 1, end):
        data[at] = 0
    bits = np.uint64((length + 64) * 8)
    for at in range(8):
        data[end - 1 - at] = np.uint8((bits >> np.uint64(8 * at)) & np.uint64(255))
    for start in range(0, end, 64):
        compress(state, data, start, schedule)


@njit(nogil=True, cache=True)
def first_halves(states, data, length, room, out):  # type: ignore[no-untyped-def]
    """HMAC of the first ``length`` bytes of ``data``, cut to 128 bits: two big-endian 64-bit halves into ``out``.

    ``data`` has 72 bytes more than the message; ``room`` is (word (8 + 64,), bytes (128,)) of scratch.
    """
    words, tail = room
    state, schedule = words[:8], words[8:]
    state[:] = states[0]
    _finish(state, data, length, schedule)
    for at in range(8):
        word = state[at]
        for byte in range(4):
            tail[4 * at + byte] = np.uint8((word >> np.uint32(24 - 8 * byte)) & np.uint32(255))
    state[:] = states[1]
    _finish(state, tail, 32, schedule)
    out[0] = np.uint64(state[0]) << np.uint64(32) | np.uint64(state[1])
    out[1] = np.uint64(state[2]) << np.uint64(32) | np.uint64(state[3])
