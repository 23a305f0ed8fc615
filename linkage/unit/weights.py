"""Match weights: the theory of Fellegi and Sunter on counts of level patterns, without labels [FellegiSunter1969].

The rules of this room:
1. A pattern is the levels of all filters. Dependent filters form a group, and a group's joint cell is one comparison: agreement of
   surname, given name and whole name is counted once.
2. u, the distribution of cells among non-matches, comes from pairs inside one owner's own data, which the owners count at home; pairs
   that meet in a block are all counted, so that relatives and sequential serials weigh what they weigh.
3. Dependence is measured there too: comparisons with filters that agree together far more often than by chance are joined (somebody who
   works under a brother's social security number shares his surname as well). That only ever raises u: of a joint cell it is what was
   counted, and never less than what the comparisons say apart, so that few counted pairs are enough.
4. m, the distribution among matches, starts from defaults and is learned by one-to-one self-training (``training``). Plain
   expectation-maximisation diverges when matches are few.
5. What a cell's share is, seen or not, is said in ``distributions``.
6. Where the agreement says so (``between``), u is lowered for cells that met less often between two owners than inside each: chains of
   companies and boxes of guns lie at one owner, relatives everywhere.
7. A pair that u was counted from would find itself in u. Where it is weighed it is left out of the counts (``without``).
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.similarity import Codes, levels_of
from linkage.unit.distributions import CellCounts, Floats, Levels, MatchShares, NonMatchShares, Places, distinct, packed

Group = tuple[int, ...]

LIFT = 20.0  # dependence: co-agreement against chance
TOGETHER = 60  # and how many pairs must have been seen to show it
LARGEST_GROUP = 2.0**40  # cells; they are never laid out


class PatternCounts:
    """Distinct pattern codes, rising, with a weight each, shape (patterns,)."""

    __slots__ = ("codes", "counts")

    def __init__(self, codes: Codes, counts: Floats) -> None:
        self.codes, self.counts = codes, counts


def comparisons_of(rule: EntityRule, samples: list[NonMatches]) -> list[Group]:
    """Groups of filters, each one comparison: the agreement's, joined where the owners' own pairs show dependence."""
    sizes = [rule.filters[name].codes for name in rule.filter_names]
    groups = [set(group) for group in agreed_comparisons(rule)]
    dependent = sorted(found for sample in samples for found in _dependent(rule, sample))
    for _, left, right in dependent:
        first = next(group for group in groups if left in group)
        second = next(group for group in groups if right in group)
        together = first | second
        if first is not second and np.prod([float(sizes[member]) for member in together]) <= LARGEST_GROUP:
            groups = [group for group in groups if group is not first and group is not second] + [together]
    return sorted(tuple(sorted(group)) for group in groups)


def agreed_comparisons(rule: EntityRule) -> list[Group]:
    """The agreement's groups of filters, and each other filter alone."""
    index = {name: number for number, name in enumerate(rule.filter_names)}
    agreed = [tuple(sorted(index[name] for name in group)) for group in rule.groups]
    return agreed + [(one,) for one in range(len(index)) if not any(one in group for group in agreed)]


def joined_in(rule: EntityRule, group: Group) -> list[Places]:
    """Places, within a group, of the filters of each comparison that was joined into it."""
    return [[group.index(member) for member in agreed] for agreed in agreed_comparisons(rule) if set(agreed) <= set(group)]


def _dependent(rule: EntityRule, sample: NonMatches) -> list[tuple[float, int, int]]:
    """Pairs of filters whose best agreements occur together in one owner's data: (-lift, filter, filter)."""
    levels, counts, seen = levels_of(sample.codes, rule), sample.weighted(), sample.met + sample.sampled
    best = np.array([rule.filters[name].codes - 1 for name in rule.filter_names])
    agree, present = levels == best, levels > 0
    found = []
    for left, right in combinations(range(levels.shape[1]), 2):
        together = agree[:, left] & agree[:, right]
        if seen[together].sum() < TOGETHER:
            continue
        both = present[:, left] & present[:, right]
        apart = counts[both & agree[:, left]].sum() * counts[both & agree[:, right]].sum()
        lift = float(counts[together].sum() * counts[both].sum() / apart)
        if lift >= LIFT:
            found.append((-lift, left, right))
    return found


def sizes_of(rule: EntityRule, group: Group) -> list[int]:
    """How many levels each filter of a group has, missing included."""
    return [rule.filters[rule.filter_names[member]].codes for member in group]


def hit_together(rule: EntityRule, group: Group) -> list[Places]:
    """Places of a group's filters that one error hits together: they hold the same fields, or have the same label."""
    parts: list[set[int]] = []
    for place, number in enumerate(group):
        filter_rule = rule.filters[rule.filter_names[number]]
        near = {place}
        for other, name in enumerate(rule.filter_names[one] for one in group):
            if rule.filters[name].label == filter_rule.label or set(rule.filters[name].fields) & set(filter_rule.fields):
                near.add(other)
        joined = set.union(near, *(part for part in parts if part & near))
        parts = [part for part in parts if not part & near] + [joined]
    return sorted(sorted(part) for part in parts)


