"""Withdrawals as they lie at the unit: which postings and names of an epoch are to be forgotten.

``withdrawn/<number>/`` holds a message's parts, ``withdrawal.json`` who sent it, ``recall.<owner>.json`` what has to be recalled from whom;
numbers count up over all owners of the epoch.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from linkage.protocol.postings import read_table
from linkage.protocol.regrouping import REQUEST, groups_schema
from linkage.protocol.withdrawal import withdrawn_parts
from linkage.unit.asked import NO_IDS
from linkage.unit.state import RunState, numbered

FACTS = "withdrawal.json"


class Withdrawal(NamedTuple):
    """``number`` is ours, ``theirs`` the one that the owner gave; ``message`` is the message's id."""

    number: int
    owner: str
    theirs: int
    message: str
    folder: Path

    def ids(self, entity: str) -> pa.Array:
        """Posting ids to forget."""
        path = self.folder / withdrawn_parts(entity)[0]
        return pa.concat_arrays([NO_IDS, *(read_table(path, REQUEST)["id"].chunks if path.exists() else [])])

    def names(self, state: RunState, entity: str) -> list[dict[str, bytes]]:
        """Names to forget, rows in the columns of ``groups_schema``."""
        path = self.folder / withdrawn_parts(entity)[1]
        rows: list[dict[str, bytes]] = read_table(path, groups_schema(state.agreement, self.owner)).to_pylist() if path.exists() else []
        return rows


def withdrawals(state: RunState) -> list[Withdrawal]:
    """Everything that was withdrawn in this epoch, in our order."""
    found = []
    for number, folder in numbered(state.withdrawn):
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        found.append(Withdrawal(number, facts["owner"], facts["number"], facts["message"], folder))
    return found


def withdrawn_ids(state: RunState, owner: str, entity: str) -> pa.Array:
    """All posting ids of an owner that are to be forgotten."""
    return pa.concat_arrays([NO_IDS, *(one.ids(entity) for one in withdrawals(state) if one.owner == owner)])


def withdrawn_names(state: RunState, owner: str, entity: str) -> set[bytes]:
    """All pseudonyms of an owner that are to be forgotten."""
    return {row["pseudonym"] for one in withdrawals(state) if one.owner == owner for row in one.names(state, entity)}
