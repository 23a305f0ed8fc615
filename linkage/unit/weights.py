"""Match weights: the theory of Fellegi and Sunter on counts of level patterns, without labels [FellegiSunter1969].

The rules of this room:
1. A pattern is the levels of all filters. Dependent filters form a group, and a group's joint cell is one comparison: agreement of
   surname, given name and whole name is counted once.
2. u, the distribution of cells among non-matches, comes from pairs inside one owner's own data, which the owners count at home; pairs
   that meet in a block are all counted, so that relatives and sequential serials weigh what they weigh.
3. Dependence is measured there too: two filters that agree together far more often than by chance are grouped.
4. m, the distribution among matches, starts from defaults and is learned by one-to-one self-training (``training``). Plain
   expectation-maximisation diverges when matches are few.
5. A missing filter says nothing: cells are compared among patterns with the same filters present, and counts of fuller patterns are
   projected on emptier ones.
6. A joint cell of m that was seen seldom leans on what its filters say apart: on the geometric mean of independence (their product) and
   full dependence (the least of them, the upper bound of Fréchet), for one error shows in several filters of a group. Without that, a
   cell that starts out too small is never learned. A cell of u that was never seen counts as half a pair.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import Codes, levels_of

Floats = NDArray[np.float64]
Levels = NDArray[np.int8]
Group = tuple[int, ...]

LIFT = 20.0  # dependence: co-agreement against chance
TOGETHER, TOGETHER_SHARE = 60.0, 0.2  # and how many pairs must show it: so many, and so many per record, as matches would be
LARGEST_GROUP = 2.0**40  # cells; they are never laid out
DEFAULT_PAIRS = 4.0  # weight of a filter's default distribution, in pairs
APART = 0.3  # share of m that filters apart always keep in a joint cell
APART_PAIRS = 20.0  # and their weight in pairs, where matches are few


class PatternCounts:
    """Distinct pattern codes, rising, with a weight each, shape (patterns,)."""

    __slots__ = ("codes", "counts")

    def __init__(self, codes: Codes, counts: Floats) -> None:
        self.codes, self.counts = codes, counts


def default_m(levels: int) -> Floats:
    """Expected share of each level among matches, missing (0) left out: mostly full agreement, halving downwards."""
    shares = np.concatenate([[0.0, 0.08], 0.5 ** np.arange(levels - 2, 0, -1)])
    shares[-1] = 2.0
    return np.asarray(shares / shares.sum())


def default_u(levels: int) -> Floats:
    """Before any pair was counted: agreement is rare among non-matches."""
    shares = np.concatenate([[0.0, 1.0], 0.3 ** np.arange(1, levels - 1)])
    return np.asarray(shares / shares.sum())


def comparisons_of(rule: EntityRule, samples: list[NonMatches]) -> list[Group]:
    """Groups of filters, each one comparison: the agreement's, joined where the owners' own pairs show dependence."""
    index = {name: number for number, name in enumerate(rule.filter_names)}
    agreed = [{index[name] for name in group} for group in rule.groups]
    sizes = [rule.filters[name].codes for name in rule.filter_names]
    groups = agreed + [{one} for one in range(len(index)) if not any(one in group for group in agreed)]
    dependent = sorted(found for sample in samples for found in _dependent(rule, sample))
    for _, left, right in dependent:
        first = next(group for group in groups if left in group)
        second = next(group for group in groups if right in group)
        together = first | second
        if first is not second and np.prod([float(sizes[member]) for member in together]) <= LARGEST_GROUP:
            groups = [group for group in groups if group is not first and group is not second] + [together]
    return sorted(tuple(sorted(group)) for group in groups)


def _dependent(rule: EntityRule, sample: NonMatches) -> list[tuple[float, int, int]]:
    """Pairs of filters whose best agreements occur together in one owner's data: (-lift, filter, filter)."""
    levels, counts = levels_of(sample.codes, rule), sample.weighted()
    enough = max(TOGETHER, TOGETHER_SHARE * np.sqrt(2.0 * sample.all_pairs))
    best = np.array([rule.filters[name].codes - 1 for name in rule.filter_names])
    agree, present = levels == best, levels > 0
    found = []
    for left, right in combinations(range(levels.shape[1]), 2):
        together = agree[:, left] & agree[:, right]
        if counts[together].sum() < enough:
            continue
        both = present[:, left] & present[:, right]
        apart = counts[both & agree[:, left]].sum() * counts[both & agree[:, right]].sum()
        lift = float(counts[together].sum() * counts[both].sum() / apart)
        if lift >= LIFT:
            found.append((-lift, left, right))
    return found


class Weights:
    """log2(m / u) of any pattern: of each group's cell, added up."""

    __slots__ = ("_groups", "_m", "_rule", "_u")

    def __init__(self, rule: EntityRule, groups: list[Group], m: list["Distribution"], u: list["Distribution"]) -> None:
        self._rule, self._groups, self._m, self._u = rule, groups, m, u

    def of(self, codes: Codes) -> Floats:
        """Match weight of each pattern, shape (patterns,)."""
        return np.asarray(sum(self.by_group(codes).T, np.zeros(codes.size)))

    @property
    def comparisons(self) -> list[tuple[str, ...]]:
        """Names of the filters of each group, in the order of ``by_group``."""
        return [tuple(self._rule.filter_names[member] for member in group) for group in self._groups]

    def by_group(self, codes: Codes) -> Floats:
        """Each group's part in the weight of each pattern, shape (patterns, groups)."""
        levels = levels_of(codes, self._rule)
        parts = np.zeros((codes.size, len(self._groups)))
        for at, group in enumerate(self._groups):
            _, first, place = np.unique(self._m[at].packed(levels[:, group]), return_index=True, return_inverse=True)
            cells = levels[first][:, group]
            parts[:, at] = np.log2(self._m[at].shares(cells) / self._u[at].shares(cells))[place]
        return parts


