"""Slow twins of the unit: the join, the weights, the competition and the clustering, written to be believed by reading."""

import math
from collections.abc import Callable, Sequence
from itertools import combinations

Levels = tuple[int, ...]
Node = tuple[str, bytes]
Weighed = tuple[Node, Node, float]  # two records and the weight of their pair


def joined(left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Row numbers of all pairs with equal tokens."""
    return [(i, j) for i in range(len(left)) for j in range(len(right)) if left[i] == right[j]]


def differing_level(left: int, right: int, full: float, cuts: Sequence[float]) -> int:
    """Level of two undiffused filters, given as numbers whose one-bits are the filter's: 0 missing, 1 disagreement, then upwards.

    ``full`` is how many one-bits are typical; a cut is the Dice coefficient of two filters so full.
    """
    if not left or not right:
        return 0
    dice = 1 - (left ^ right).bit_count() / (2 * full)
    return 1 + sum(dice >= cut for cut in cuts)


def pattern_code(levels: Levels, codes: Sequence[int]) -> int:
    """A pattern as a number: levels are digits, the first one the smallest."""
    number, place = 0, 1
    for level, count in zip(levels, codes, strict=True):
        number, place = number + place * level, place * count
    return number


def share(counts: dict[Levels, float], at: int, level: int, default: Sequence[float], pairs: float) -> float:
    """Share of a level of one filter among the patterns that have it, with ``pairs`` imagined pairs of the default distribution."""
    seen = sum(count for levels, count in counts.items() if levels[at] == level)
    present = sum(count for levels, count in counts.items() if levels[at] > 0)
    return (seen + pairs * default[level]) / (present + pairs)


def weight(levels: Levels, m: Callable[[int, int], float], u: Callable[[int, int], float]) -> float:
    """Match weight of a pattern of independent filters: log2(m / u) of every filter that is not missing [FellegiSunter1969]."""
    return sum(math.log2(m(at, level) / u(at, level)) for at, level in enumerate(levels) if level)


def competed(pairs: Sequence[tuple[int, int, float]]) -> list[float]:
    """Probability of each pair (left, right, odds) against all that share a side with it, and against no match."""
    found = []
    for one, (left, right, odds) in enumerate(pairs):
        rivals = sum(other for number, (a, b, other) in enumerate(pairs) if number != one and (a == left or b == right))
        found.append(odds / (1 + odds + rivals))
    return found


def clustered(pairs: Sequence[Weighed]) -> tuple[set[frozenset[Node]], set[tuple[Node, Node]]]:
    """Clusters of two or more, and contested pairs: heaviest pair first, and never two records of one owner in a cluster."""
    clusters = {frozenset([node]) for left, right, _ in pairs for node in (left, right)}
    contested = set()
    for left, right, _ in sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1])):
        first, second = (next(cluster for cluster in clusters if node in cluster) for node in (left, right))
        together = first | second
        if any(one[0] == other[0] for one, other in combinations(together, 2)):
            contested.add((left, right))
        else:
            clusters = (clusters - {first, second}) | {together}
    return {cluster for cluster in clusters if len(cluster) > 1}, contested


def counted(counts: dict[Levels, float], cell: Levels) -> tuple[float, float]:
    """How often the present levels of a cell were counted together, among patterns that have these filters, and how many those are."""
    present = [at for at, level in enumerate(cell) if level]
    fuller = {levels: count for levels, count in counts.items() if all(levels[at] for at in present)}
    return sum(count for levels, count in fuller.items() if all(levels[at] == cell[at] for at in present)), sum(fuller.values())


def leaning(seen: float, total: float, apart: Sequence[float]) -> float:
    """Share of a joint cell of m: three tenths of it (more where few matches are known) rest on what its filters say apart."""
    lean = max(0.3, 20 / (20 + total))
    return (1 - lean) * (seen / total if total else 0.0) + lean * math.sqrt(math.prod(apart) * min(apart))
