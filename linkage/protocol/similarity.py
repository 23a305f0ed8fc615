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
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule, FilterRule

Words = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Codes = NDArray[np.int64]


@intrinsic
def _popcount(typing_context, word):  # type: ignore[no-untyped-def]
    """One-bits of a 64-bit word by the processor's own instruction (LLVM ``ctpop``)."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


def before_diffusion(length: int, t: int) -> NDArray[np.float64]:
    """Expected share of differing (or set) filter bits for each count of travelling bits, shape (length + 1,); 0..0.5 if t is even."""
    rest = 1.0 - 2.0 * np.arange(length + 1) / length
    root = np.maximum(0.0, rest) ** (1.0 / t)
    if t % 2:
        root -= np.maximum(0.0, -rest) ** (1.0 / t)
    return np.asarray((1.0 - root) / 2.0)


@njit(nogil=True, cache=True)
def _add_levels(left, right, left_rows, right_rows, share, cuts, radix, codes):  # type: ignore[no-untyped-def]  # noqa: PLR0913
    """Add ``radix * level`` of one filter to the code of each pair of rows."""
    words = left.shape[1]
    for pair in range(left_rows.size):
        i, j = left_rows[pair], right_rows[pair]
        differing, ones_left, ones_right = np.uint64(0), np.uint64(0), np.uint64(0)
        for word in range(words):
            a, b = left[i, word], right[j, word]
            differing += _popcount(a ^ b)  # type: ignore[call-arg]
            ones_left += _popcount(a)
            ones_right += _popcount(b)
        if ones_left == 0 or ones_right == 0:
            continue
        dice = 1.0 - share[differing] / (share[ones_left] + share[ones_right])
        level = 1
        for cut in cuts:
            if dice >= cut:
                level += 1
        codes[pair] += radix * level


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
    codes = np.zeros(rows[0].size, dtype=np.int64)
    for name, radix in zip(rule.filter_names, radixes(rule), strict=True):
        filter_rule: FilterRule = rule.filters[name]
        share = before_diffusion(filter_rule.length, diffusion)
        cuts = np.array(filter_rule.levels)
        _add_levels(left[name], right[name], rows[0], rows[1], share, cuts, radix, codes)
    return codes


def levels_of(codes: Codes, rule: EntityRule) -> NDArray[np.int8]:
    """Digits of pattern codes: level of each filter, shape (codes, filters)."""
    columns = []
    for name, radix in zip(rule.filter_names, radixes(rule), strict=True):
        columns.append(codes // radix % rule.filters[name].codes)
    return np.stack(columns, axis=1).astype(np.int8) if columns else np.zeros((codes.size, 0), np.int8)