class Distribution:
    """Shares of a group's cells, among patterns with the same filters present, learned from pattern counts."""

    __slots__ = ("_counts", "_floor", "_levels", "_marginals", "_projections", "_radixes")

    def __init__(self, levels: Levels, counts: Floats, defaults: list[Floats], floor: bool) -> None:
        """``levels`` (patterns, members) and ``counts`` (patterns,); ``floor``: u's treatment of the unseen (rule 6), else m's."""
        self._levels, self._counts, self._floor = levels, counts, floor
        self._marginals = [_marginal(levels[:, at], counts, default) for at, default in enumerate(defaults)]
        self._radixes = np.cumprod([1, *(default.size for default in defaults[:-1])], dtype=np.int64)
        self._projections: dict[bytes, tuple[Codes, Floats, float]] = {}

    def packed(self, cells: Levels) -> Codes:
        """Each cell as one integer, shape (cells,); it fits, as pattern codes do."""
        return np.asarray(cells.astype(np.int64) @ self._radixes)

    def shares(self, cells: Levels) -> Floats:
        """Share of each wanted cell, shape (cells,); 1 where all of it is missing. Never zero."""
        shares = np.ones(len(cells))
        masks = (cells > 0) @ (1 << np.arange(cells.shape[1], dtype=np.int64))
        for mask in np.unique(masks[masks > 0]):
            here = masks == mask
            shares[here] = self._present(cells[here], np.flatnonzero(cells[here][0]))
        return shares

    def _present(self, cells: Levels, members: NDArray[np.int64]) -> Floats:
        keys, counted, total = self._projected(members)
        wanted = self.packed(cells)
        place = np.minimum(np.searchsorted(keys, wanted), max(keys.size - 1, 0))
        found = keys[place] == wanted if keys.size else np.zeros(len(cells), dtype=bool)
        seen = np.where(found, counted[place] if keys.size else 0.0, 0.0) / max(total, 1e-9)
        marginals = np.array([self._marginals[at][cells[:, at]] for at in members])
        apart = np.sqrt(marginals.prod(axis=0) * marginals.min(axis=0))
        if members.size == 1:
            return np.maximum(apart, 0.5 / max(total, 1.0)) if self._floor else np.asarray(apart)
        if self._floor:
            return np.asarray(np.maximum(seen, 0.5 / max(total, 1.0)))
        lean = max(APART, APART_PAIRS / (APART_PAIRS + total))
        return np.asarray(np.maximum((1.0 - lean) * seen + lean * apart, 1e-12))

    def _projected(self, members: NDArray[np.int64]) -> tuple[Codes, Floats, float]:
        """Rule 5: cells of the patterns with these members present, rising, their counts, and the sum; kept, for u serves many rounds."""
        name = members.tobytes()
        if name not in self._projections:
            kept = (self._levels[:, members] > 0).all(axis=1)
            counts = self._counts[kept]
            cells = self._levels[kept][:, members].astype(np.int64) @ self._radixes[members]
            keys, place = np.unique(cells, return_inverse=True)
            summed = np.asarray(np.bincount(place, counts, minlength=keys.size), dtype=np.float64)
            self._projections[name] = keys, summed, float(counts.sum())
        return self._projections[name]


def _marginal(levels: Levels, counts: Floats, default: Floats) -> Floats:
    seen = np.bincount(levels, counts, minlength=default.size)
    share = seen + DEFAULT_PAIRS * default
    share[0] = 0.0
    return np.asarray(share / share.sum())


class Evidence:
    """What two owners' packages say about non-matches: the comparisons and u; m is learned on top."""

    __slots__ = ("groups", "rule", "sizes", "u")

    def __init__(self, rule: EntityRule, samples: list[NonMatches], sizes: tuple[int, int]) -> None:
        self.rule, self.sizes = rule, sizes
        self.groups = comparisons_of(rule, samples)
        codes = np.concatenate([sample.codes for sample in samples])
        counts = np.concatenate([sample.weighted() for sample in samples])
        self.u = self._distributions(PatternCounts(codes, counts), floor=True)

    def weights(self, matches: PatternCounts) -> Weights:
        """Weights from expected counts of matching patterns; no counts at all give the defaults."""
        return Weights(self.rule, self.groups, self._distributions(matches, floor=False), self.u)

    def _distributions(self, counts: PatternCounts, floor: bool) -> list[Distribution]:
        levels = levels_of(counts.codes, self.rule)
        default = default_u if floor else default_m
        codes = [self.rule.filters[name].codes for name in self.rule.filter_names]
        return [Distribution(levels[:, group], counts.counts, [default(codes[member]) for member in group], floor) for group in self.groups]
