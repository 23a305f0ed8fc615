"""Slow twins of the scoreboard's measures: Python sets, one record and one pair at a time, as a textbook writes them."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations

Reference = tuple[str, str]
Pair = frozenset[Reference]


def true_pairs(entity_of: Mapping[Reference, str]) -> set[Pair]:
    return {frozenset(two) for two in combinations(entity_of, 2) if entity_of[two[0]] == entity_of[two[1]] and two[0][0] != two[1][0]}


def share(part: int, whole: int) -> float | None:
    return float(Fraction(part, whole)) if whole else None


def quality(decided: set[Pair], true: set[Pair]) -> dict[str, float | int | None]:
    right = len(decided & true)
    return {"links": len(decided), "right": right, "precision": share(right, len(decided)), "recall": share(right, len(true)),
            "f1": share(2 * right, len(decided) + len(true))}  # fmt: skip


def groups(label_of: Mapping[Reference, str], records: Iterable[Reference]) -> dict[Reference, frozenset[Reference]]:
    """Each record's group; without a label it is alone."""
    return {one: frozenset(other for other in records if other == one or (one in label_of and label_of.get(other) == label_of[one]))
            for one in records}  # fmt: skip


def b_cubed(made: Mapping[Reference, frozenset[Reference]], true: Mapping[Reference, frozenset[Reference]]) -> tuple[float, float]:
    precision = sum((Fraction(len(made[one] & true[one]), len(made[one])) for one in made), Fraction(0))
    recall = sum((Fraction(len(made[one] & true[one]), len(true[one])) for one in made), Fraction(0))
    return float(precision / len(made)), float(recall / len(made))


def whole_clusters(made: Mapping[Reference, frozenset[Reference]], true: Mapping[Reference, frozenset[Reference]]) -> dict[str, int]:
    wanted = {group for group in true.values() if len({owner for owner, _ in group}) > 1}
    found = {group for group in made.values() if len(group) > 1}
    return {
        "true_clusters": len(wanted),
        "exact": len(wanted & found),
        "under_merged": sum(len({made[one] for one in group}) > 1 for group in wanted),
        "made_clusters": len(found),
        "over_merged": sum(len({true[one] for one in group}) > 1 for group in found),
    }


def f1_draws(outcomes: list[tuple[int, int, int]], draw: Iterable[list[int]]) -> list[float]:
    """F1 of each draw of entities; of each entity right links, false links in halves, missed pairs."""
    found = []
    for chosen in draw:
        right, halves, missed = (sum(outcomes[one][part] for one in chosen) for part in range(3))
        found.append(float(Fraction(2 * right) / Fraction(4 * right + halves + 2 * missed) * 2) if right + halves + missed else 0.0)
    return found
