"""The kernel that compares: pair by pair, and whole tiles, every row of one run with every row of another.

A block in which many postings meet is a rectangle of pairs. Then the right side is turned once, so that eight of its filters lie side by
side, word by word, and one operation compares a row with all of them. The levels are the same, to the last bit: both ways count differing
bits against the same limits.
"""

import functools
from collections.abc import Callable
from typing import cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.protocol.popcounts import LANES, differing, differing_from_eight

SMALLEST = 24  # rows a side from which turning the right side pays
Limits = NDArray[np.uint16]
Shape = tuple[int, int, int]
"""Of a filter: length, bits of a feature, typical number of features."""


def before_diffusion(length: int, t: int) -> NDArray[np.float64]:
    """Expected share of differing (or set) filter bits for each count of travelling bits, shape (length + 1,); 0..0.5 if t is even."""
    rest = 1.0 - 2.0 * np.arange(length + 1) / length
    root = np.maximum(0.0, rest) ** (1.0 / t)
    if t % 2:
        root -= np.maximum(0.0, -rest) ** (1.0 / t)
    return np.asarray((1.0 - root) / 2.0)


def typical_share(length: int, bits: int, features: int) -> float:
    """Expected share of filter bits that so many features set before diffusion: the fullness that a filter is taken to have."""
    return 1.0 - (1.0 - 1.0 / length) ** (features * bits)


@functools.lru_cache(maxsize=256)
def limits_of(shape: Shape, t: int, cuts: tuple[float, ...]) -> Limits:
    """How many bits must differ to miss each level, shape (levels,); the first level is that both sides hold the field.

    ``shape`` is length, bits of a feature, and how many features are typical. A cut is a Dice coefficient of two filters of typical
    fullness; it never rises with the number of differing bits.
    """
    length, both = shape[0], 2.0 * typical_share(*shape)
    dice = 1.0 - before_diffusion(length, t) / both
    return np.array([length + 1, *((dice >= cut).sum() for cut in cuts)], dtype=np.uint16)


@functools.lru_cache(maxsize=256)
def worth_of(shape: Shape, t: int, cuts: tuple[float, ...], radix: int) -> NDArray[np.int64]:
    """``radix * level`` by number of differing bits, shape (length + 1,)."""
    return np.asarray(radix * (np.arange(shape[0] + 1)[:, None] < limits_of(shape, t, cuts)).sum(axis=1), dtype=np.int64)


@njit(nogil=True, cache=True)
def tiles_of(left_rows, right_rows):  # type: ignore[no-untyped-def]
    """Rectangles among pairs of rows, (tiles, 3): the first pair, rows on the right, rows on the left; at least ``SMALLEST`` of each.

    In a rectangle each of some neighbouring left rows meets the same neighbouring right rows, in order.
    """
    found, pair = [(0, 0, 0) for _ in range(0)], 0
    while pair < left_rows.size:
        width = 1
        while (
            pair + width < left_rows.size
            and left_rows[pair + width] == left_rows[pair]
            and right_rows[pair + width] == right_rows[pair] + width
        ):
            width += 1
        height = _height(left_rows, right_rows, pair, width) if width >= SMALLEST else 1
        if height >= SMALLEST:
            found.append((pair, width, height))
        pair += width * height
    tiles = np.empty((len(found), 3), np.int64)
    for number, tile in enumerate(found):
        tiles[number, 0], tiles[number, 1], tiles[number, 2] = tile
    return tiles


@njit(nogil=True, cache=True)
def _height(left_rows, right_rows, pair, width):  # type: ignore[no-untyped-def]
    """How many rising left rows from ``pair`` on meet the same ``width`` right rows."""
    height, first = 1, right_rows[pair : pair + width]
    while pair + (height + 1) * width <= left_rows.size:
        start, strange = pair + height * width, 0
        left, right = left_rows[start : start + width], right_rows[start : start + width]
        wanted = np.uint32(left_rows[pair] + height)
        for at in range(width):  # to the end, for a loop that may stop early takes one pair at a time
            strange += (left[at] != wanted) | (right[at] != first[at])
        if strange:
            break
        height += 1
    return height


@functools.cache
def kernel_of(words: int) -> Callable[..., None]:
    """Adds ``radix * level`` of one filter of so many words to the code of each pair of rows; compiled once for each number of words."""

    @njit(nogil=True, cache=True)
    def add_levels(filters, tags, rows, tiles, levels, codes):  # type: ignore[no-untyped-def]
        """``filters``, ``tags`` and ``rows`` are each a left and a right side, ``tiles`` as ``tiles_of`` found them, ``levels`` the limits,
        the radix, and ``radix * level`` by number of differing bits. Where tags differ a side lacks the field, and the level is 0."""
        left, right = filters
        limits, radix, worth = levels
        pair = 0
        for number in range(tiles.shape[0] + 1):
            start = tiles[number, 0] if number < tiles.shape[0] else rows[0].size
            ours, theirs, out = rows[0][pair:start], rows[1][pair:start], codes[pair:start]
            for one in range(out.size):
                i, j = ours[one], theirs[one]
                if tags[0][i] == tags[1][j]:
                    out[one] += worth[differing(left, i, right, j, words)]  # type: ignore[call-arg]
            if number < tiles.shape[0]:
                width, height = tiles[number, 1], tiles[number, 2]
                i, j, pair = rows[0][start], rows[1][start], start + width * height
                turned = _turned(right[j : j + width])
                found, level = np.empty(turned.shape[0] * LANES, np.uint16), np.empty(width, np.uint16)
                others = tags[1][j : j + width]
                for row in range(height):
                    for group in range(turned.shape[0]):
                        differing_from_eight(left, i + row, turned, group, found, words)  # type: ignore[call-arg]
                    _cut(found, limits, level)
                    _add(level, radix, (tags[0][i + row], others), codes[start + row * width : start + (row + 1) * width])

    return cast(Callable[..., None], add_levels)


@njit(nogil=True, cache=True)
def _turned(rows):  # type: ignore[no-untyped-def]
    """Filters (n, words) by eights, (groups, words, 8): their first words, then their second ones; zeros fill the last group."""
    count, words = rows.shape
    turned = np.zeros(((count + LANES - 1) // LANES, words, LANES), np.uint64)
    for row in range(count):
        for word in range(words):
            turned[row // LANES, word, row % LANES] = rows[row, word]
    return turned


@njit(nogil=True, cache=True)
def _cut(found, limits, level):  # type: ignore[no-untyped-def]
    """Levels of numbers of differing bits."""
    level[:] = 0
    for cut in range(limits.size):
        limit = limits[cut]
        for at in range(level.size):
            level[at] += np.uint16(found[at] < limit)


@njit(nogil=True, cache=True)
def _add(level, radix, tags, codes):  # type: ignore[no-untyped-def]
    """Add ``radix * level`` where the tag of the left row is that of the right one."""
    ours, theirs = tags
    for at in range(level.size):
        codes[at] += np.int64(level[at]) * radix * (theirs[at] == ours)
