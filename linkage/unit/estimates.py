"""What the unit expects of its own work, without labels: precision and recall, each with an interval, by pair of owners and at every cut.

The rules of this room:
1. Precision is the mean calibrated probability of the links (``calibration``). Its interval has the chance of the links themselves, and
   the error of the number of false pairs; where only the model speaks that error is as large as the number.
2. Recall is the links expected to be right over all matches: those among the compared pairs (``linking``), and those that never met.
3. Those that never met are told by triangles, where there are ``FEWEST``: if a record of one owner and a record of another are both linked
   to one record of a third, the two must be the same, and how many of such pairs met is the share that meets. With fewer, passes are
   occasions on which a match may be caught, some matches being far harder to catch than others; so as many likely matches as met once
   only never met, the jackknife of the first order [BurnhamOverton1978]. The standard error of all that was not found is taken to be half
   of it, which is from nothing to twice as many, beside chance (ADR 0044).
4. Over several pairs of owners counts are added up, and the squares of the errors.
"""

from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.intervals import Interval, Z, wilson
from linkage.unit.calibration import Basis
from linkage.unit.nodes import Pairs

Owners = tuple[str, str]
Row = dict[str, Any]

FEWEST = 200  # triangles: of fewer, the share that never met is not known to a hundredth or two
UNSURE = 0.5  # relative standard error of the number of matches that were not found
CUTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


class Learned(NamedTuple):
    """Of two owners: the matches expected among their compared pairs, what the probabilities rest on, if there was a pair, and how many of
    the likely ones met in one block only."""

    matches: float
    basis: Basis | None
    met_once: float = 0.0


class Found(NamedTuple):
    """Probabilities of the links of two owners, the relative error of the number of false ones, the matches expected in all, the interval
    of the share that is found, and whether triangles told of those that never met."""

    links: list[float]
    error: float
    matches: float
    recall: Interval
    by_triangles: bool


def estimate(links: Pairs, met: Pairs, learned: dict[Owners, Learned], rule: DecisionRule) -> Row:
    """Over all owners and by pair of owners, as ``quality.json`` has it (docs/spec/quality.md); ``met`` are all weighed pairs."""
    joined = triangles(links, met)
    found = {owners: _found(owners, links, one, joined.get(owners, (0, 0))) for owners, one in learned.items()}
    pairs = [{"owner_a": a, "owner_b": b} | _row([found[a, b]], rule) | _basis(learned[a, b].basis) for a, b in sorted(found)]
    return _row(list(found.values()), rule) | {"owner_pairs": pairs}


