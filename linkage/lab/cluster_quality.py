"""Clusters against true entities: by pairs, by records (B-cubed), and as a whole.

Records in no cluster are clusters of one; records that the truth does not know are entities of one. Only records that the data, the truth
or the clusters name take part. By pairs, those inside one owner do not count, as with links. B-cubed after [Bagga1998].
"""

from typing import Any

import numpy as np
import pandas as pd

from linkage.lab.intervals import Outcomes, f1_interval, f1_of, ratio, rounded
from linkage.lab.judged_pairs import Floats, Numbers, Records
from linkage.protocol.intervals import wilson

Measures = dict[str, Any]


class _Cells:
    """Records counted by cluster, entity and owner: one row per combination that occurs, `count` records each; all arrays (cells,)."""

    def __init__(self, made: Numbers, true: Numbers, owner: Numbers) -> None:
        self.records = len(made)
        owners = int(owner.max(initial=0)) + 1
        self._entities, self._owners = int(true.max(initial=0)) + 1, owners
        keys, self.count = np.unique((made * self._entities + true) * owners + owner, return_counts=True)
        self.made, self.true, self.owner = keys // owners // self._entities, keys // owners % self._entities, keys % owners

    def by_made_true(self) -> tuple[Numbers, Numbers, Numbers]:
        """Clusters, entities, and the records that they share, one row per combination."""
        keys, place = np.unique(self.made * self._entities + self.true, return_inverse=True)
        return keys // self._entities, keys % self._entities, _summed(place, self.count)

    def of_made(self) -> Numbers:
        """Of each cell, the records of its cluster."""
        return np.asarray(_summed(self.made, self.count)[self.made])

    def of_true(self) -> Numbers:
        """Of each entity, its records."""
        return _summed(self.true, self.count)

    def owners_of_true(self) -> Numbers:
        """Of each entity, at how many owners it has records."""
        return np.bincount(np.unique(self.true * self._owners + self.owner) // self._owners)

    def within(self, *sides: Numbers) -> Numbers:
        """Of each cell, the records of all cells that agree with it in these columns."""
        keys = sides[0]
        for side in sides[1:]:
            keys = keys * (int(side.max(initial=0)) + 1) + side
        place = np.unique(keys, return_inverse=True)[1]
        return _summed(place, self.count)[place]


def cluster_quality(clusters: pd.DataFrame, records: Records) -> Measures:
    """Measures of one entity type's clusters (`cluster_id`, `owner`, `record_id`); a record that is in two counts in its last."""
    made = np.arange(len(records)) + len(clusters)
    numbers = records.of(clusters["owner"], clusters["record_id"])
    made[numbers] = pd.factorize(clusters["cluster_id"], sort=True)[0]
    present = records.in_data | records.in_truth
    present[numbers] = True
    cells = _Cells(_dense(made[present]), _dense(records.identity[present]), records.owner[present])
    return {"pairwise": _pairwise(cells), "b_cubed": _b_cubed(cells)} | _whole(cells)


def _dense(numbers: Numbers) -> Numbers:
    """The same groups, numbered from 0 without gaps."""
    return np.asarray(np.unique(numbers, return_inverse=True)[1], dtype=np.int64)


def _summed(groups: Numbers, counts: Numbers) -> Numbers:
    return np.bincount(groups, counts).astype(np.int64)


def _pairwise(cells: _Cells) -> Measures:
    """Pairs of records of two owners. Each record is paired with those of its group that are not of its owner: no pair is listed."""
    here, cluster = cells.count, cells.of_made()
    same_both, same_owner = cells.within(cells.made, cells.true), cells.within(cells.made, cells.owner)
    entity, of_owner = cells.of_true()[cells.true], cells.within(cells.true, cells.owner)
    linked, true, right = here * (cluster - same_owner), here * (entity - of_owner), here * (same_both - here)
    hits = _summed(cells.true, right) // 2
    outcomes = Outcomes(hits, _summed(cells.true, linked - right), _summed(cells.true, true) // 2 - hits)
    links, total, found = int(linked.sum()) // 2, int(true.sum()) // 2, int(right.sum()) // 2
    return {
        "links": links, "right": found, "true_pairs": total,
        "precision": ratio(found, links), "precision_interval": rounded(wilson(found, links)),
        "recall": ratio(found, total), "recall_interval": rounded(wilson(found, total)),
        "f1": f1_of(found, links, total), "f1_interval": rounded(f1_interval(outcomes)),
    }  # fmt: skip


def _b_cubed(cells: _Cells) -> Measures:
    """Of each record: which share of its cluster is of its entity, and which share of its entity is in its cluster; on average."""
    made, true, shared = cells.by_made_true()
    square: Floats = shared.astype(float) ** 2
    precision = ratio(float((square / _summed(made, shared)[made]).sum()), cells.records)
    recall = ratio(float((square / _summed(true, shared)[true]).sum()), cells.records)
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else None
    return {"records": cells.records, "precision": precision, "recall": recall, "f1": f1}


def _whole(cells: _Cells) -> Measures:
    """True clusters (entities at two owners or more) found exactly or split; made clusters that merge entities."""
    made, true, shared = cells.by_made_true()
    made_size, true_size = _summed(made, shared), _summed(true, shared)
    at_several = cells.owners_of_true() > 1
    exact = int((at_several[true] & (shared == made_size[made]) & (shared == true_size[true])).sum())
    total, split = int(at_several.sum()), int((at_several & (np.bincount(true) > 1)).sum())
    joined = made_size > 1
    clusters, merging = int(joined.sum()), int((joined & (np.bincount(made) > 1)).sum())
    return {
        "true_clusters": total, "exact": exact, "exact_share": ratio(exact, total), "exact_interval": rounded(wilson(exact, total)),
        "under_merged": split, "under_merged_share": ratio(split, total), "under_merged_interval": rounded(wilson(split, total)),
        "made_clusters": clusters, "over_merged": merging, "over_merged_share": ratio(merging, clusters),
        "over_merged_interval": rounded(wilson(merging, clusters)),
    }  # fmt: skip


def clustered_together(clusters: pd.DataFrame, records: Records, left: Numbers, right: Numbers) -> Numbers:
    """Of each pair of records 1 when they share a cluster, 0 when not, shape (pairs,)."""
    made = -1 - np.arange(len(records))
    made[records.of(clusters["owner"], clusters["record_id"])] = pd.factorize(clusters["cluster_id"], sort=True)[0]
    return np.asarray(made[left] == made[right], dtype=np.int64)
