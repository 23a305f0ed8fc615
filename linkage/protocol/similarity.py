"""How two encodings of one filter become an agreement level: differing bits, cut into levels.

The rules of this room:
1. Missing on either side is level 0 and no evidence; disagreement is level 1; the best agreement the highest. Whether both sides hold a
   field is said by their tags alone: equal where both do, and by chance in one of 65,536 pairs where one does not.
2. Filters are padded with their block's words, the same on both sides, so that the number of differing bits is all there is to see.
3. Diffusion makes each travelling bit the XOR of t filter bits [Armknecht2018]. If a share h of the filter bits differs, a share
   H = (1 - (1 - 2h)^t) / 2 of the travelling bits differs. Solving for h, and taking both filters to be as full as the agreement says is
   typical, estimates the Dice coefficient of the filters, so that cut points mean the same whatever t is. An odd t tells h above a half
   too; an even one does not, and more than half then counts as half.
4. A pair becomes one integer: its levels as digits of a mixed-radix number, filters in agreement order.
5. Both sides know this room: the unit compares records of two owners, an owner measures its own non-matching pairs.
"""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.tiles import kernel_of, limits_of, tiles_of, worth_of

Words = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Codes = NDArray[np.int64]
Tags = NDArray[np.uint16]


class Filters(Protocol):
    """What is compared of some postings: packed bits by filter name, each (n, length / 64), and tags (n, filters), in agreement order."""

    @property
    def filters(self) -> dict[str, Words]: ...

    @property
    def tags(self) -> NDArray[Any]: ...


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


def pattern_codes(rule: EntityRule, diffusion: int, left: Filters, right: Filters, rows: tuple[Rows, Rows]) -> Codes:
    """Level pattern of each pair of rows, shape (pairs,)."""
    codes, tiles = np.zeros(rows[0].size, dtype=np.int64), tiles_of(*rows)
    for number, (name, radix) in enumerate(zip(rule.filter_names, radixes(rule), strict=True)):
        filter_rule = rule.filters[name]
        cut = filter_rule.shape, diffusion, tuple(filter_rule.levels)
        levels = limits_of(*cut), radix, worth_of(*cut, radix)
        tags = np.ascontiguousarray(left.tags[:, number]), np.ascontiguousarray(right.tags[:, number])
        kernel_of(filter_rule.length // 64)((left.filters[name], right.filters[name]), tags, rows, tiles, levels, codes)
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
