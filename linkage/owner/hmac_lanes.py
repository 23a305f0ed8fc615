"""HMAC-SHA-256 of sixteen short messages at a time [RFC2104, FIPS180-4]: side by side in the lanes of the processor's vectors.

A message of at most ``FITS`` bytes is one block after the pad, and so is the digest of it: two compressions, from the two states that the
key leads to (``short_hmac``). Word i of lane l stands at 16 i + l, so that each step of the sixteen is a step over neighbours.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.short_hmac import BLOCK, ROUND, HmacKey, first_halves

LANES = 16
FITS = 55  # bytes; nine more are padding
END, DIGEST_BITS = np.uint32(0x80000000), np.uint32((64 + 32) * 8)  # after the digest, which follows a block of pad


@njit(nogil=True, cache=True, inline="always")
def _turned(word, count):  # type: ignore[no-untyped-def]
    return np.uint32((word >> np.uint32(count)) | (word << np.uint32(32 - count)))


@njit(nogil=True, cache=True, inline="always")
def _round(state, schedule, at, a, b, c, d, e, f, g, h):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """One round of all lanes; the letters say where in ``state`` each working variable is now."""
    for lane in range(LANES):
        first, fifth = state[16 * a + lane], state[16 * e + lane]
        choice = (fifth & state[16 * f + lane]) ^ (~fifth & state[16 * g + lane])
        mixed = _turned(fifth, 6) ^ _turned(fifth, 11) ^ _turned(fifth, 25)
        added = np.uint32(state[16 * h + lane] + mixed + choice + ROUND[at] + schedule[16 * at + lane])
        majority = (first & state[16 * b + lane]) ^ (first & state[16 * c + lane]) ^ (state[16 * b + lane] & state[16 * c + lane])
        other = _turned(first, 2) ^ _turned(first, 13) ^ _turned(first, 22)
        state[16 * d + lane] = np.uint32(state[16 * d + lane] + added)
        state[16 * h + lane] = np.uint32(added + other + majority)


@njit(nogil=True, cache=True)
def _compress(begun, state, schedule):  # type: ignore[no-untyped-def]
    """Sixteen compressions from the one state ``begun`` (8,) into ``state`` (128,); ``schedule`` (1024,) begins with their blocks."""
    for place in range(16 * LANES, 64 * LANES):
        early, late = schedule[place - 15 * LANES], schedule[place - 2 * LANES]
        low = _turned(early, 7) ^ _turned(early, 18) ^ np.uint32(early >> np.uint32(3))
        high = _turned(late, 17) ^ _turned(late, 19) ^ np.uint32(late >> np.uint32(10))
        schedule[place] = np.uint32(schedule[place - 16 * LANES] + low + schedule[place - 7 * LANES] + high)
    for word in range(8):
        for lane in range(LANES):
            state[word * LANES + lane] = begun[word]
    for at in range(0, 64, 8):
        _round(state, schedule, at, 0, 1, 2, 3, 4, 5, 6, 7)
        _round(state, schedule, at + 1, 7, 0, 1, 2, 3, 4, 5, 6)
        _round(state, schedule, at + 2, 6, 7, 0, 1, 2, 3, 4, 5)
        _round(state, schedule, at + 3, 5, 6, 7, 0, 1, 2, 3, 4)
        _round(state, schedule, at + 4, 4, 5, 6, 7, 0, 1, 2, 3)
        _round(state, schedule, at + 5, 3, 4, 5, 6, 7, 0, 1, 2)
        _round(state, schedule, at + 6, 2, 3, 4, 5, 6, 7, 0, 1)
        _round(state, schedule, at + 7, 1, 2, 3, 4, 5, 6, 7, 0)
    for word in range(8):
        for lane in range(LANES):
            state[word * LANES + lane] = np.uint32(state[word * LANES + lane] + begun[word])


@njit(nogil=True, cache=True)
def new_lanes():  # type: ignore[no-untyped-def]
    """Blocks that wait (16, 64), for which row of the output (16,), how many they are; and scratch: states, schedules, a long message's."""
    places, count = np.zeros(LANES, dtype=np.int64), np.zeros(1, dtype=np.int64)
    long_message = (np.zeros(72, dtype=np.uint32), np.zeros(128, dtype=np.uint8))
    room = (np.zeros(8 * LANES, dtype=np.uint32), np.zeros(64 * LANES, dtype=np.uint32), long_message)
    return (np.zeros((LANES, 64), dtype=np.uint8), places, count), room


@njit(nogil=True, cache=True)
def hash_in_lanes(states, message, lanes, out, place):  # type: ignore[no-untyped-def]
    """HMAC of a message (its bytes, its length), cut to 128 bits, into ``out[place]``: at once if it is long, else when sixteen wait.

    The message's array has 72 bytes more than the message.
    """
    data, length = message
    (blocks, places, count), room = lanes
    if length > FITS:
        first_halves(states, data, length, room[2], out[place])
        return
    lane = count[0]
    for at in range(length):
        blocks[lane, at] = data[at]
    blocks[lane, length] = 0x80
    for at in range(length + 1, 62):
        blocks[lane, at] = 0
    bits = (64 + length) * 8
    blocks[lane, 62], blocks[lane, 63] = bits >> 8, bits & 255
    places[lane] = place
    count[0] += 1
    if count[0] == LANES:
        hash_waiting(states, lanes, out)


@njit(nogil=True, cache=True)
def hash_waiting(states, lanes, out):  # type: ignore[no-untyped-def]
    """What waits, into its rows of ``out``: big-endian 64-bit halves."""
    (blocks, places, count), (state, schedule, _) = lanes
    for lane in range(LANES):
        for word in range(16):
            at = 4 * word
            schedule[word * LANES + lane] = (
                np.uint32(blocks[lane, at]) << np.uint32(24)
                | np.uint32(blocks[lane, at + 1]) << np.uint32(16)
                | np.uint32(blocks[lane, at + 2]) << np.uint32(8)
                | np.uint32(blocks[lane, at + 3])
            )
    _compress(states[0], state, schedule)
    schedule[: 8 * LANES] = state
    schedule[8 * LANES : 9 * LANES], schedule[9 * LANES : 15 * LANES], schedule[15 * LANES : 16 * LANES] = END, 0, DIGEST_BITS
    _compress(states[1], state, schedule)
    for lane in range(count[0]):
        for half in range(2):
            high, low = state[2 * half * LANES + lane], state[(2 * half + 1) * LANES + lane]
            out[places[lane], half] = np.uint64(high) << np.uint64(32) | np.uint64(low)
    count[0] = 0


def short_hmacs(key: HmacKey, messages: list[bytes]) -> NDArray[np.uint64]:
    """HMAC of each message, cut to 128 bits, shape (n, 2) big-endian halves; the kernel by itself, for tests and small lists."""
    out, lanes = np.zeros((len(messages), 2), dtype=np.uint64), new_lanes()
    for number, message in enumerate(messages):
        data = np.frombuffer(message.ljust(len(message) + 72 + BLOCK, b"\0"), dtype=np.uint8).copy()
        hash_in_lanes(key.states, (data, len(message)), lanes, out, number)
    hash_waiting(key.states, lanes, out)
    return out
