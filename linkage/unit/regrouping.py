"""Ask each owner which of its linked postings are one record, and take the answers in."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import MEMBERS, REQUEST, groups_schema, read_part
from linkage.protocol.sealing import Draft, open_sealed, seal
from linkage.unit.classification import POSSIBLE
from linkage.unit.intake import Intake
from linkage.unit.state import RunState


class Groups:
    """An owner's answer about one entity type: posting id -> group number, and each group's names by column."""

    __slots__ = ("columns", "group_of")

    def __init__(self, group_of: dict[bytes, int], columns: dict[str, list[bytes]]) -> None:
        self.group_of, self.columns = group_of, columns


def read_possible(path: Path) -> pa.Table:
    """Pairs of posting ids that reached possible match, with their pattern code."""
    with pa.OSFile(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    return table.cast(POSSIBLE)


def write_requests(state: RunState, by: PartyKeys, out: Path) -> dict[str, int]:
    """Seal one request per owner with the ids of its possible matches, sorted; returns ids by owner."""
    asked: dict[str, dict[str, set[bytes]]] = {}
    for entity, left, right in state.jobs():
        table = read_possible(state.possible(entity, left, right))
        for owner, side in ((left, "left"), (right, "right")):
            asked.setdefault(owner, {}).setdefault(entity, set()).update(table[side].to_pylist())
    out.mkdir(parents=True, exist_ok=True)
    agreement = state.agreement
    for owner, entities in sorted(asked.items()):
        draft = Draft("regroup_request", agreement.fingerprint, state.epoch, {"postings": sum(map(len, entities.values()))},
                      timedelta(days=agreement.exchange.message_days))  # fmt: skip
        parts = {f"{entity}.arrow": table_bytes(pa.table([pa.array(sorted(ids), pa.binary(16))], schema=REQUEST))
                 for entity, ids in entities.items()}  # fmt: skip
        path = request_path(out, state.epoch, owner)
        if not path.exists():
            seal(draft, parts, public_keys_of(agreement, owner), by, path)
    return {owner: sum(map(len, entities.values())) for owner, entities in sorted(asked.items())}


def request_path(folder: Path, epoch: str, owner: str) -> Path:
    return folder / f"regroup-request.{epoch}.{owner}.sealed"


def take_answers(intake: Intake, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep the owners' answers; returns groups by owner. An owner that does not answer has no links in this run."""
    state = intake.state
    owners = {owner: public_keys_of(state.agreement, owner) for owner in state.agreement.owners}
    for path in sorted(paths):
        with open_sealed(path, intake.by, owners, intake.expectation("regroup_answer")) as message:
            parts, sender = message.read_parts(), message.manifest.sender
        for entity in sorted(state.agreement.entities):
            _checked(state, sender, entity, parts)
        intake.received.record(message.manifest, state.run)
        folder = state.answer(sender)
        folder.mkdir(exist_ok=True, mode=0o700)
        for name, data in parts.items():
            with written_whole(folder / name) as file:
                file.write(data)
    return {owner: sum(len(read_groups(state, owner, entity).columns.get("pseudonym", [])) for entity in state.entities())
            for owner in state.agreement.owners if state.answer(owner).is_dir()}  # fmt: skip


def read_groups(state: RunState, owner: str, entity: str) -> Groups:
    """What the owner answered about an entity type; nothing when it did not."""
    folder = state.answer(owner)
    parts = {path.name: path.read_bytes() for path in folder.glob(f"{entity}.*.arrow")} if folder.is_dir() else {}
    return _checked(state, owner, entity, parts)


def _checked(state: RunState, owner: str, entity: str, parts: dict[str, bytes]) -> Groups:
    """An answer's two parts about an entity type: known columns, every posting in one existing group, no group or name twice."""
    names = (f"{entity}.groups.arrow", f"{entity}.postings.arrow")
    if not any(name in parts for name in names):
        return Groups({}, {})
    if not all(name in parts for name in names):
        raise InvalidPackage(f"answer of {owner}: incomplete about {entity}")
    groups = read_part(parts[names[0]], groups_schema(state.agreement, owner), names[0])
    members = read_part(parts[names[1]], MEMBERS, names[1])
    ids, numbers = members["id"].to_pylist(), members["group"].to_pylist()
    pseudonyms = groups["pseudonym"].to_pylist()
    if len(set(ids)) != len(ids) or len(set(pseudonyms)) != len(pseudonyms) or any(number >= len(pseudonyms) for number in numbers):
        raise InvalidPackage(f"answer of {owner}: its groups about {entity} are not sound")
    return Groups(dict(zip(ids, numbers, strict=True)), {name: groups[name].to_pylist() for name in groups.column_names})
