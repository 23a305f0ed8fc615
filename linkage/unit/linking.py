"""After regrouping: pairs of postings become pairs of records, are weighed again, and are decided.

The best posting pair speaks for two records (an alias that fits is enough). m and the number of matches are learned again from records,
where a pair counts once however many blocks it met in; then records compete, and clusters form.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from linkage.protocol.agreeing import agreeing
from linkage.protocol.agreement import DecisionRule
from linkage.protocol.atomic_files import written_whole
from linkage.unit.calibration import Basis, calibrate
from linkage.unit.classification import bands_of, evidence_of
from linkage.unit.clustering import Clusters, cluster
from linkage.unit.distributions import Floats
from linkage.unit.estimates import Learned, Row, estimate
from linkage.unit.nodes import Names, Nodes, Pairs, hexes
from linkage.unit.outcomes import NO_REVIEWS, Reviews
from linkage.unit.regrouping import Groups, read_groups, read_possible
from linkage.unit.state import RunState, write_json
from linkage.unit.strangers import read_strangers
from linkage.unit.training import PairGroup, compete, train
from linkage.unit.unlike import share_unlike
from linkage.unit.weights import Weights

LINKS_HEADER = ["entity", "owner_a", "pseudonym_a", "owner_b", "pseudonym_b", "weight", "probability", "band"]
QUALITY = "trilink/quality/v1"
CLUSTERS_HEADER = ["entity", "cluster_id", "owner", "pseudonym"]

Owners = tuple[str, str]
WeightsByOwners = dict[Owners, Weights]
GroupsByOwner = dict[str, Groups]
Cells = Sequence[object]


class WeighedPairs(NamedTuple):
    """Pairs of records of two owners, the expected number of matches that met, the likely matches that met once only, and the weights and
    what they rest on, if there was a pair to learn from."""

    pairs: Pairs
    matches: float
    met_once: float
    weights: Weights | None
    basis: Basis | None


class Decided:
    """Clusters of one entity type, the owners' groups behind them, and the weights of each two owners."""

    __slots__ = ("clusters", "entity", "estimates", "groups", "weights")

    def __init__(self, entity: str, clusters: Clusters, groups: GroupsByOwner, estimates: Row, weights: WeightsByOwners) -> None:
        self.entity, self.clusters, self.groups, self.estimates, self.weights = entity, clusters, groups, estimates, weights

    def names(self, column: str) -> Names:
        """One of the names of every node: ``case``, ``reference/<owner>`` or ``case/<owner>``; zero where its owner gave none."""
        given = {owner: groups.columns[column] for owner, groups in self.groups.items() if column in groups.columns}
        return self.clusters.nodes.column(given)


def nodes_of(groups: Mapping[str, Groups]) -> Nodes:
    """The records that the owners answered about."""
    return Nodes({owner: answer.columns.get("pseudonym", np.zeros((0, 2), np.uint64)) for owner, answer in groups.items()})


def decide(state: RunState, entity: str, reviews: Reviews = NO_REVIEWS) -> Decided:
    """Weigh, cluster and estimate one entity type; ``reviews`` of earlier links move the odds."""
    groups = {owner: read_groups(state, owner, entity) for owner in state.present(entity)}
    pairs: list[Pairs] = []
    learned: dict[Owners, Learned] = {}
    weights: WeightsByOwners = {}
    nodes = nodes_of(groups)
    for _, left, right in [job for job in state.jobs() if job[0] == entity]:
        found = weighed_pairs(state, entity, (left, right), groups, nodes, reviews)
        pairs.append(found.pairs)
        learned[left, right] = Learned(found.matches, found.basis, found.met_once)
        if found.weights is not None:
            weights[left, right] = found.weights
    rule = state.agreement.decision
    met = Pairs.together(nodes, pairs)
    clusters = cluster(met, min(rule.bands.values()))
    return Decided(entity, clusters, groups, estimate(clusters.links, met, learned, rule), weights)


def weighed_pairs(
    state: RunState, entity: str, owners: Owners, groups: GroupsByOwner, nodes: Nodes | None = None, reviews: Reviews = NO_REVIEWS
) -> WeighedPairs:
    """Pairs of records of two owners with weight and probability; ``nodes`` are all those of the groups, unless they are at hand."""
    nodes = nodes_of(groups) if nodes is None else nodes
    table = read_possible(state.possible(entity, *owners))
    found = np.stack([*(groups[owner].of(table[side]) for owner, side in zip(owners, ("left", "right"), strict=True)),
                      table["code"].to_numpy()], axis=1)  # fmt: skip
    found = found[(found[:, :2] >= 0).all(axis=1)]
    if not len(found):
        return WeighedPairs(Pairs.together(nodes, []), 0.0, 0.0, None, None)
    codes, patterns = np.unique(found[:, 2], return_inverse=True)
    evidence, strangers = evidence_of(state, entity, *owners), read_strangers(state.possible(entity, *owners))
    first = train(evidence, codes, [_best_pairs(found, patterns.reshape(-1), codes, agreeing(codes, evidence.rule))], strangers)
    group = _best_pairs(found, patterns.reshape(-1), codes, first.weights.of(codes))
    learned = train(evidence, codes, [group], strangers)
    review = reviews.of((entity, *owners))
    calibrated = calibrate(learned, evidence, group, codes, state.agreement.decision.possible)
    model, odds, basis = calibrated.moved(len(review.odds), review.shift())
    weights, probability = model.weights.of(codes)[group.patterns], compete(group, odds)
    ends = nodes.of(owners[0], group.left), nodes.of(owners[1], group.right)
    pairs = Pairs(nodes, ends, weights, (probability, codes[group.patterns]))
    least = min(state.agreement.decision.bands.values())
    once = float(probability[(probability >= least) & (_meetings(found) == 1)].sum())
    lightest = float(np.min(weights[odds[group.patterns] >= least / (1.0 - least)], initial=np.inf))
    return WeighedPairs(pairs, _matches(pairs.chosen(probability >= least), float(probability.sum()), model.weights, lightest),
                        once, model.weights, basis)  # fmt: skip


