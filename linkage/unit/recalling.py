"""Take withdrawals in, and recall what was listed of them from everybody who has it.

The rules of this room:
1. A withdrawal is opened under the agreement in force, the epoch and the clock; it speaks of its sender's own postings and names, by its
   own parts and no others, and counts once. The epoch may have been begun under a former agreement.
2. What has to be recalled is written down before anything is forgotten, for afterwards nobody knows it.
3. Everyone on whose lists of the epoch a link stood gets a notice, the owner that withdrew it too: so it learns who has to acknowledge.
4. A notice is sealed once; a rerun seals what is missing in the folder and was not sealed before.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.atomic_files import folder_whole, marked
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.ledger_notes import note_once
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.regrouping import LARGEST, REQUEST, groups_schema, read_count, read_part
from linkage.protocol.sealing import Draft, open_sealed, seal
from linkage.protocol.withdrawal import RECALL_FORMAT, RECALL_PART, Recall, withdrawn_parts
from linkage.unit.intake import Intake
from linkage.unit.issuing import issued_links, write_issued
from linkage.unit.state import RunState, write_json
from linkage.unit.withdrawn import FACTS, Withdrawal, withdrawals

Parts = dict[str, bytes]


def take_withdrawals(intake: Intake, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep withdrawals, all of those given or none; returns entities named by ``owner number``. Nothing is forgotten yet."""
    state = intake.state
    arrived = []
    for path in sorted(paths):
        with about(path):
            arrived.append(_verified(intake, path))
    intake.received.record_all([manifest for manifest, _ in arrived], state.run)
    for manifest, parts in arrived:
        _keep(state, manifest, parts)
    for one in withdrawals(state):
        _note_recalls(intake, one)
    return {
        f"{one.owner} {one.theirs}": sum(len(one.names(state, entity)) for entity in state.agreement.entities) for one in withdrawals(state)
    }


def seal_recalls(intake: Intake, out: Path) -> dict[str, int]:
    """Seal the notices that were not sealed yet; returns links recalled by receiver, those of earlier calls included."""
    out.mkdir(parents=True, exist_ok=True)
    state, by, counts = intake.state, intake.by, dict[str, int]()
    for one in withdrawals(state):
        for path in sorted(one.folder.glob("recall.*.json")):
            recall = Recall.model_validate_json(path.read_bytes())
            counts[recall.owner] = counts.get(recall.owner, 0) + len(recall.recalled)
            mark = path.with_suffix(".sealed")
            if not mark.exists():
                facts = {"epoch": state.epoch, "to": recall.owner, "message": one.message, "counts": {"links": len(recall.recalled)}}
                note_once(intake.received.ledger, "recall", facts, intake.now)
                _seal_one(state, recall, by, out)
                marked(mark)
    return dict(sorted(counts.items()))


def _seal_one(state: RunState, recall: Recall, by: PartyKeys, out: Path) -> None:
    agreement, body = state.in_force, {"number": recall.number, "links": len(recall.recalled)}
    draft = Draft("recall", agreement.fingerprint, state.epoch, body, timedelta(days=agreement.exchange.list_days))
    parts = {RECALL_PART: canonical_json(recall.model_dump(mode="json"))}
    seal(draft, parts, public_keys_of(agreement, recall.owner), by, recall_path(out, state.epoch, recall.owner, recall.number))


def recall_path(folder: Path, epoch: str, owner: str, number: int) -> Path:
    return folder / f"recall.{epoch}.{owner}.{number}.sealed"


def _verified(intake: Intake, path: Path) -> tuple[Manifest, Parts]:
    """Rule 1 for one withdrawal."""
    agreement, problem = intake.state.agreement, ""
    owners = {owner: public_keys_of(intake.state.in_force, owner) for owner in intake.state.in_force.owners}
    with open_sealed(path, intake.by, owners, intake.expectation("withdrawal")) as message:
        parts, manifest = message.read_parts(LARGEST), message.manifest
    read_count(manifest.body, "number", path.name, least=1)
    try:
        schemas = {
            name: schema
            for entity in agreement.entities
            for name, schema in zip(withdrawn_parts(entity), (REQUEST, groups_schema(agreement, manifest.sender)), strict=True)
        }
        for name, data in parts.items():
            if name not in schemas:
                raise InvalidPackage(f"part {name} is one that no withdrawal has")
            table = read_part(data, schemas[name], name)
            if pc.count_distinct(table.column(0)).as_py() != len(table):
                raise InvalidPackage(f"part {name} says something twice")
    except InvalidPackage as error:
        problem = str(error)
    if problem:
        raise InvalidPackage(f"{path.name}: {problem}")
    return manifest, parts


def _keep(state: RunState, manifest: Manifest, parts: Parts) -> None:
    """The message's parts in a folder of their own, which appears with all of them; one that is there stays."""
    known = withdrawals(state)
    if any(one.message == manifest.nonce for one in known):
        return
    folder = state.withdrawn / str(max((one.number for one in known), default=0) + 1)
    with folder_whole(folder) as begun:
        for name, data in parts.items():
            (begun / name).write_bytes(data)
        write_json(begun / FACTS, {"owner": manifest.sender, "number": manifest.body["number"], "message": manifest.nonce})


def _note_recalls(intake: Intake, one: Withdrawal) -> None:
    """Rules 2 and 3: notices by receiver, then the links leave the register of what is on lists."""
    state, done = intake.state, one.folder / "noted.mark"
    if done.exists():
        return
    named = {entity: one.names(state, entity) for entity in state.agreement.entities}
    counts = {"entities": sum(map(len, named.values())), "postings": sum(len(one.ids(entity)) for entity in named)}
    note_once(intake.received.ledger, "forgotten", {"epoch": state.epoch, "message": one.message, "counts": counts}, intake.now)
    for owner in state.agreement.owners:
        hit = _hit(issued_links(state, owner), named, one.owner, owner).to_pylist()
        if hit:
            recall = Recall(format=RECALL_FORMAT, owner=owner, epoch=state.epoch, number=one.number, withdrawn_by=one.owner,
                            withdrawal=one.theirs, recalled=hit)  # fmt: skip
            write_json(one.folder / f"recall.{owner}.json", recall.model_dump(mode="json"))
    for owner in state.agreement.owners:
        path = one.folder / f"recall.{owner}.json"
        if path.exists():
            gone = {row.link_id for row in Recall.model_validate_json(path.read_bytes()).recalled}
            links = issued_links(state, owner)
            write_issued(state, owner, links.filter(pc.invert(pc.is_in(links["link_id"], value_set=pa.array(sorted(gone), pa.string())))))
    marked(done)


def _hit(links: pa.Table, named: dict[str, list[dict[str, bytes]]], withdrawn_by: str, owner: str) -> pa.Table:
    """The links on the owner's lists that ``withdrawn_by`` named, by its own names or by those that it made for the owner."""
    ours = owner == withdrawn_by
    column, said = ("pseudonym", links["own"]) if ours else (f"reference/{owner}", links["reference"])
    theirs = {entity: pa.array([row[column].hex() for row in rows], pa.string()) for entity, rows in named.items()}
    hits = [pc.and_(pc.equal(links["entity"], entity), pc.is_in(said, value_set=names)) for entity, names in theirs.items()]
    hit = reduce(pc.or_, hits)
    return links.filter(hit if ours else pc.and_(hit, pc.equal(links["other"], withdrawn_by)))
