"""Compare whole tiles: every row of one run with every row of another, the right side laid out word by word.

A block in which many postings meet is a rectangle of pairs. Then the right side is turned once, so that the inner loops run over
neighbours in memory and the processor takes as many of them at a time as its vectors hold.
The levels are those of ``similarity``, to the last bit: both count differing bits against the same limits.
"""

import functools

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

SMALLEST = 24  # rows a side from which turning the right side pays
Limits = NDArray[np.uint16]
Shape = tuple[int, int, int]
"""Of a filter: length, bits of a feature, typical number of features."""


@intrinsic
def _ctpop(typing_context, word):  # type: ignore[no-untyped-def]
    """The processor's own instruction, by way of LLVM's ``ctpop``."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


@njit(nogil=True, cache=True)
def popcount(word):  # type: ignore[no-untyped-def]
    """One-bits of a 64-bit word."""
    return _ctpop(word)  # type: ignore[call-arg]


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


@njit(nogil=True, cache=True)
def _differing(row, turned, found):  # type: ignore[no-untyped-def]
    """Differing bits of a row (words,) and each column of ``turned`` (words, b), four words at a time while there are four."""
    words, word = row.size, 0
    found[:] = 0
    while word + 4 <= words:
        a, b, c, d = row[word], row[word + 1], row[word + 2], row[word + 3]
        first, second, third, fourth = turned[word], turned[word + 1], turned[word + 2], turned[word + 3]
        for at in range(found.size):
            found[at] += np.uint16(popcount(a ^ first[at]) + popcount(b ^ second[at]) + popcount(c ^ third[at]) + popcount(d ^ fourth[at]))
        word += 4
    if word + 2 <= words:
        a, b, first, second = row[word], row[word + 1], turned[word], turned[word + 1]
        for at in range(found.size):
            found[at] += np.uint16(popcount(a ^ first[at]) + popcount(b ^ second[at]))
        word += 2
    if word < words:
        a, first = row[word], turned[word]
        for at in range(found.size):
            found[at] += np.uint16(popcount(a ^ first[at]))


@njit(nogil=True, cache=True)
def add_tile(left, right, tags, limits, radix, codes):  # type: ignore[no-untyped-def]
    """Add ``radix * level`` of one filter for every pair of rows of ``left`` (a, words) and ``right`` (b, words) to ``codes`` (a * b,).

    ``tags`` are those of the left and of the right rows: where they differ a side lacks the field, and the level is 0.
    """
    width = right.shape[0]
    turned = np.ascontiguousarray(right.T)
    found, level = np.empty(width, np.uint16), np.empty(width, np.uint16)
    for row in range(left.shape[0]):
        _differing(left[row], turned, found)
        level[:] = 0
        for cut in range(limits.size):
            limit = limits[cut]
            for at in range(width):
                level[at] += np.uint16(found[at] < limit)
        held = tags[0][row]
        out = codes[row * width : (row + 1) * width]
        for at in range(width):
            out[at] += np.int64(level[at]) * radix * (tags[1][at] == held)
