"""Withdraw records or cases at home: from then on they are in no package, answer or list, and the unit is told to forget them.

The rules of this room:
1. What is withdrawn is noted at home (``withdrawn``) before anything is sealed; whatever else happens, it is released no more.
2. Every epoch whose crosswalk is still here gets a message of its own: an entity is as it was in that epoch, with what it was merged with,
   and has the names that the epoch's agreement gives it. The message travels under the agreement in force.
3. The message names postings all together, so that it does not say which belong to whom, and names only those entities that an answer of
   ours had named. No reason travels.
4. An epoch whose crosswalk cannot be opened holds up no other: it is named when all others are told.
5. A message is numbered in its epoch and noted before it is sealed: a rerun seals what was not, and sends nothing twice.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.owner.answered import Answered
from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import Crosswalk, OwnEntity, crosswalk_path, read_crosswalk
from linkage.owner.regrouping import names_of
from linkage.owner.withdrawal_status import note_event
from linkage.owner.withdrawn import Withdrawn, withdrawn_records
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.kept_agreement import WITHOUT, without_its_agreement
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import REQUEST, groups_schema
from linkage.protocol.sealing import Draft, seal
from linkage.protocol.withdrawal import withdrawn_parts

NOTES = "withdrawals.json"
Note = dict[str, Any]
"""``number``, ``sealed`` (whether its message was), ``entities``: first record ids by entity type."""


def seal_withdrawals(at_home: AtHome, out: Path) -> dict[str, int]:
    """Seal a message for every epoch that what is noted as withdrawn touches; returns counts: entities, postings, messages.

    Raises TrilinkError after that where an epoch could not be looked into (rule 4).
    """
    home = at_home.profile.home
    gone, counts, shut = withdrawn_records(home), dict.fromkeys(("entities", "postings", "messages"), 0), list[str]()
    for folder in sorted(path for path in (home / "epochs").glob("*") if path.is_dir()):
        try:
            epoch = _Epoch(at_home, folder.name)
        except TrilinkError as refused:
            shut.append(f"{folder.name} ({WITHOUT if without_its_agreement(folder) else refused})")
            continue
        for number in epoch.due(gone):
            entities, postings = epoch.seal(number, out)
            for key, count in zip(counts, (entities, postings, 1), strict=True):
                counts[key] += count
    if shut:
        raise TrilinkError(
            f"{counts['messages']} messages were sealed, but nobody can be told about epoch {', '.join(shut)}: put the file back from a "
            "backup and withdraw again, or ask the unit to forget that epoch"
        )
    return counts


class _Epoch:
    """What an epoch's crosswalks say about the withdrawn, and which messages about them were sealed."""

    def __init__(self, at_home: AtHome, epoch: str) -> None:
        self.at_home, self.epoch = at_home, epoch
        self.folder, self.agreement = at_home.profile.home / "epochs" / epoch, at_home.agreement_of(epoch)
        paths = {entity: crosswalk_path(at_home.profile.home, epoch, entity) for entity in sorted(self.agreement.entities)}
        self.crosswalks = {
            entity: read_crosswalk(path, self.agreement, epoch, at_home.by, at_home.now) for entity, path in paths.items() if path.exists()
        }
        self.notes: list[Note] = json.loads((self.folder / NOTES).read_text(encoding="utf-8")) if (self.folder / NOTES).exists() else []

    def due(self, gone: Withdrawn) -> list[int]:
        """Numbers of the messages to seal, after a note of a new one where something more is withdrawn."""
        told = {(entity, first) for note in self.notes for entity, firsts in note["entities"].items() for first in firsts}
        fresh: dict[str, list[str]] = {}
        for entity, crosswalk in self.crosswalks.items():
            firsts = [own.record_id for own in crosswalk.all_entities() if gone.touches(entity, own.records)]
            fresh |= {entity: new} if (new := [first for first in firsts if (entity, first) not in told]) else {}
        if fresh:
            self.notes.append({"number": len(self.notes) + 1, "sealed": False, "entities": fresh})
            self._write_notes()
        return [note["number"] for note in self.notes if not note["sealed"]]

    def seal(self, number: int, out: Path) -> tuple[int, int]:
        """The message of that number; returns how many entities and postings it is about."""
        agreement, by, note = self.at_home.agreement, self.at_home.by, self.notes[number - 1]
        named, parts, counts = Answered(self.at_home, self.epoch), {}, [0, 0]
        for entity, firsts in note["entities"].items():
            entities, ids = _of(self.crosswalks[entity], set(firsts))
            told = [own for own, found in entities if not found.isdisjoint(named.named(entity))]
            rows = sorted((names_of(self.at_home, self.agreement, entity, own) for own in told), key=lambda row: row["pseudonym"])
            postings, names = withdrawn_parts(entity)
            parts[postings] = table_bytes(pa.table([pa.array(ids, pa.binary(16))], schema=REQUEST))
            parts[names] = table_bytes(pa.Table.from_pylist(rows, schema=groups_schema(self.agreement, by.party)))
            counts = [counts[0] + len(entities), counts[1] + len(ids)]
        draft = Draft("withdrawal", agreement.fingerprint, self.epoch, {"number": number}, timedelta(days=agreement.exchange.message_days))
        out.mkdir(parents=True, exist_ok=True)
        path = withdrawal_path(out, self.epoch, by.party, number)
        if not path.exists():
            seal(draft, parts, public_keys_of(agreement, agreement.unit), by, path)
        note_event(self.at_home, {"what": "withdrawn", "epoch": self.epoch, "number": number, "entities": counts[0]})
        note["sealed"] = True  # last: who was killed before comes here again
        self._write_notes()
        return counts[0], counts[1]

    def _write_notes(self) -> None:
        with written_whole(self.folder / NOTES, PRIVATE) as file:
            file.write(json.dumps(self.notes, sort_keys=True).encode() + b"\n")


def withdrawal_path(folder: Path, epoch: str, owner: str, number: int) -> Path:
    return folder / f"withdrawal.{epoch}.{owner}.{number}.sealed"


def _of(crosswalk: Crosswalk, firsts: set[str]) -> tuple[list[tuple[OwnEntity, set[bytes]]], list[bytes]]:
    """The entities with these first records and the postings of each, and all these postings, sorted."""
    found = [(number, own) for number, own in enumerate(crosswalk.all_entities()) if own.record_id in firsts]
    entities = [(own, set(crosswalk.ids.filter(pa.array(crosswalk.entities == np.uint32(number))).to_pylist())) for number, own in found]
    return entities, sorted(posting for _, ids in entities for posting in ids)
