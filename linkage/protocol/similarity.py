"""How two encodings of one filter become an agreement level: Dice before diffusion, cut into levels.

The rules of this room:
1. Missing on either side is level 0 and no evidence; disagreement is level 1; the best agreement the highest.
2. Diffusion makes each travelling bit the XOR of t filter bits [Armknecht2018]. If a share h of the filter bits differs, a share
   H = (1 - (1 - 2h)^t) / 2 of the travelling bits differs. Solving for h estimates the Dice coefficient that the filters had
   before diffusion, so that cut points mean the same whatever t is. An odd t tells h above a half too; an even one does not, and
   more than half then counts as half.
3. A pair becomes one integer: its levels as digits of a mixed-radix number, filters in agreement order.
4. Both sides know this room: the unit compares records of two owners, an owner measures its own non-matching pairs.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.tiles import add_tile, limits_of, popcount, tiles_of

Words = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Codes = NDArray[np.int64]


@njit(nogil=True, cache=True)
def _add_levels(left, right, left_rows, right_rows, tiles, limits, radix, codes):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Add ``radix * level`` of one filter to the code of each pair of rows; ``tiles`` as ``tiles_of`` found them."""
    pair = 0
    for number in range(tiles.shape[0] + 1):
        start = tiles[number, 0] if number < tiles.shape[0] else left_rows.size
        for one in range(pair, start):
            codes[one] += radix * _level(left, right, left_rows[one], right_rows[one], limits)
        if number < tiles.shape[0]:
            width, height = tiles[number, 1], tiles[number, 2]
            i, j, pair = left_rows[start], right_rows[start], start + width * height
            add_tile(left[i : i + height], right[j : j + width], limits, radix, codes[start:pair])


@njit(nogil=True, cache=True, inline="always")
def _level(left, right, i, j, limits):  # type: ignore[no-untyped-def]
    """Level of two filters, 0 where one is missing."""
    differing, ones_left, ones_right = np.uint64(0), np.uint64(0), np.uint64(0)
    for word in range(left.shape[1]):
        a, b = left[i, word], right[j, word]
        differing += popcount(a ^ b)
        ones_left += popcount(a)
        ones_right += popcount(b)
    level = 0
    for cut in range(limits.shape[2]):
        level += differing < limits[ones_left, ones_right, cut]
    return level


def radixes(rule: EntityRule) -> list[int]:
    """Place value of each filter in the pattern code, in agreement order."""
    values, place = [], 1
    for name in rule.filter_names:
        values.append(place)
        place *= rule.filters[name].codes
    return values


def cells_of(rule: EntityRule) -> int:
    """How many pattern codes there are: 0 to this, exclusive."""
    return math.prod(rule.filters[name].codes for name in rule.filter_names)


def pattern_codes(rule: EntityRule, diffusion: int, left: dict[str, Words], right: dict[str, Words], rows: tuple[Rows, Rows]) -> Codes:
    """Level pattern of each pair of rows, shape (pairs,).

    ``left`` and ``right`` hold each filter's packed bits, shape (n, length / 64); an all-zero row is a missing field.
    """
    codes, tiles = np.zeros(rows[0].size, dtype=np.int64), tiles_of(*rows)
    for name, radix in zip(rule.filter_names, radixes(rule), strict=True):
        filter_rule = rule.filters[name]
        limits = limits_of(filter_rule.length, diffusion, tuple(filter_rule.levels))
        _add_levels(left[name], right[name], *rows, tiles, limits, radix, codes)
    return codes


def levels_of(codes: Codes, rule: EntityRule) -> NDArray[np.int8]:
    """Digits of pattern codes: level of each filter, shape (codes, filters); filter after filter in memory, as they are looked at."""
    levels, rest = np.zeros((codes.size, len(rule.filter_names)), np.int8, order="F"), codes
    for at, name in enumerate(rule.filter_names):
        size = rule.filters[name].codes
        above = rest // size
        levels[:, at] = rest - above * size
        rest = above
    return levels
