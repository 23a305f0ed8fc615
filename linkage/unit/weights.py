"""Match weights: the theory of Fellegi and Sunter on counts of level patterns, without labels [FellegiSunter1969].

The rules of this room:
1. A pattern is the levels of all filters. Dependent filters form a group, and a group's joint cell is one comparison: agreement of
   surname, given name and whole name is counted once.
2. u, the distribution of cells among non-matches, comes from pairs inside one owner's own data, which the owners count at home.
   Dependence is measured there too: two filters that agree together far more often than by chance are grouped.
3. m, the distribution among matches, starts from defaults and is learned by one-to-one self-training (``training``). Plain
   expectation-maximisation diverges when matches are few.
4. A missing filter says nothing: cells are compared among patterns with the same filters present, and counts of fuller patterns are
   projected on emptier ones.
5. An unseen cell is worth what its filters are worth apart, but never less likely under non-matches than half a pair in the sample.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.agreement import EntityRule
from linkage.protocol.similarity import Codes, levels_of

Floats = NDArray[np.float64]
Group = tuple[int, ...]

LIFT, TOGETHER = 20.0, 60  # dependence: co-agreement against chance, and how many pairs must show it
LARGEST_GROUP = 1 << 20  # cells
PRIOR_PAIRS = 8.0  # weight of the independent product in a group's cells, in pairs
DEFAULT_PAIRS = 4.0  # weight of the default m of a filter, in pairs


class PatternCounts:
    """Distinct pattern codes, rising, with a weight each, shape (patterns,)."""

    __slots__ = ("codes", "counts")

    def __init__(self, codes: Codes, counts: Floats) -> None:
        self.codes, self.counts = codes, counts

    @classmethod
    def merged(cls, several: "list[PatternCounts]") -> "PatternCounts":
        codes, inverse = np.unique(np.concatenate([part.codes for part in several]), return_inverse=True)
        counts = np.bincount(inverse.reshape(-1), np.concatenate([part.counts for part in several]), minlength=codes.size)
        return cls(codes, counts)


def default_m(levels: int) -> Floats:
    """Expected share of each level among matches, missing (0) left out: mostly full agreement, halving downwards."""
    shares = np.concatenate([[0.0, 0.08], 0.5 ** np.arange(levels - 2, 0, -1)])
    shares[-1] = 2.0
    return np.asarray(shares / shares.sum())


def default_u(levels: int) -> Floats:
    """Before any pair was counted: agreement is rare among non-matches."""
    shares = np.concatenate([[0.0, 1.0], 0.3 ** np.arange(1, levels - 1)])
    return np.asarray(shares / shares.sum())


class Comparisons:
    """How the filters of an entity type are grouped into comparisons, and where each pattern falls."""

    __slots__ = ("groups", "rule", "sizes")

    def __init__(self, rule: EntityRule, groups: list[Group]) -> None:
        self.rule, self.groups = rule, groups
        self.sizes = [rule.filters[name].codes for name in rule.filter_names]

    def cells(self, levels: NDArray[np.int8], group: Group) -> NDArray[np.int64]:
        """Joint cell of each pattern in a group, shape (patterns,); 0 where all of it is missing."""
        cell = np.zeros(levels.shape[0], dtype=np.int64)
        for member in group:
            cell = cell * self.sizes[member] + levels[:, member]
        return cell

    def cell_count(self, group: Group) -> int:
        return int(np.prod([self.sizes[member] for member in group]))

    def cell_levels(self, group: Group) -> NDArray[np.int8]:
        """Levels of the members in every cell of the group, shape (cells, members)."""
        return np.indices([self.sizes[member] for member in group]).reshape(len(group), -1).T.astype(np.int8)


def comparisons_of(rule: EntityRule, non_matches: PatternCounts) -> Comparisons:
    """The agreement's groups, joined where the owners' own non-matching pairs show dependence."""
    index = {name: number for number, name in enumerate(rule.filter_names)}
    agreed = [{index[name] for name in group} for group in rule.groups]
    sizes = [rule.filters[name].codes for name in rule.filter_names]
    groups = agreed + [{one} for one in range(len(index)) if not any(one in group for group in agreed)]
    for _, left, right in _dependent(rule, non_matches):
        first = next(group for group in groups if left in group)
        second = next(group for group in groups if right in group)
        together = first | second
        if first is not second and np.prod([float(sizes[member]) for member in together]) <= LARGEST_GROUP:
            groups = [group for group in groups if group is not first and group is not second] + [together]
    return Comparisons(rule, sorted(tuple(sorted(group)) for group in groups))


def _dependent(rule: EntityRule, non_matches: PatternCounts) -> list[tuple[float, int, int]]:
    """Pairs of filters whose best agreements occur together, strongest first: (-lift, filter, filter)."""
    if not non_matches.codes.size:
        return []
    levels = levels_of(non_matches.codes, rule)
    best = np.array([rule.filters[name].codes - 1 for name in rule.filter_names])
    agree, present, counts = levels == best, levels > 0, non_matches.counts
    found = []
    for left, right in combinations(range(levels.shape[1]), 2):
        both = present[:, left] & present[:, right]
        total = counts[both].sum()
        together = counts[agree[:, left] & agree[:, right]].sum()
        if together < TOGETHER:
            continue
        lift = together * total / (counts[both & agree[:, left]].sum() * counts[both & agree[:, right]].sum())
        if lift >= LIFT:
            found.append((-float(lift), left, right))
    return sorted(found)


def cell_shares(comparisons: Comparisons, group: Group, counts: PatternCounts, defaults: list[Floats], floor: bool) -> Floats:
    """Share of each cell among patterns with the same filters present, shape (cells,); cell 0 (all missing) is 1.

    ``defaults``: expected level shares of each member; ``floor``: at least half a pair of the sample (rule 5).
    """
    levels = levels_of(counts.codes, comparisons.rule)[:, list(group)]
    marginals = [_marginal(levels[:, at], counts.counts, default) for at, default in enumerate(defaults)]
    every = comparisons.cell_levels(group)
    shares = np.ones(len(every))
    for size in range(1, len(group) + 1):
        for members in combinations(range(len(group)), size):
            here = ((every > 0) == np.isin(np.arange(len(group)), members)).all(axis=1)
            kept = (levels[:, members] > 0).all(axis=1)
            projected = np.zeros((int(kept.sum()), len(group)), dtype=np.int8)
            projected[:, members] = levels[kept][:, members]
            sizes = [comparisons.sizes[member] for member in group]
            flat = np.ravel_multi_index(tuple(projected.T.astype(np.int64)), sizes) if kept.any() else np.zeros(0, np.int64)
            seen = np.bincount(flat, counts.counts[kept], minlength=len(every))[here]
            expected = np.prod([marginals[at][every[here][:, at]] for at in members], axis=0)
            share = seen + PRIOR_PAIRS * expected if size > 1 else expected
            total = share.sum()
            share = share / total
            shares[here] = np.maximum(share, 0.5 / max(counts.counts[kept].sum(), 1.0)) if floor else share
    return shares


def _marginal(levels: NDArray[np.int8], counts: Floats, default: Floats) -> Floats:
    seen = np.bincount(levels, counts, minlength=default.size)
    seen[0] = 0.0
    share = seen + DEFAULT_PAIRS * default
    share[0] = 0.0
    return np.asarray(share / share.sum())


class Weights:
    """log2(m / u) of every cell of every group."""

    __slots__ = ("comparisons", "m", "tables", "u")

    def __init__(self, comparisons: Comparisons, m: list[Floats], u: list[Floats]) -> None:
        self.comparisons, self.m, self.u = comparisons, m, u
        self.tables = [np.log2(np.maximum(most, 1e-9) / np.maximum(least, 1e-12)) for most, least in zip(m, u, strict=True)]

    def of(self, codes: Codes) -> Floats:
        """Match weight of each pattern, shape (patterns,)."""
        levels = levels_of(codes, self.comparisons.rule)
        weight = np.zeros(codes.size)
        for group, table in zip(self.comparisons.groups, self.tables, strict=True):
            weight += table[self.comparisons.cells(levels, group)]
        return weight


def weights_from(comparisons: Comparisons, matches: PatternCounts, u: list[Floats]) -> Weights:
    """Weights from expected counts of matching patterns; no counts at all give the defaults."""
    m = [
        cell_shares(comparisons, group, matches, [default_m(comparisons.sizes[member]) for member in group], floor=False)
        for group in comparisons.groups
    ]
    return Weights(comparisons, m, u)


def non_match_shares(comparisons: Comparisons, non_matches: PatternCounts) -> list[Floats]:
    """u of every group from the owners' own pairs."""
    return [
        cell_shares(comparisons, group, non_matches, [default_u(comparisons.sizes[member]) for member in group], floor=True)
        for group in comparisons.groups
    ]