def _matches(likely: Pairs, added_up: float, weights: Weights, lightest: float) -> float:
    """Matches expected among pairs that met: all probabilities added up, or the likely ones and those lighter than the ``lightest`` of
    these, whichever is more, for probabilities know little of matches among so many strangers."""
    lost = share_unlike(likely.codes, likely.probabilities, weights, lightest)
    return max(added_up, float(likely.probabilities.sum()) / (1.0 - lost))


def _best_pairs(found: np.ndarray[Any, Any], patterns: np.ndarray[Any, Any], codes: np.ndarray[Any, Any], weights: Floats) -> PairGroup:
    """One row per pair of records with its best pattern: the heaviest, by ``weights`` (patterns,)."""
    rank = np.argsort(np.argsort(-weights, kind="stable"))  # of patterns, the heaviest first, ties by pattern
    pairs = _record_pairs(found)
    order = np.lexsort((rank[patterns], pairs))
    ordered = found[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = pairs[order[1:]] != pairs[order[:-1]]
    best = ordered[fresh]
    return PairGroup(best[:, 0], best[:, 1], patterns[order][fresh], np.zeros(len(best), dtype=np.uint8))


def _record_pairs(found: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The pair of records of each pair of postings as one number, (pairs of postings,), rising with the left record, then the right."""
    return np.asarray(found[:, 0] * (found[:, 1].max(initial=0) + 1) + found[:, 1])


def _meetings(found: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """In how many blocks each pair of records met, in the order of ``_best_pairs``."""
    return np.unique(_record_pairs(found), return_counts=True)[1]


def write_results(state: RunState, decided: list[Decided]) -> dict[str, int]:
    """The unit's own results by pseudonym: links.csv, clusters.csv, quality.json; returns links by entity, owners and band."""
    counts: Counter[str] = Counter()
    for one in decided:
        links, owners = one.clusters.links, one.clusters.nodes.owner_of_each()
        bands = bands_of(links.probabilities, state.agreement.decision)
        kinds = Counter(zip(owners[links.left].tolist(), owners[links.right].tolist(), bands, strict=True))
        counts.update({f"{one.entity} {left} {right} {band}": count for (left, right, band), count in kinds.items()})
    write_csv(state, "links.csv", LINKS_HEADER, _link_rows(decided, state.agreement.decision))
    write_csv(state, "clusters.csv", CLUSTERS_HEADER, _cluster_rows(decided))
    entities = {one.entity: one.estimates | {"contested": len(one.clusters.contested)} for one in decided}
    write_json(state.result("quality.json"), {"format": QUALITY, "epoch": state.epoch, "entities": entities})
    return dict(sorted(counts.items()))


def _link_rows(decided: list[Decided], rule: DecisionRule) -> Iterator[Cells]:
    for one in decided:
        probabilities = one.clusters.links.probabilities
        said = zip(link_cells(one), probabilities.tolist(), bands_of(probabilities, rule), strict=True)
        yield from ((*cells, f"{chance:.6f}", band) for cells, chance, band in said)


def link_cells(one: Decided) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Each link as the unit's results begin a row about it: entity type, owner and pseudonym of either side, weight."""
    links, names, owners = one.clusters.links, hexes(one.clusters.nodes.names), one.clusters.nodes.owner_of_each().tolist()
    for left, right, weight in zip(links.left.tolist(), links.right.tolist(), links.weights.tolist(), strict=True):
        yield one.entity, owners[left], names[left], owners[right], names[right], f"{weight:.4f}"


def _cluster_rows(decided: list[Decided]) -> Iterator[Cells]:
    for one in decided:
        names, owners = hexes(one.clusters.nodes.names), one.clusters.nodes.owner_of_each().tolist()
        ordered, _ = one.clusters.in_order()
        for node, number in zip(ordered.tolist(), one.clusters.homes[ordered].tolist(), strict=True):
            yield one.entity, number, owners[node], names[node]


def write_csv(state: RunState, name: str, header: list[str], rows: Iterable[Cells]) -> int:
    """One of the unit's results, row by row; returns how many."""
    count = 0
    with written_whole(state.result(name)) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        for row in rows:
            writer.writerow(row)
            count += 1
        text.detach()  # flushed; the file is not ours to close
    return count
