"""An invented corpus for tests, in several chunks, and its files as tables."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from linkage.lab.invention import invent
from linkage.lab.plan import Plan

OWNERS = ("ca", "mx", "us")
ENTITIES = ("firearm", "organization", "suspect")


class Invented(NamedTuple):
    """Where it is, and its records by (owner, entity) with entity id, and traits as a set for each record."""

    path: Path
    records: dict[tuple[str, str], pd.DataFrame]
    truth: pd.DataFrame
    traits: pd.DataFrame

    def both(self, entity: str, left: str, right: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Two owners' records of one entity type."""
        return self.records[left, entity], self.records[right, entity]


def read(path: Path) -> pd.DataFrame:
    """A CSV file, all text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def invented(path: Path, plan: Plan, workers: int = 1) -> Invented:
    """Invent and read."""
    invent(path, plan, workers)
    truth, traits = read(path / "truth.csv"), read(path / "traits.csv")
    records = {}
    for owner in OWNERS:
        for entity in ENTITIES:
            known = truth[(truth.owner == owner) & (truth.entity == entity)][["record_id", "entity_id"]]
            table = read(path / owner / f"{entity}.csv").merge(known, on="record_id", how="left", validate="one_to_one")
            own = traits[(traits.owner == owner) & (traits.entity == entity)].groupby("record_id").trait.agg(frozenset)
            records[owner, entity] = table.assign(
                traits=table.record_id.map(own).map(lambda found: found if found == found else frozenset())
            )
    return Invented(path, records, truth, traits)