class Cells:
    """The cells that patterns have in each group of filters; those of the patterns asked last are kept, for rounds ask again."""

    __slots__ = ("_codes", "_found", "_levels", "groups", "rule")

    def __init__(self, rule: EntityRule, groups: list[Group]) -> None:
        self.rule, self.groups = rule, groups
        self._codes: Codes | None = None
        self._levels: Levels = np.zeros((0, 0), np.int8)
        self._found: list[tuple[Levels, NDArray[np.int64]]] = []

    def levels(self, codes: Codes) -> Levels:
        """Levels of all filters, shape (patterns, filters)."""
        self._look_at(codes)
        return self._levels

    def of(self, codes: Codes) -> list[tuple[Levels, NDArray[np.int64]]]:
        """Of each group its distinct cells, and which of them each pattern has, shape (patterns,)."""
        self._look_at(codes)
        return self._found

    def _look_at(self, codes: Codes) -> None:
        if codes is not self._codes:
            self._levels = levels_of(codes, self.rule)
            self._found = [self._of_group(group, codes.size) for group in self.groups]
            self._codes = codes

    def _of_group(self, group: Group, patterns: int) -> tuple[Levels, NDArray[np.int64]]:
        keys, place = distinct(packed(self._levels[:, group], sizes_of(self.rule, group)))
        example = np.empty(keys.size, dtype=np.int64)
        example[place] = np.arange(patterns)
        return self._levels[example][:, group], place


class Weights:
    """log2(m / u) of any pattern: of each group's cell, added up."""

    __slots__ = ("_cells", "_m", "_u")

    def __init__(self, cells: Cells, m: list[MatchShares], u: list[NonMatchShares]) -> None:
        self._cells, self._m, self._u = cells, m, u

    def of(self, codes: Codes, without: float = 0.0) -> Floats:
        """Match weight of each pattern, shape (patterns,), as if ``without`` pairs of it had not been counted for u."""
        return np.asarray(sum(self.by_group(codes, without).T, np.zeros(codes.size)))

    @property
    def rule(self) -> EntityRule:
        return self._cells.rule

    @property
    def groups(self) -> list[Group]:
        return self._cells.groups

    @property
    def comparisons(self) -> list[tuple[str, ...]]:
        """Names of the filters of each group, in the order of ``by_group``."""
        return [tuple(self.rule.filter_names[member] for member in group) for group in self.groups]

    def by_group(self, codes: Codes, without: float = 0.0) -> Floats:
        """Each group's part in the weight of each pattern, shape (patterns, groups)."""
        parts = np.zeros((codes.size, len(self._m)))
        for at, (cells, place) in enumerate(self._cells.of(codes)):
            parts[:, at] = np.log2(self._m[at].shares(cells) / self._u[at].shares(cells, without))[place]
        return parts


class Evidence:
    """What two owners' packages say about non-matches: the comparisons and u; m is learned on top.

    ``own``: how many of the owners' own pairs that met have each pattern.
    """

    __slots__ = ("_alike", "_cells", "_met", "groups", "own", "rule", "sizes", "u")

    def __init__(self, rule: EntityRule, samples: list[NonMatches], sizes: tuple[int, int]) -> None:
        self.rule, self.sizes = rule, sizes
        self.groups = comparisons_of(rule, samples)
        self._cells = Cells(rule, self.groups)
        codes = np.concatenate([sample.codes for sample in samples])
        everyone = PatternCounts(codes, np.concatenate([sample.weighted() for sample in samples]))
        self.own = PatternCounts(codes, np.concatenate([sample.weighted_met() for sample in samples]))
        self._met = self._counted(self.own)
        self._alike = sum(sample.all_pairs for sample in samples) / max(sizes[0] * sizes[1], 1)
        self.u = [
            NonMatchShares(*counted, joined_in(rule, group)) for counted, group in zip(self._of_groups(everyone), self.groups, strict=True)
        ]

    def between(self, seen: PatternCounts) -> "Evidence":
        """The same evidence with u lowered by the non-matches ``seen`` between the two owners, where the agreement says so."""
        if not self.rule.between:
            return self
        other = Evidence.__new__(Evidence)
        other.rule, other.sizes, other.groups, other.own = self.rule, self.sizes, self.groups, self.own
        other._met, other._alike, other._cells = self._met, self._alike, self._cells
        between = self._counted(PatternCounts(seen.codes, seen.counts * self._alike))
        other.u = [u.corrected(met, cells) for u, met, cells in zip(self.u, self._met, between, strict=True)]
        return other

    def weights(self, matches: PatternCounts) -> Weights:
        """Weights from expected counts of matching patterns; no counts at all give the defaults."""
        counted = zip(self._of_groups(matches), self.groups, strict=True)
        m = [MatchShares(*group_counts, hit_together(self.rule, group)) for group_counts, group in counted]
        return Weights(self._cells, m, self.u)

    def _counted(self, counts: PatternCounts) -> list[CellCounts]:
        return [CellCounts(*counted) for counted in self._of_groups(counts)]

    def _of_groups(self, counts: PatternCounts) -> list[tuple[Levels, Floats, list[int]]]:
        levels = self._cells.levels(counts.codes)
        return [(levels[:, group], counts.counts, sizes_of(self.rule, group)) for group in self.groups]