def triangles(links: Pairs, met: Pairs) -> dict[Owners, tuple[int, int]]:
    """By two owners: pairs of records that are both linked to one record of a third owner, and how many of them ``met``."""
    nodes, owner = links.nodes, links.nodes.owner_numbers()
    middle, end = np.concatenate([links.left, links.right]), np.concatenate([links.right, links.left])
    order = np.lexsort((end, middle))
    middle, end = middle[order], end[order]
    found, apart = [np.zeros(0, np.int64)], 1
    while (same := middle[apart:] == middle[:-apart]).any():  # what one record is linked to lies side by side, and is never much
        found.append(end[:-apart][same] * len(nodes) + end[apart:][same])
        apart += 1
    joined = np.unique(np.concatenate(found))
    here = np.isin(joined, np.minimum(met.left, met.right) * len(nodes) + np.maximum(met.left, met.right))
    owners = np.stack([owner[joined // max(len(nodes), 1)], owner[joined % max(len(nodes), 1)]], axis=1)
    kinds, kind = np.unique(owners, axis=0, return_inverse=True)
    seen, closed = (np.bincount(kind.reshape(-1), each, len(kinds)).astype(int).tolist() for each in (None, here))
    named = [(nodes.owners[a], nodes.owners[b]) for a, b in kinds.tolist()]
    return {ends: (many, few) for ends, many, few in zip(named, seen, closed, strict=True) if ends[0] != ends[1]}


def precision_interval(links: float, false: float, error: float) -> Interval:
    """Of the share of ``links`` that is right if ``false`` of them are expected not to be, give or take the relative ``error`` of that."""
    chance = wilson(links - false, links)
    if chance is None:
        return None
    share, unsure = 1.0 - false / links, Z * error * false / links
    low, high = sqrt((share - chance[0]) ** 2 + unsure**2), sqrt((chance[1] - share) ** 2 + unsure**2)
    return [max(0.0, share - low), min(1.0, share + high)]


def _found(owners: Owners, links: Pairs, learned: Learned, joined: tuple[int, int]) -> Found:
    """Rules 2 and 3; ``joined`` are triangles, and those whose pair met."""
    names = links.nodes.owner_of_each()
    here = (names[links.left] == owners[0]) & (names[links.right] == owners[1])
    mine: list[float] = np.sort(links.probabilities[here])[::-1].tolist()
    compared, (seen, met) = max(learned.matches, sum(mine)), joined
    by_triangles = seen >= FEWEST and met > 0
    matches = compared * seen / met if by_triangles else compared + learned.met_once
    return Found(mine, learned.basis.error if learned.basis else 0.0, matches, _recall_interval(sum(mine), matches), by_triangles)


def _recall_interval(right: float, matches: float) -> Interval:
    """Chance, and what rule 3 says of those that were not found."""
    chance = wilson(right, matches)
    if chance is None:
        return None
    share = right / matches
    unsure = Z * UNSURE * (1.0 - share) * share
    low, high = sqrt((share - chance[0]) ** 2 + unsure**2), sqrt((chance[1] - share) ** 2 + unsure**2)
    return [max(0.0, share - low), min(1.0, share + high)]


def _row(found: list[Found], rule: DecisionRule) -> Row:
    matches = sum(one.matches for one in found)
    decided = _at(found, rule.bands[rule.release], 2.0, matches)
    uppers = [2.0, *rule.bands.values()]
    return {
        "expected_matches": round(matches, 1),
        "recall_interval": _pooled(found, decided["recall"], matches),
        "recall_from": "triangles" if found and all(one.by_triangles for one in found) else "compared pairs",
        "bands": {name: _at(found, lowest, upper, matches) for (name, lowest), upper in zip(rule.bands.items(), uppers, strict=False)},
        "cuts": [{"probability": cut} | _at(found, cut, 2.0, matches) for cut in CUTS if cut >= min(rule.bands.values())],
    } | decided


def _at(found: list[Found], lowest: float, below: float, matches: float) -> Row:
    """Links with a probability in this range: how many, how many of them are right, and which share of all matches that is."""
    chosen = [([p for p in one.links if lowest <= p < below], one.error) for one in found]
    links, right = sum(len(own) for own, _ in chosen), sum(sum(own) for own, _ in chosen)
    false = links - right
    unsure = sqrt(sum((error * (len(own) - sum(own))) ** 2 for own, error in chosen))
    interval = precision_interval(links, false, unsure / false if false > 0 else 0.0)
    return {
        "links": links,
        "precision": round(right / links, 4) if links else None,
        "precision_interval": _rounded(interval),
        "recall": round(right / matches, 4) if matches else None,
    }


def _pooled(found: list[Found], recall: float | None, matches: float) -> Interval:
    """Each pair of owners has its own interval; of all of them together the squares of the halves are added, weighed by matches."""
    if recall is None:
        return None
    halves = [one.matches * (one.recall[1] - one.recall[0]) / 2.0 for one in found if one.recall]
    half = sqrt(sum(half**2 for half in halves)) / matches
    return _rounded([max(0.0, recall - half), min(1.0, recall + half)])


def _basis(basis: Basis | None) -> Row:
    if basis is None:
        return {"basis": "nothing", "diverged": False, "reviewed": 0, "shift": 0.0}
    named = "own pairs" if basis.own_pairs else "model"
    return {"basis": named, "diverged": basis.diverged, "reviewed": basis.reviewed, "shift": round(basis.shift, 4)}


def _rounded(interval: Interval) -> Interval:
    return None if interval is None else [round(end, 4) for end in interval]


def remarks(quality: Row) -> list[str]:
    """A line for each two owners of an entity type between whom self-training diverged."""
    return [
        f"{entity}, {row['owner_a']} and {row['owner_b']}: self-training diverged, for hardly any record has a match; "
        f"the agreement's default weights and overlap decide ({row['links']} links)"
        for entity, found in sorted(quality["entities"].items())
        for row in found["owner_pairs"]
        if row["diverged"]
    ]
