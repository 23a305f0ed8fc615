"""All pairs of one entity type that are true or were linked, once each, and what is known of each: the table that measures are taken from.

1. A *true pair* is two records of one entity at two owners. All of them count, also those that no blocking pass brought together.
2. Pairs are unordered: a link that names its owners the other way round is the same link. A link given twice counts once, the surer one.
3. Records that the truth does not know belong to nobody: a link to one is a false link. So is a link inside one owner.
4. A row of the truth without an entity id says nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from linkage.lab.intervals import Counts, Outcomes

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

PAIR_COLUMNS = ["entity", "owner_a", "record_a", "owner_b", "record_b"]


class Records:
    """The records of one entity type that any table names, numbered by owner and name, so that no order of rows changes a sum.

    `owners` sorted names; `owner` (records,) index into them; `identity` (records,) number of the entity, a fresh one where the truth
    knows none; `in_truth` and `in_data` (records,) whether truth and input tables know the record.
    """

    def __init__(self, tables: Sequence[pd.DataFrame], truth: pd.DataFrame, data: pd.DataFrame) -> None:
        sides = [truth, data, *tables]
        self.owners = sorted({str(name) for table in sides for name in table["owner"].unique()})
        names = pd.concat([table["record_id"] for table in sides], ignore_index=True)
        codes, self._names = pd.factorize(names, sort=True)
        owner = np.concatenate([self._owner_codes(table["owner"]) for table in sides])
        self._keys = _distinct(owner * len(self._names) + codes)
        self.owner = self._keys // max(len(self._names), 1)
        self.in_truth, self.in_data = self._flags(truth), self._flags(data)
        self.identity = np.arange(len(self._keys)) + len(truth)
        self.identity[self.of(truth["owner"], truth["record_id"])] = pd.factorize(truth["entity_id"], sort=True)[0]

    @property
    def home_owners(self) -> list[str]:
        """Owners that have records, in name order; a link may name others."""
        return [self.owners[number] for number in np.unique(self.owner[self.in_data | self.in_truth])]

    def __len__(self) -> int:
        return len(self._keys)

    def _owner_codes(self, names: "pd.Series[str]") -> Numbers:
        return np.asarray(pd.Index(self.owners).get_indexer(pd.Index(names)), dtype=np.int64)

    def of(self, owners: "pd.Series[str]", record_ids: "pd.Series[str]") -> Numbers:
        """Numbers of records, shape (rows,); -1 for one that no table names."""
        owner, name = self._owner_codes(owners), self._names.get_indexer(pd.Index(record_ids))
        return self._numbers(np.where((owner < 0) | (name < 0), -1, owner * len(self._names) + name))

    def at(self, owner: int, numbers: Numbers) -> Numbers:
        """Numbers of the records of another owner that have the same record ids; -1 where it has none."""
        return self._numbers(owner * len(self._names) + self._keys[numbers] % max(len(self._names), 1))

    def _numbers(self, keys: Numbers) -> Numbers:
        if not len(self):
            return np.full(len(keys), -1)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self) - 1)
        return np.asarray(np.where(self._keys[places] == keys, places, -1))

    def _flags(self, table: pd.DataFrame) -> Flags:
        flags = np.zeros(len(self), dtype=bool)
        flags[self.of(table["owner"], table["record_id"])] = True
        return flags


class JudgedPairs(NamedTuple):
    """One row per pair, shape (pairs,): numbers of its records, whether it is `true`, `compared`, `linked`, and as which link.

    `band` is the index among the agreement's bands, their number for a band it does not name, -1 without a link; `weight` and
    `probability` are NaN without a link. `scope` numbers the unordered pair of owners (`scope_of`).
    """

    records: Records
    left: Numbers
    right: Numbers
    true: Flags
    compared: Flags
    linked: Flags
    band: Numbers
    weight: Floats
    probability: Floats

    @property
    def scope(self) -> Numbers:
        """Of each pair, the number of its owners."""
        first, second = self.records.owner[self.left], self.records.owner[self.right]
        return np.asarray(np.minimum(first, second) * len(self.records.owners) + np.maximum(first, second))

    def outcomes(self, decided: Flags, within: Flags) -> Outcomes:
        """What a decision did to each entity, counted over the pairs `within`."""
        ends = np.concatenate([self.records.identity[self.left], self.records.identity[self.right]])

        def of(chosen: Flags) -> Counts:
            return np.bincount(ends[np.concatenate([chosen, chosen])], minlength=int(ends.max(initial=-1)) + 1)

        true, decided = self.true & within, decided & within
        return Outcomes(of(true & decided) // 2, of(decided & ~true), of(true & ~decided) // 2)


def scope_of(owners: Sequence[str], first: str, second: str) -> int:
    """Number of an unordered pair of owners."""
    low, high = sorted((owners.index(first), owners.index(second)))
    return low * len(owners) + high


def true_pair_table(truth: pd.DataFrame) -> pd.DataFrame:
    """All true pairs of a truth (`owner`, `entity`, `record_id`, `entity_id`), owners in alphabetical order, by name."""
    known = truth[truth["entity_id"] != ""].drop_duplicates(["owner", "entity", "record_id"], keep="last")
    met = known.merge(known, on=["entity", "entity_id"], suffixes=("_a", "_b"))
    met = met[met["owner_a"] < met["owner_b"]].rename(columns={"record_id_a": "record_a", "record_id_b": "record_b"})
    return met[PAIR_COLUMNS].reset_index(drop=True)


def judge(links: pd.DataFrame, truth: pd.DataFrame, compared: pd.DataFrame, records: Records, bands: Sequence[str]) -> JudgedPairs:
    """The table of one entity type; all of one type already. `compared` has `PAIR_COLUMNS` of the true pairs that were compared."""
    link_keys, order = _link_keys(links, records)
    true_keys, compared_keys = (_distinct(_keys(table, records)) for table in (true_pair_table(truth), compared))
    keys = _distinct(np.concatenate([true_keys, link_keys]))
    place = np.searchsorted(keys, link_keys)

    def among(some: Numbers) -> Flags:
        places = np.minimum(np.searchsorted(some, keys), max(len(some) - 1, 0))
        return np.asarray(some[places] == keys) if len(some) else np.zeros(len(keys), dtype=bool)

    def of_links(name: str) -> Floats:
        filled = np.full(len(keys), np.nan)
        filled[place] = links[name].to_numpy(float)[order]
        return filled

    codes, band = pd.Index(list(bands)).get_indexer(pd.Index(links["band"])), np.full(len(keys), -1, dtype=np.int64)
    band[place] = np.where(codes < 0, len(bands), codes)[order]
    left, right = np.divmod(keys, max(len(records), 1))
    return JudgedPairs(
        records, left, right, among(true_keys), among(compared_keys), among(link_keys),
        band, of_links("weight"), of_links("probability"),
    )  # fmt: skip


def _link_keys(links: pd.DataFrame, records: Records) -> tuple[Numbers, Numbers]:
    """Distinct keys of the links, rising, and the row of each: of a link that is given twice the surer one."""
    keys = _keys(links, records)
    order = np.lexsort((-links["weight"].to_numpy(float), -links["probability"].to_numpy(float), keys))
    first = np.append(True, np.diff(keys[order]) > 0)[: len(keys)]
    return keys[order][first], order[first]


def _keys(pairs: pd.DataFrame, records: Records) -> Numbers:
    """One number for each unordered pair, shape (rows,)."""
    ends = (records.of(pairs["owner_a"], pairs["record_a"]), records.of(pairs["owner_b"], pairs["record_b"]))
    return np.minimum(*ends) * len(records) + np.maximum(*ends)


def _distinct(keys: Numbers) -> Numbers:
    """Distinct numbers, rising; sorting is several times faster than the table that `np.unique` keeps."""
    ordered = np.sort(keys)
    return np.asarray(ordered[np.append(True, np.diff(ordered) > 0)[: len(ordered)]])


def named_records(pairs: pd.DataFrame) -> pd.DataFrame:
    """The records that a table of pairs names, `owner` and `record_id`, one row for each mention."""
    sides = [pairs[[f"owner_{side}", f"record_{side}"]].set_axis(["owner", "record_id"], axis=1) for side in "ab"]
    return pd.concat(sides, ignore_index=True)
