"""Compare whole tiles: every row of one run with every row of another, the right side laid out word by word.

A block in which many postings meet is a rectangle of pairs. Then the right side is turned once, so that the inner loops run over
neighbours in memory and the processor takes as many of them at a time as its vectors hold; the one-bits of each side are counted once
per row and not once per pair; and the cut points of the level are looked up once for each number of one-bits on the left.
The levels are those of ``similarity``, to the last bit: the limits are cut from the same formula.
"""

import functools

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

SMALLEST = 24  # rows a side from which turning the right side pays
Limits = NDArray[np.uint16]


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


@functools.lru_cache(maxsize=64)
def limits_of(length: int, t: int, cuts: tuple[float, ...]) -> Limits:
    """How many bits must differ to miss each level, shape (length + 1, length + 1, levels), by the one-bits of left and right.

    The first level is being present at all.
    """
    share = before_diffusion(length, t)
    limits = np.zeros((length + 1, length + 1, len(cuts) + 1), dtype=np.uint16)
    limits[:, :, 0] = length + 1
    _fill_limits(share, np.array(cuts), limits)
    limits[0, :] = limits[:, 0] = 0
    return limits


@njit(nogil=True, cache=True)
def _fill_limits(share, cuts, limits):  # type: ignore[no-untyped-def]
    """By halving, for the Dice coefficient never rises with the number of differing bits."""
    for left in range(1, share.size):
        for right in range(1, share.size):
            both = share[left] + share[right]
            for level in range(cuts.size):
                low, high = 0, share.size
                while low < high:
                    middle = (low + high) // 2
                    if 1.0 - share[middle] / both >= cuts[level]:
                        low = middle + 1
                    else:
                        high = middle
                limits[left, right, level + 1] = low


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
def _ones(rows):  # type: ignore[no-untyped-def]
    ones = np.zeros(rows.shape[0], np.int64)
    for row in range(rows.shape[0]):
        for word in range(rows.shape[1]):
            ones[row] += np.int64(popcount(rows[row, word]))
    return ones


@njit(nogil=True, cache=True)
def add_tile(left, right, limits, radix, codes):  # type: ignore[no-untyped-def]
    """Add ``radix * level`` of one filter for every pair of rows of ``left`` (a, words) and ``right`` (b, words) to ``codes`` (a * b,)."""
    width = right.shape[0]
    turned = np.ascontiguousarray(right.T)
    ones_left, ones_right = _ones(left), _ones(right)
    found, level = np.empty(width, np.uint16), np.empty(width, np.uint16)
    limit = np.empty((limits.shape[2], width), np.uint16)
    known = -1
    for row in np.argsort(ones_left):
        if ones_left[row] != known:
            known = ones_left[row]
            for cut in range(limits.shape[2]):
                for at in range(width):
                    limit[cut, at] = limits[known, ones_right[at], cut]
        _differing(left[row], turned, found)
        level[:] = 0
        for cut in range(limits.shape[2]):
            line = limit[cut]
            for at in range(width):
                level[at] += np.uint16(found[at] < line[at])
        out = codes[row * width : (row + 1) * width]
        for at in range(width):
            out[at] += np.int64(level[at]) * radix
