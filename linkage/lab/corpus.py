"""The files of an invented corpus as tables, for those who may see truth and traits: statistics and tests."""

from functools import cached_property
from pathlib import Path

import pandas as pd

from linkage.protocol.errors import InvalidSource


class Corpus:
    """The files of an invented corpus, each read when it is first asked for; all text, nothing missing but empty."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """`mx/suspect`, `truth`, ..."""
        if name not in self._read:
            path = self._data / f"{name}.csv"
            if not path.is_file():
                raise InvalidSource(f"{path}: not found; expected a folder that `trilink lab invent` wrote")
            self._read[name] = pd.read_csv(path, dtype=str, keep_default_na=False)
        return self._read[name]

    @cached_property
    def suspects(self) -> pd.DataFrame:
        """All owners' suspects."""
        return pd.concat([self[f"{owner}/suspect"].assign(owner=owner) for owner in ("ca", "mx", "us")], ignore_index=True)

    @cached_property
    def seizures(self) -> pd.DataFrame:
        """Seizures with the agency of their case."""
        return self["seizures"].merge(self["cases"][["owner", "case_id", "agency"]], on=["owner", "case_id"])

    def pairs(self, left: str, right: str) -> pd.DataFrame:
        """Suspects that both owners hold, a row each, under names of their own, whose name is one surname."""
        truth, traits = self["truth"], self["traits"]
        sides = []
        for owner in (left, right):
            ids = truth[(truth.owner == owner) & (truth.entity == "suspect")]
            special = traits[(traits.owner == owner) & traits.trait.isin(["alias_used", "evasion"]) & (traits.entity == "suspect")]
            records = self[f"{owner}/suspect"].merge(ids[["record_id", "entity_id"]], on="record_id")
            sides.append(records[~records.record_id.isin(special.record_id)])
        return sides[0].merge(sides[1], on="entity_id", suffixes=("_a", "_b"))
