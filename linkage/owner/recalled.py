"""Recalls: links that another owner has withdrawn leave our lists, and that owner is told so.

The rules of this room:
1. A recall is from the unit, to us, under this agreement, of the epoch on its seal, and names records that we released in that epoch.
2. Its links are noted at home first: from then on they are in no list that we resolve.
3. Resolved lists that hold one of them are deleted, all three files, from the folders that we are shown; the list that the unit sent after
   it takes their place.
4. The acknowledgement is sealed to the owner that withdrew, and not to the unit: an owner that never withdrew anything so learns that
   somebody speaks in its name. A notice about our own withdrawal says who has to acknowledge it.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import crosswalk_path
from linkage.owner.recalled_links import note_recalled
from linkage.owner.resolution import CSV_FILE, JSON_FILE, PAGE_FILE, own_records
from linkage.owner.withdrawal_status import note_event
from linkage.protocol.atomic_files import deleted_for_good
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.ledger_notes import note_once
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal
from linkage.protocol.withdrawal import RECALL_PART, Recall, read_recall


def acknowledge(at_home: AtHome, notice: Path, out: Path, lists: Iterable[Path] = ()) -> dict[str, int]:
    """Take a recall in and seal the acknowledgement; returns counts: links recalled, resolved lists deleted, acknowledgements."""
    # 1. From the unit, about records of ours
    with about(notice):
        manifest, recall = _opened(at_home, notice)
        _check(at_home, manifest, recall, notice.name)
    # 2. Noted first
    at_home.received.record(manifest, f"recall-{manifest.epoch}")
    note_recalled(at_home.profile.home, recall, at_home.now)
    # 3. Out of the lists
    gone = {link.link_id for link in recall.recalled}
    holding = [folder for folder in lists if _holds(folder, gone)]
    _note_forgotten(at_home, manifest, {"links": len(gone), "lists": len(holding)})
    for folder in holding:
        for name in (CSV_FILE, PAGE_FILE, JSON_FILE):  # the one that is read goes last, so that a rerun finds what is left
            deleted_for_good(folder / name)
    # 4. To whom it concerns
    return {"links": len(recall.recalled), "lists_deleted": len(holding), "acknowledgements": _answer(at_home, recall, out)}


def acknowledgement_path(folder: Path, recall: Recall) -> Path:
    return folder / f"acknowledgement.{recall.epoch}.{recall.owner}.{recall.withdrawn_by}.{recall.withdrawal}.sealed"


def _opened(at_home: AtHome, notice: Path) -> tuple[Manifest, Recall]:
    agreement = at_home.agreement
    unit = public_keys_of(agreement, agreement.unit)
    expect = Expectation("recall", agreement.fingerprint, None, at_home.now, frozenset([agreement.unit]))
    with open_sealed(notice, at_home.by, {agreement.unit: unit}, expect) as message:
        parts, manifest = message.read_parts(), message.manifest
    if set(parts) != {RECALL_PART}:
        raise InvalidPackage(f"{notice.name}: expected one part, {RECALL_PART}")
    return manifest, read_recall(parts[RECALL_PART], notice.name)


def _check(at_home: AtHome, manifest: Manifest, recall: Recall, name: str) -> None:
    agreement, party = at_home.agreement_of(manifest.epoch), at_home.profile.party
    if (recall.owner, recall.epoch, recall.number) != (party, manifest.epoch, manifest.body.get("number")):
        raise InvalidPackage(f"{name}: the recall inside has another owner, epoch or number than its seal")
    own = {
        entity: own_records(at_home, recall.epoch, entity)
        for entity in sorted({link.entity for link in recall.recalled} & set(agreement.entities))
        if crosswalk_path(at_home.profile.home, recall.epoch, entity).exists()
    }
    for row, link in enumerate(recall.recalled, 1):
        others = set(agreement.owners) - {party}
        known = link.entity in agreement.entities and link.other in (others if recall.withdrawn_by == party else {recall.withdrawn_by})
        if not known or link.other not in others:
            raise InvalidPackage(f"{name}: row {row}: its entity type or other owner is not the one it can be about")
        if link.entity in own and link.own not in own[link.entity]:
            raise InvalidPackage(f"{name}: row {row}: is not about a {link.entity} that we released in epoch {recall.epoch}")


def _note_forgotten(at_home: AtHome, manifest: Manifest, counts: dict[str, int]) -> None:
    """Before anything is deleted; a rerun that finds nothing more to delete has nothing more to note."""
    noted = any(entry.facts["message"] == manifest.nonce for entry in at_home.ledger.entries("forgotten"))
    if counts["lists"] or not noted:
        note_once(at_home.ledger, "forgotten", {"epoch": manifest.epoch, "message": manifest.nonce, "counts": counts}, at_home.now)


def _holds(folder: Path, gone: set[str]) -> bool:
    """Whether the folder has a resolved list with a recalled link."""
    path = folder / JSON_FILE
    return path.is_file() and not gone.isdisjoint(link["link_id"] for link in json.loads(path.read_text(encoding="utf-8"))["links"])


def _answer(at_home: AtHome, recall: Recall, out: Path) -> int:
    """The acknowledgement to the owner that withdrew; of our own withdrawal, a note of who has to."""
    agreement, by = at_home.agreement, at_home.by
    if recall.withdrawn_by == by.party:
        receivers = Counter(link.other for link in recall.recalled)
        note_event(at_home, {"what": "recalled", "epoch": recall.epoch, "number": recall.withdrawal, "by": dict(sorted(receivers.items()))})
        return 0
    path = acknowledgement_path(out, recall)
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        body = {"number": recall.withdrawal, "links": len(recall.recalled)}
        draft = Draft("acknowledgement", agreement.fingerprint, recall.epoch, body, timedelta(days=agreement.exchange.message_days))
        seal(draft, {}, public_keys_of(agreement, recall.withdrawn_by), by, path)
    return 1
