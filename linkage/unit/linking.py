"""After regrouping: pairs of postings become pairs of records, are weighed again, and are decided.

The best posting pair speaks for two records (an alias that fits is enough). m and the number of matches are learned again from records,
where a pair counts once however many blocks it met in; then records compete, and clusters form.
"""

import csv
import io
from typing import Any

import numpy as np

from linkage.protocol.agreeing import agreeing
from linkage.protocol.atomic_files import written_whole
from linkage.unit.classification import band_of, evidence_of
from linkage.unit.clustering import Clusters, WeighedPair, cluster
from linkage.unit.distributions import Floats
from linkage.unit.regrouping import Groups, read_groups, read_possible
from linkage.unit.state import RunState, write_json
from linkage.unit.strangers import read_strangers
from linkage.unit.training import PairGroup, compete, train

LINKS_HEADER = ["entity", "owner_a", "pseudonym_a", "owner_b", "pseudonym_b", "weight", "probability", "band"]
CLUSTERS_HEADER = ["entity", "cluster_id", "owner", "pseudonym"]


class Decided:
    """Clusters of one entity type and the owners' groups behind them."""

    __slots__ = ("clusters", "entity", "estimates", "groups")

    def __init__(self, entity: str, clusters: Clusters, groups: dict[str, Groups], estimates: list[dict[str, Any]]) -> None:
        self.entity, self.clusters, self.groups, self.estimates = entity, clusters, groups, estimates


def decide(state: RunState, entity: str) -> Decided:
    """Weigh, cluster and estimate one entity type."""
    groups = {owner: read_groups(state, owner, entity) for owner in state.present(entity)}
    pairs: list[WeighedPair] = []
    learned: list[dict[str, Any]] = []
    for _, left, right in [job for job in state.jobs() if job[0] == entity]:
        found, matches = weighed_pairs(state, entity, (left, right), groups)
        pairs += found
        learned.append({"entity": entity, "owner_a": left, "owner_b": right, "expected_matches": round(matches, 1)})
    lowest = min(state.agreement.decision.bands.values())
    return Decided(entity, cluster(pairs, lowest), groups, learned)


def weighed_pairs(state: RunState, entity: str, owners: tuple[str, str], groups: dict[str, Groups]) -> tuple[list[WeighedPair], float]:
    """Pairs of records of two owners with weight and probability, and the expected number of matches."""
    left, right = (groups[owner] for owner in owners)
    table = read_possible(state.possible(entity, *owners))
    found = np.stack([left.of(table["left"]), right.of(table["right"]), table["code"].to_numpy()], axis=1)
    found = found[(found[:, :2] >= 0).all(axis=1)]
    if not len(found):
        return [], 0.0
    codes, patterns = np.unique(found[:, 2], return_inverse=True)
    evidence, strangers = evidence_of(state, entity, *owners), read_strangers(state.possible(entity, *owners))
    first = train(evidence, codes, [_best_pairs(found, patterns.reshape(-1), codes, agreeing(codes, evidence.rule))], strangers)
    group = _best_pairs(found, patterns.reshape(-1), codes, first.weights.of(codes))
    model = train(evidence, codes, [group], strangers)
    weights, probability = model.weights.of(codes)[group.patterns], compete(group, model.odds(codes))
    names = (left.columns["pseudonym"], right.columns["pseudonym"])
    return [
        WeighedPair((owners[0], names[0][a]), (owners[1], names[1][b]), float(weight), float(chance), int(codes[pattern]))
        for a, b, pattern, weight, chance in zip(group.left, group.right, group.patterns, weights, probability, strict=True)
    ], float(probability.sum())


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
    """The unit's own results by pseudonym: links.csv, clusters.csv, learned.json; returns links by entity, owners and band."""
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
    _write_csv(state, "links.csv", LINKS_HEADER, links)
    _write_csv(state, "clusters.csv", CLUSTERS_HEADER, clusters)
    contested = {one.entity: len(one.clusters.contested) for one in decided}
    write_json(state.result("learned.json"), {"pairs": [row for one in decided for row in one.estimates], "contested": contested})
    return dict(sorted(counts.items()))


def _write_csv(state: RunState, name: str, header: list[str], rows: list[list[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    with written_whole(state.result(name)) as file:
        file.write(text.getvalue().encode())
