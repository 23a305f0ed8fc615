"""How good the links are, measured against the truth: the content of a rehearsal's `quality.json`.

1. A *true pair* is two records of one entity at two owners. All of them count, also those that no blocking pass brought together.
2. Pairs are unordered: a link that names its owners the other way round is the same link. A link given twice counts once.
3. Records that the truth does not know belong to nobody: a link to one is a false link.
4. What is not defined (precision without links, recall without true pairs) is null, never 0 or 1.

Precision, recall and F1 over pairs; pairs completeness and reduction ratio of the blocking after [Christen2012].
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd

Reference = tuple[str, str]  # owner, record_id
Pair = tuple[str, Reference, Reference]  # entity, and two references in alphabetical order
Scope = tuple[str, str, str]  # entity, owner_a, owner_b, owners in alphabetical order
FoundPair = tuple[str, str, str, str, str]  # entity, owner_a, record_a, owner_b, record_b
Measures = dict[str, Any]


LINK_COLUMNS = ("entity", "owner_a", "record_a", "owner_b", "record_b", "band")


class Compared(NamedTuple):
    """What blocking brought to comparison; only a rehearsal, which holds every owner's crosswalk, can say it.

    `found` are the record pairs that were compared (the true ones suffice), `candidate_pairs` counts all that were compared, by
    (entity, owner_a, owner_b), `sizes` the records by (entity, owner).
    """

    found: Iterable[FoundPair]
    candidate_pairs: Mapping[Scope, int]
    sizes: Mapping[tuple[str, str], int]


class _Pairs(NamedTuple):
    true: set[Pair]
    found: set[Pair]
    by_band: Mapping[str, set[Pair]]

    def within(self, scopes: AbstractSet[Scope]) -> "_Pairs":
        """Only the pairs of these entities and owners."""

        def keep(pairs: set[Pair]) -> set[Pair]:
            return {p for p in pairs if (p[0], p[1][0], p[2][0]) in scopes}

        return _Pairs(keep(self.true), keep(self.found), {band: keep(pairs) for band, pairs in self.by_band.items()})


def evaluate(
    links: pd.DataFrame, truth: pd.DataFrame, compared: Compared, bands: Sequence[str], default_bands: AbstractSet[str]
) -> Measures:
    """Quality per entity type, and within it per pair of owners; only types that the truth names.

    `links` has entity, owner_a, record_a, owner_b, record_b, band; `truth` has owner, entity, record_id, entity_id; all text.
    `bands` go from the surest down, and each is measured with all surer ones; `default_bands` make the default decision.
    Pure: nothing is read or written. Same tables in any order, same result.
    """
    pairs = _Pairs(true_pairs(truth), {pair(*row) for row in compared.found}, _by_band(links))
    report: Measures = {}
    for entity in sorted({str(name) for name in truth["entity"]}):
        owners = sorted({owner for kind, owner in compared.sizes if kind == entity})
        scopes = [(entity, left, right) for left, right in combinations(owners, 2)]

        def measure(chosen: list[Scope]) -> Measures:
            within = pairs.within(set(chosen))
            return _blocking_quality(within, compared, chosen) | _band_quality(within, bands, default_bands)

        report[entity] = measure(scopes) | {"by_owner_pair": {f"{a}-{b}": measure([(kind, a, b)]) for kind, a, b in scopes}}
    return report


def true_pairs(truth: pd.DataFrame) -> set[Pair]:
    """All cross-owner pairs of records of one entity; duplicates inside one owner each make their own pair."""
    members: defaultdict[tuple[str, str], set[Reference]] = defaultdict(set)
    for owner, entity, record, identity in _text(truth, "owner", "entity", "record_id", "entity_id"):
        members[entity, identity].add((owner, record))
    return {
        (entity, left, right)
        for (entity, _), references in members.items()
        for left, right in combinations(sorted(references), 2)
        if left[0] != right[0]
    }


def cluster_pairs(clusters: pd.DataFrame) -> set[Pair]:
    """All cross-owner pairs inside the clusters (`entity`, `cluster_id`, `owner`, `record_id`)."""
    return true_pairs(clusters.rename(columns={"cluster_id": "entity_id"}))


def evaluate_clusters(clusters: pd.DataFrame, truth: pd.DataFrame) -> Measures:
    """Pairwise precision, recall and F1 of the clusters, per entity type: do the three owners' records hang together?"""
    made, true = cluster_pairs(clusters), true_pairs(truth)
    entities = sorted({str(entity) for entity in truth["entity"]})
    return {entity: decision_quality({p for p in made if p[0] == entity}, {p for p in true if p[0] == entity}) for entity in entities}


def decision_quality(decided: AbstractSet[Pair], true: AbstractSet[Pair]) -> Measures:
    """Links, precision, recall and F1 of a set of decided pairs; null where undefined."""
    right = len(decided & true)
    return {
        "links": len(decided),
        "precision": ratio(right, len(decided)),
        "recall": ratio(right, len(true)),
        "f1": ratio(2 * right, len(decided) + len(true)),
    }


def ratio(part: int, whole: int) -> float | None:
    """`part / whole`, or null when there is no whole."""
    return part / whole if whole else None


def pair(entity: str, owner_a: str, record_a: str, owner_b: str, record_b: str) -> Pair:
    """One unordered pair: the references sorted by owner, then record."""
    left, right = sorted(((owner_a, record_a), (owner_b, record_b)))
    return entity, left, right


def _by_band(links: pd.DataFrame) -> dict[str, set[Pair]]:
    by_band: defaultdict[str, set[Pair]] = defaultdict(set)
    for entity, owner_a, record_a, owner_b, record_b, band in _text(links, *LINK_COLUMNS):
        by_band[band].add(pair(entity, owner_a, record_a, owner_b, record_b))
    return by_band


def _text(table: pd.DataFrame, *columns: str) -> Iterable[tuple[str, ...]]:
    return zip(*(table[column].astype(str).tolist() for column in columns), strict=True)


def _blocking_quality(pairs: _Pairs, compared: Compared, scopes: Sequence[Scope]) -> Measures:
    counts: defaultdict[Scope, int] = defaultdict(int)
    for (entity, left, right), count in compared.candidate_pairs.items():
        counts[entity, min(left, right), max(left, right)] += count
    candidates = sum(counts[scope] for scope in scopes)
    kept = ratio(candidates, sum(compared.sizes[entity, left] * compared.sizes[entity, right] for entity, left, right in scopes))
    return {
        "true_pairs": len(pairs.true),
        "candidate_pairs": candidates,
        "pairs_completeness": ratio(len(pairs.true & pairs.found), len(pairs.true)),
        "reduction_ratio": None if kept is None else 1 - kept,
    }


def _band_quality(pairs: _Pairs, bands: Sequence[str], default_bands: AbstractSet[str]) -> Measures:
    at_band: dict[str, Measures] = {}
    decided: set[Pair] = set()
    for band in bands:
        decided |= pairs.by_band.get(band, set())
        at_band[band] = decision_quality(decided, pairs.true)
    default = {p for band in default_bands for p in pairs.by_band.get(band, set())}
    return {"bands": at_band, "default": decision_quality(default, pairs.true)}
