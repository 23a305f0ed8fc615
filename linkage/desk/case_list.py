"""Take a resolved linked-case list in (``linked-cases.json``, trilink/resolved-cases/v1, docs/spec/list.md).

The rules of this room:
1. A list is taken in whole or not at all, and once: the same bytes change nothing.
2. A link that an earlier list had keeps its decisions, notes and requests; what the new list says of it holds.
3. A link that the new list no longer has is not deleted: it stays with its list and ends when that list expires.
4. An older list never takes the place of a newer one.
5. What is new is held for the agreement's ``hold_days`` (``silence.py``), and what is of a silent case of ours is silenced at the other
   side (``standing.py``).
"""

import hashlib
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.engine import Connection

from linkage.desk.desk import Desk
from linkage.desk.journal import note
from linkage.desk.outgoing import day_of
from linkage.desk.standing import Speaks, silence_listed
from linkage.desk.store import links, lists, own_records
from linkage.protocol.agreement import explain
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.linked_cases import BandEstimate, ClusterView, FieldClasses, OtherSide

FORMAT = "trilink/resolved-cases/v1"
CHUNK = 2_000  # rows a statement
DAY = 86_400.0  # seconds


class OwnRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    record_id: str
    case_id: str | None


class OwnEntity(OwnRecord):
    merged: list[OwnRecord] = []

    @property
    def records(self) -> list[OwnRecord]:
        """All records of the entity, each once."""
        found = {one.record_id: one for one in (OwnRecord(record_id=self.record_id, case_id=self.case_id), *self.merged)}
        return list(found.values())


class ResolvedCase(BaseModel):
    """A row of the list with our own side in clear."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    link_id: str
    entity: str
    band: str
    own: OwnEntity
    other: OtherSide
    fields: FieldClasses
    cluster: ClusterView
    case_links: dict[str, int]


class ResolvedCases(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    format: Literal["trilink/resolved-cases/v1"]
    owner: str
    epoch: str
    run: str
    released: str
    expires: str
    caution: str
    estimates: list[BandEstimate]
    links: list[ResolvedCase]


def take_in(desk: Desk, path: Path, who: str) -> int:
    """Take a list into the desk; returns how many links it has."""
    owner, at = desk.owner, desk.clock()
    document, digest = _read(path)
    if document.owner != owner:
        raise TrilinkError(f"{path.name}: is a list of {document.owner}, and this is the desk of {owner}")
    with desk.store.change() as connection:
        if connection.scalar(sa.select(lists.c.id).where(lists.c.digest == digest)) is not None:
            return len(document.links)
        newest = connection.scalar(sa.select(sa.func.max(lists.c.released)))
        if newest is not None and document.released < newest:
            raise TrilinkError(f"{path.name}: was released on {document.released}, and the desk has a list of {newest}")
        row = document.model_dump(mode="json", exclude={"format", "owner", "links"}) | {"digest": digest, "imported": at}
        connection.execute(lists.insert().values(**row))
        list_id = connection.scalars(sa.select(lists.c.id).where(lists.c.digest == digest)).one()
        _write(connection, document.links, list_id, _shown_from(at, desk.agreement.desk.hold_days))
        note(connection, who, "list_taken_in", at, count=len(document.links))
        silence_listed(connection, list_id, Speaks(desk.agreement, owner, at))
    return len(document.links)


def _read(path: Path) -> tuple[ResolvedCases, str]:
    problem = ""
    try:
        data = path.read_bytes()
        return ResolvedCases.model_validate_json(data), hashlib.sha256(data).hexdigest()
    except OSError:
        problem = "no such file"
    except ValidationError as error:
        problem = f"not a resolved linked-case list: {explain(error)}"
    raise InvalidPackage(f"{path.name}: {problem}")


def _write(connection: Connection, rows: list[ResolvedCase], list_id: int, shown_from: str) -> None:
    for begin in range(0, len(rows), CHUNK):
        chunk = {row.link_id: row for row in rows[begin : begin + CHUNK]}
        known = set(connection.scalars(sa.select(links.c.link_id).where(links.c.link_id.in_(chunk))))
        connection.execute(own_records.delete().where(own_records.c.link_id.in_(known)))
        new = {"first_list_id": list_id, "status": "candidate", "shown_from": shown_from}
        fresh = [_row(row, list_id) | new for name, row in chunk.items() if name not in known]
        if fresh:
            connection.execute(links.insert(), fresh)
        again = [_row(row, list_id) | {"key": name} for name, row in chunk.items() if name in known]
        if again:
            changed: dict[str, Any] = {name: sa.bindparam(name) for name in again[0] if name not in ("key", "link_id")}
            connection.execute(links.update().where(links.c.link_id == sa.bindparam("key")).values(**changed), again)
        own = [(name, one) for name, row in chunk.items() for one in row.own.records]
        rows_of = [{"link_id": name, "record_id": one.record_id, "case_id": one.case_id or ""} for name, one in own]
        connection.execute(own_records.insert(), rows_of)


def _shown_from(at: float, hold_days: int) -> str:
    """The first day on which everybody who may know sees what is new today, "" for at once."""
    return day_of(at + hold_days * DAY) if hold_days else ""


def _row(row: ResolvedCase, list_id: int) -> dict[str, Any]:
    return {
        "link_id": row.link_id, "list_id": list_id, "entity": row.entity, "band": row.band, "owner": row.other.owner,
        "country": row.other.country, "contact_desk": row.other.contact_desk, "reference": row.other.reference,
        "case_reference": row.other.case_reference, "cluster_id": row.cluster.cluster_id,
        "cluster": row.cluster.model_dump(mode="json", exclude={"cluster_id"}), "fields": row.fields.model_dump(mode="json"),
        "case_links": row.case_links,
    }  # fmt: skip
