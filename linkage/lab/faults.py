"""What is plainly wrong with the links, in plain words: before anyone reads figures to four decimals.

Each fault is a code, a count and a sentence. Counts alone: no record is named.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from linkage.lab.cluster_quality import clustered_together
from linkage.lab.judged_pairs import Flags, Floats, JudgedPairs, Numbers, Records, named_records
from linkage.lab.results import Results
from linkage.protocol.intervals import wilson

Fault = dict[str, Any]
NEARLY_ALL = 0.9  # of what could be linked
SWAPPED = 0.01  # share of the links from which on it is no accident that the record ids fit other owners
TOO_SURE = 0.1  # expected precision above the measured one, and outside its interval
ROUNDING = 5e-7  # of probabilities in links.csv


def faults(entity: str, results: Results, pairs: JudgedPairs, candidates: int | None, bands: Mapping[str, float]) -> list[Fault]:
    """All faults of one entity type's tables (all of one type already), in the order in which to look at them."""
    found = [
        *_whole_matcher(entity, pairs, candidates),
        *_too_sure(entity, pairs),
        *_wrong_owners(entity, results.links, pairs.records, pairs),
        *_strangers(entity, results, pairs.records),
        *_odd_links(entity, results.links, bands),
        *_odd_clusters(entity, results.clusters, pairs),
        *_odd_truth(entity, results.truth, pairs.records),
    ]
    return [{"entity": entity, "code": code, "count": count, "text": text} for code, count, text in found if count]


Found = Iterator[tuple[str, int, str]]


def _whole_matcher(entity: str, pairs: JudgedPairs, candidates: int | None) -> Found:
    """A matcher that returns nothing, everything, or nothing right."""
    true, links = int(pairs.true.sum()), int(pairs.linked.sum())
    right = int((pairs.true & pairs.linked).sum())
    if not true:
        yield "no_true_pairs", 1, f"{entity}: the truth has no pair of records at two owners, so recall is not defined"
    if not links:
        yield "nothing_linked", max(true, 1), f"{entity}: nothing is linked, although there are {true:,} true pairs" if true else (
            f"{entity}: nothing is linked, and there is nothing to link"
        )  # fmt: skip
        return
    if true and not right:
        yield "nothing_right", links, f"{entity}: not one of {links:,} links is right"
    possible = _possible_pairs(pairs.records)
    bounds = {"pairs of records that there could be": possible, "pairs that were compared": candidates or 0}
    for what, bound in bounds.items():
        if bound and links >= NEARLY_ALL * bound and 2 * right < links:
            yield "everything_linked", links, f"{entity}: everything is linked, {links:,} links of {bound:,} {what}; {right:,} are right"
            break


def _too_sure(entity: str, pairs: JudgedPairs) -> Found:
    """Probabilities that promise far more than they keep."""
    usable = pairs.linked & (pairs.probability >= 0) & (pairs.probability <= 1)
    hoped, hits = float(pairs.probability[usable].sum()), int((usable & pairs.true).sum())
    total = int(usable.sum())
    interval = wilson(hits, total)
    if interval and hoped / total > max(hits / total + TOO_SURE, interval[1]):
        yield "too_sure", total, (
            f"{entity}: the links' probabilities promise a precision of {hoped / total:.2f}, it is {hits / total:.2f}"
        )  # fmt: skip


