"""After regrouping: pairs of postings become pairs of records, are weighed again, and are decided.

The best posting pair speaks for two records (an alias that fits is enough). m and the number of matches are learned again from records,
where a pair counts once however many blocks it met in; then records compete, and clusters form.
"""

import csv
import io
from typing import Any, NamedTuple

import numpy as np

from linkage.protocol.agreeing import agreeing
from linkage.protocol.atomic_files import written_whole
from linkage.unit.calibration import Basis, calibrate
from linkage.unit.classification import band_of, evidence_of
from linkage.unit.clustering import Clusters, WeighedPair, cluster
from linkage.unit.distributions import Floats
from linkage.unit.estimates import Learned, Row, estimate
from linkage.unit.outcomes import NO_REVIEWS, Reviews
from linkage.unit.regrouping import Groups, read_groups, read_possible
from linkage.unit.state import RunState, write_json
from linkage.unit.strangers import read_strangers
from linkage.unit.training import PairGroup, compete, train
from linkage.unit.weights import Weights

LINKS_HEADER = ["entity", "owner_a", "pseudonym_a", "owner_b", "pseudonym_b", "weight", "probability", "band"]
QUALITY = "trilink/quality/v1"
CLUSTERS_HEADER = ["entity", "cluster_id", "owner", "pseudonym"]


Owners = tuple[str, str]
WeightsByOwners = dict[Owners, Weights]


class WeighedPairs(NamedTuple):
    """Pairs of records of two owners, the expected number of matches among them, and the weights and what they rest on, if there was a
    pair to learn from."""

    pairs: list[WeighedPair]
    matches: float
    weights: Weights | None
    basis: Basis | None


class Decided:
    """Clusters of one entity type, what is expected of them, the owners' groups behind them, and the weights of each two owners."""

    __slots__ = ("clusters", "entity", "estimates", "groups", "weights")

    def __init__(self, entity: str, clusters: Clusters, groups: dict[str, Groups], estimates: Row, weights: WeightsByOwners) -> None:
        self.entity, self.clusters, self.groups, self.estimates, self.weights = entity, clusters, groups, estimates, weights


def decide(state: RunState, entity: str, reviews: Reviews = NO_REVIEWS) -> Decided:
    """Weigh, cluster and estimate one entity type; ``reviews`` of earlier links move the odds."""
    groups = {owner: read_groups(state, owner, entity) for owner in state.present(entity)}
    pairs: list[WeighedPair] = []
    learned: dict[Owners, Learned] = {}
    weights: WeightsByOwners = {}
    for _, left, right in [job for job in state.jobs() if job[0] == entity]:
        found = weighed_pairs(state, entity, (left, right), groups, reviews)
        pairs += found.pairs
        learned[left, right] = Learned(found.matches, found.basis)
        if found.weights is not None:
            weights[left, right] = found.weights
    rule = state.agreement.decision
    clusters = cluster(pairs, min(rule.bands.values()))
    return Decided(entity, clusters, groups, estimate(clusters.links, learned, rule), weights)


def weighed_pairs(state: RunState, entity: str, owners: Owners, groups: dict[str, Groups], reviews: Reviews = NO_REVIEWS) -> WeighedPairs:
    """Pairs of records of two owners with weight and probability."""
    left, right = (groups[owner] for owner in owners)
    table = read_possible(state.possible(entity, *owners))
    found = np.stack([left.of(table["left"]), right.of(table["right"]), table["code"].to_numpy()], axis=1)
    found = found[(found[:, :2] >= 0).all(axis=1)]
    if not len(found):
        return WeighedPairs([], 0.0, None, None)
    codes, patterns = np.unique(found[:, 2], return_inverse=True)
    evidence, strangers = evidence_of(state, entity, *owners), read_strangers(state.possible(entity, *owners))
    first = train(evidence, codes, [_best_pairs(found, patterns.reshape(-1), codes, agreeing(codes, evidence.rule))], strangers)
    group = _best_pairs(found, patterns.reshape(-1), codes, first.weights.of(codes))
    learned = train(evidence, codes, [group], strangers)
    review = reviews.of((entity, *owners))
    calibrated = calibrate(learned, evidence, group, codes, state.agreement.decision.possible)
    model, odds, basis = calibrated.moved(len(review.odds), review.shift())
    weights, probability = model.weights.of(codes)[group.patterns], compete(group, odds)
    names = (left.columns["pseudonym"], right.columns["pseudonym"])
    pairs = [
        WeighedPair((owners[0], names[0][a]), (owners[1], names[1][b]), float(weight), float(chance), int(codes[pattern]))
        for a, b, pattern, weight, chance in zip(group.left, group.right, group.patterns, weights, probability, strict=True)
    ]
    return WeighedPairs(pairs, float(probability.sum()), model.weights, basis)


def _best_pairs(found: np.ndarray[Any, Any], patterns: np.ndarray[Any, Any], codes: np.ndarray[Any, Any], weights: Floats) -> PairGroup:
    """One row per pair of records with its best pattern: the heaviest, by ``weights`` (patterns,)."""
    order = np.lexsort((patterns, -weights[patterns], found[:, 1], found[:, 0]))
    ordered = found[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (ordered[1:, :2] != ordered[:-1, :2]).any(axis=1)
    best = ordered[fresh]
    return PairGroup(best[:, 0], best[:, 1], patterns[order][fresh], np.zeros(len(best), dtype=np.uint8))


def cluster_ids(decided: Decided) -> dict[tuple[str, bytes], int]:
    """Number of the cluster of every clustered record."""
    return {node: number for number, nodes in enumerate(decided.clusters.members) for node in nodes}


def write_results(state: RunState, decided: list[Decided]) -> dict[str, int]:
    """The unit's own results by pseudonym: links.csv, clusters.csv, quality.json; returns links by entity, owners and band."""
    counts: dict[str, int] = {}
    links, clusters = [], []
    for one in decided:
        for pair in one.clusters.links:
            band = band_of(pair.probability, state.agreement.decision)
            links.append([one.entity, pair.left[0], pair.left[1].hex(), pair.right[0], pair.right[1].hex(),
                          f"{pair.weight:.4f}", f"{pair.probability:.6f}", band])  # fmt: skip
            key = f"{one.entity} {pair.left[0]} {pair.right[0]} {band}"
            counts[key] = counts.get(key, 0) + 1
        for number, nodes in enumerate(one.clusters.members):
            clusters += [[one.entity, number, owner, name.hex()] for owner, name in nodes]
    write_csv(state, "links.csv", LINKS_HEADER, links)
    write_csv(state, "clusters.csv", CLUSTERS_HEADER, clusters)
    entities = {one.entity: one.estimates | {"contested": len(one.clusters.contested)} for one in decided}
    write_json(state.result("quality.json"), {"format": QUALITY, "epoch": state.epoch, "entities": entities})
    return dict(sorted(counts.items()))


def write_csv(state: RunState, name: str, header: list[str], rows: list[list[Any]]) -> None:
    """One of the unit's results."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with written_whole(state.result(name)) as file:
        file.write(text.getvalue().encode())
