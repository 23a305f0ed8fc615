"""Linkage measured against the truth, over the judged pairs of one entity type: blocking, decisions, bands, owners, slices, every cut.

What is not defined (precision without links, recall without true pairs) is null, never 0 or 1. Precision, recall and F1 over pairs; pairs
completeness and reduction ratio of the blocking after [Christen2012]; intervals of 95 % (`intervals`).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from linkage.lab.intervals import f1_interval, f1_of, ratio, rounded
from linkage.lab.judged_pairs import Flags, JudgedPairs, Numbers, scope_of
from linkage.protocol.intervals import wilson

Measures = dict[str, Any]
Scope = tuple[str, str, str]  # entity, owner_a, owner_b, owners in alphabetical order
CUTS = 200  # at most, of the curve


class Compared(NamedTuple):
    """What blocking brought to comparison; only a rehearsal, which holds every owner's crosswalk, can say it.

    `found` the true pairs that were compared (columns as `judged_pairs.PAIR_COLUMNS`), `candidate_pairs` counts all record pairs that
    were compared, by (entity, owner_a, owner_b), `sizes` the records by (entity, owner).
    """

    found: pd.DataFrame
    candidate_pairs: Mapping[Scope, int]
    sizes: Mapping[tuple[str, str], int]


def decision_quality(pairs: JudgedPairs, decided: Flags, within: Flags) -> Measures:
    """Links, how many are right, precision, recall and F1 of the `decided` pairs, counted `within` some of them."""
    links, true = int((decided & within).sum()), int((pairs.true & within).sum())
    right = int((decided & within & pairs.true).sum())
    return {
        "links": links,
        "right": right,
        "precision": ratio(right, links),
        "precision_interval": rounded(wilson(right, links)),
        "recall": ratio(right, true),
        "recall_interval": rounded(wilson(right, true)),
        "f1": f1_of(right, links, true),
        "f1_interval": rounded(f1_interval(pairs.outcomes(decided, within))),
    }


def everywhere(pairs: JudgedPairs) -> Flags:
    """All pairs."""
    return np.ones(len(pairs.true), dtype=bool)


def completeness(pairs: JudgedPairs, within: Flags, *, known: bool) -> Measures:
    """True pairs, and the share of them that blocking brought together; null when nobody knows (`known`)."""
    true = pairs.true & within
    total, met = int(true.sum()), int((true & pairs.compared).sum())
    return {
        "true_pairs": total,
        "pairs_completeness": ratio(met, total) if known else None,
        "pairs_completeness_interval": rounded(wilson(met, total)) if known else None,
    }


def scope_quality(pairs: JudgedPairs, scopes: Sequence[Scope], within: Flags, compared: Compared | None, bands: Sequence[str]) -> Measures:
    """Blocking and decisions over some pairs of owners; each band is measured with all surer ones."""
    measures = completeness(pairs, within, known=compared is not None) | {"candidate_pairs": None, "reduction_ratio": None}
    if compared:
        candidates = sum(compared.candidate_pairs.get(scope, 0) for scope in scopes)
        sizes = compared.sizes
        possible = sum(sizes.get((entity, left), 0) * sizes.get((entity, right), 0) for entity, left, right in scopes)
        measures |= {"candidate_pairs": candidates, "reduction_ratio": 1 - candidates / possible if possible else None}
    at_band = {name: decision_quality(pairs, pairs.linked & (pairs.band <= place), within) for place, name in enumerate(bands)}
    return measures | {"bands": at_band}


def entity_quality(pairs: JudgedPairs, entity: str, compared: Compared | None, bands: Sequence[str], default: str) -> Measures:
    """Quality over all owners and by pair of owners; the default decision takes the band `default` and all surer ones."""
    owners = pairs.records.owners
    scopes = [(entity, left, right) for left, right in combinations(pairs.records.home_owners, 2)]

    def measured(chosen: Sequence[Scope], within: Flags) -> Measures:
        found = scope_quality(pairs, chosen, within, compared, bands)
        return found | {"default": found["bands"][default]}

    number = pairs.scope
    by_pair = {f"{a}-{b}": measured([(entity, a, b)], number == scope_of(owners, a, b)) for _, a, b in scopes}
    return measured(scopes, everywhere(pairs)) | {"by_owner_pair": by_pair}


def slice_quality(pairs: JudgedPairs, traits: pd.DataFrame, decided: Flags, *, blocking_known: bool) -> Measures:
    """For each trait: pairs of which a record has it, and all others, at the default decision. Traits of no pair are left out."""
    slices: Measures = {}
    numbers = pairs.records.of(traits["owner"], traits["record_id"])
    for trait, rows in sorted(traits.groupby("trait").indices.items()):
        members = _members(numbers[rows], len(pairs.records))
        inside = members[pairs.left] | members[pairs.right]
        if inside.any():
            slices[str(trait)] = {"records": int(members.sum())} | {
                name: completeness(pairs, within, known=blocking_known) | decision_quality(pairs, decided, within)
                for name, within in (("within", inside), ("others", ~inside))
            }
    return slices


def _members(numbers: Numbers, records: int) -> Flags:
    members = np.zeros(records, dtype=bool)
    members[numbers[numbers >= 0]] = True
    return members


def curve(pairs: JudgedPairs) -> Measures:
    """Precision and recall at the cuts of the links ordered by probability, then weight; equal links are cut together.

    At most about `CUTS` points, and the cut with the best F1, which only the truth can find. It ends where the links end: what
    the unit did not list has no probability here.
    """
    linked = np.flatnonzero(pairs.linked)
    linked = linked[np.lexsort((-pairs.weight[linked], -pairs.probability[linked]))]
    probability, weight = pairs.probability[linked], pairs.weight[linked]
    true, links = int(pairs.true.sum()), np.arange(1, len(linked) + 1)
    right = np.cumsum(pairs.true[linked])
    last_of_tie = np.append((np.diff(probability) != 0) | (np.diff(weight) != 0), True)[: len(linked)]
    cuts = np.flatnonzero(last_of_tie)
    if not len(cuts):
        return {"points": [], "best": None}
    best = int(cuts[np.argmax(2 * right[cuts] / (links[cuts] + true))])

    def point(cut: int) -> Measures:
        found, hits = int(links[cut]), int(right[cut])
        return {"probability": float(probability[cut]), "weight": float(weight[cut]), "links": found, "right": hits,
                "precision": ratio(hits, found), "recall": ratio(hits, true), "f1": f1_of(hits, found, true)}  # fmt: skip

    chosen = cuts[np.unique(np.linspace(0, len(cuts) - 1, CUTS).astype(int))]
    return {"points": [point(cut) for cut in chosen.tolist()], "best": point(best)}