def _possible_pairs(records: Records) -> int:
    sizes = np.bincount(records.owner[records.in_data | records.in_truth], minlength=len(records.owners))
    return int((sizes.sum() ** 2 - (sizes**2).sum()) // 2)


def _wrong_owners(entity: str, links: pd.DataFrame, records: Records, pairs: JudgedPairs) -> Found:
    """Record ids that are not at the owner they are given to, but at another; and links that would be right between other owners."""
    known = records.in_data | records.in_truth
    ends = named_records(links)
    numbers = records.of(ends["owner"], ends["record_id"])
    elsewhere = np.zeros(len(numbers), dtype=bool)
    for owner in range(len(records.owners)):
        at = records.at(owner, numbers)
        elsewhere |= (at >= 0) & known[at]
    moved = int((~known[numbers] & elsewhere).sum())
    yield (
        "wrong_owner",
        moved,
        (
            f"{entity}: {moved:,} of {len(numbers):,} record ids in the links are not at the owner named beside them but at another: "
            "are owners swapped?"
        ),
    )
    swapped, linked = int(_right_elsewhere(pairs).sum()), int(pairs.linked.sum())
    if swapped > SWAPPED * linked:
        yield "owners_swapped", swapped, f"{entity}: {swapped:,} of {linked:,} links are wrong, but right with the owners' names exchanged"


def _right_elsewhere(pairs: JudgedPairs) -> Flags:
    """Wrong links that would be right if the record ids were at other owners."""
    records, wrong = pairs.records, np.flatnonzero(pairs.linked & ~pairs.true)
    entity_of = np.append(np.where(records.in_truth, records.identity, -1), -1)
    right = np.zeros(len(wrong), dtype=bool)
    at = [(entity_of[records.at(owner, pairs.left[wrong])], entity_of[records.at(owner, pairs.right[wrong])])
          for owner in range(len(records.owners))]  # fmt: skip
    for first, (left, _) in enumerate(at):
        for second, (_, other) in enumerate(at):
            right |= (left == other) & (left >= 0) & (first != second)
    return right


def _strangers(entity: str, results: Results, records: Records) -> Found:
    """Links that name records which nobody has."""
    known = records.in_data if records.in_data.any() else records.in_truth
    ends = [records.of(results.links[f"owner_{side}"], results.links[f"record_{side}"]) for side in "ab"]
    strange = int((~known[ends[0]] | ~known[ends[1]]).sum())
    yield "unknown_records", strange, f"{entity}: {strange:,} of {len(results.links):,} links name a record that is not in the data"
    inside = int((results.links["owner_a"] == results.links["owner_b"]).sum())
    yield "same_owner", inside, f"{entity}: {inside:,} links join two records of one owner, which no truth calls a pair"


def _odd_links(entity: str, links: pd.DataFrame, bands: Mapping[str, float]) -> Found:
    """Links given twice, probabilities that are none, bands that do not fit."""
    swap = (links["owner_a"] > links["owner_b"]) | ((links["owner_a"] == links["owner_b"]) & (links["record_a"] > links["record_b"]))
    ordered = links[["owner_a", "record_a", "owner_b", "record_b"]].to_numpy(dtype=object)
    ordered[swap.to_numpy()] = ordered[swap.to_numpy()][:, [2, 3, 0, 1]]
    twice = int(pd.DataFrame(ordered).duplicated().sum())
    yield "repeated_links", twice, f"{entity}: {twice:,} links are given more than once; each counts once"
    outside = (links["probability"] < 0) | (links["probability"] > 1)
    yield (
        "impossible_probability",
        int(outside.sum()),
        (f"{entity}: {int(outside.sum()):,} links have a probability outside 0 to 1; they count as links, but not in the calibration"),
    )
    unknown = ~links["band"].isin(list(bands))
    yield (
        "unknown_band",
        int(unknown.sum()),
        (f"{entity}: {int(unknown.sum()):,} links are in a band that the agreement does not name; they count in no decision"),
    )
    said = links["probability"].to_numpy(float)
    fits = [_band_of(said + rounding, bands) == links["band"].to_numpy(dtype=object) for rounding in (-ROUNDING, ROUNDING)]
    misplaced = int((~(fits[0] | fits[1]) & ~unknown.to_numpy()).sum())
    yield "misplaced_band", misplaced, f"{entity}: {misplaced:,} links are in another band than their probability says"


def _band_of(probability: Floats, bands: Mapping[str, float]) -> "np.ndarray[Any, np.dtype[np.object_]]":
    """The surest band whose lowest probability is reached; empty below all."""
    return np.select([probability >= lowest for lowest in bands.values()], list(bands), default="").astype(object)


def _odd_clusters(entity: str, clusters: pd.DataFrame, pairs: JudgedPairs) -> Found:
    twice = int(clusters.duplicated(["owner", "record_id"]).sum())
    yield "record_in_two_clusters", twice, f"{entity}: {twice:,} records are in more than one cluster; the last counts"
    linked = np.flatnonzero(pairs.linked)
    apart: Numbers = 1 - clustered_together(clusters, pairs.records, pairs.left[linked], pairs.right[linked])
    yield (
        "links_across_clusters",
        int(apart.sum()),
        (f"{entity}: {int(apart.sum()):,} links join records of different clusters: clusters.csv and links.csv do not belong together"),
    )


def _odd_truth(entity: str, truth: pd.DataFrame, records: Records) -> Found:
    """What in the truth is not usable."""
    blank = int((truth["entity_id"] == "").sum())
    yield "truth_without_entity", blank, f"{entity}: {blank:,} rows of the truth have no entity id and say nothing"
    twice = truth[truth["entity_id"] != ""].drop_duplicates(["owner", "record_id", "entity_id"])
    several = int(twice.duplicated(["owner", "record_id"]).sum())
    yield "truth_contradicts_itself", several, f"{entity}: the truth gives {several:,} records to more than one entity; the last counts"
    absent = int((records.in_truth & ~records.in_data).sum()) if records.in_data.any() else 0
    yield "truth_about_absent_records", absent, f"{entity}: the truth names {absent:,} records that are not in the data"


def unmeasured(results: Results, entities: Sequence[str]) -> list[Fault]:
    """Links of entity types that the truth does not know at all."""
    others = results.links[~results.links["entity"].isin(list(entities))]
    return [
        {"entity": str(entity), "code": "no_truth_for_type", "count": len(rows),
         "text": f"{entity}: {len(rows):,} links of a type that the truth does not name, so they are not measured"}
        for entity, rows in others.groupby("entity")
    ]  # fmt: skip
