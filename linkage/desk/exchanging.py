"""Seal what the desk has to say to the other desks, and take in what they said; the one room of the desk that uses party keys.

The rules of this room:
1. A message is sealed to the other owner itself. Its file is there before the database forgets the words; a rerun after a crash in
   between finds the file and goes on.
2. What arrived is checked like every sealed file and taken in once: its id is noted in the same transaction. One bad file does not stop
   the others.
3. What is sealed, taken in and opened stands in the party's ledger, by request and kind and number of fields, before it is; what is refused
   gets a refusal beside ``home/disclosed``.
4. A disclosed core data set stays sealed, in ``home/disclosed``: the database is told the names of its fields.
"""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import RowMapping

from linkage.desk.desk import Desk
from linkage.desk.disclosure import take_in
from linkage.desk.journal import note
from linkage.desk.outgoing import WAITING
from linkage.desk.silence import Heard, take_silence_in
from linkage.desk.store import arrived, outbox, requests
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.container import read_header
from linkage.protocol.disclosure import KIND, LARGEST, PART, Answer, Message, Silence, read_message
from linkage.protocol.errors import InvalidPackage, TrilinkError, about
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.ledger_events import Facts
from linkage.protocol.ledger_notes import note_once
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.received import Received
from linkage.protocol.refusal import write_refusals
from linkage.protocol.regrouping import read_count
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal


class Exchanging(NamedTuple):
    """``home``: the desk's folder, for what was disclosed to us; ``ledger``: the one that the party's owner keeps too."""

    desk: Desk
    by: PartyKeys
    home: Path
    ledger: Ledger

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.desk.clock(), UTC)


class TakenIn(NamedTuple):
    """How many files were taken in, were there already, and why each other one was refused."""

    new: int
    known: int
    refused: list[str]


def send(exchanging: Exchanging, folder: Path) -> int:
    """Seal every waiting message into ``folder``; returns how many."""
    desk = exchanging.desk
    folder.mkdir(parents=True, exist_ok=True)
    with desk.store.look() as connection:
        waiting = list(connection.execute(sa.select(outbox).where(outbox.c.sealed.is_(None)).order_by(outbox.c.id)).mappings())
    for row in waiting:
        path = folder / f"disclosure.{row['epoch']}.{desk.owner}.{row['owner']}.{row['request_id']}-{row['id']}.sealed"
        if not path.exists():
            _seal_one(exchanging, row, path)
        with desk.store.change() as connection:
            connection.execute(outbox.update().where(outbox.c.id == row["id"]).values(sealed=desk.clock(), sealed_words=None))
    return len(waiting)


def _seal_one(exchanging: Exchanging, row: RowMapping, path: Path) -> None:
    agreement, by, ledger = exchanging.desk.agreement, exchanging.by, exchanging.ledger
    words = by.unwrap(row["sealed_words"], WAITING)
    draft = Draft(KIND, agreement.fingerprint, row["epoch"], {"number": row["id"]}, timedelta(days=agreement.exchange.message_days))
    said = _said_in_ledger(row["epoch"], row["id"], read_message(words, path.name))
    note_once(ledger, "disclosure_sent", {"to": row["owner"], **said}, exchanging.now())
    with noting(ledger):
        seal(draft, {PART: words}, public_keys_of(agreement, row["owner"]), by, path)


def _said_in_ledger(epoch: str, turn: object, message: Message) -> Facts:
    """Which request, what kind of message, and how many fields it discloses; ``turn`` is the message's number."""
    counts = {"fields": len(message.core)} if isinstance(message, Answer) else {}
    return {"epoch": epoch, "turn": turn, "request": message.request_id, "what": message.kind, "counts": counts}


def _heard(manifest: Manifest, message: Message) -> Facts:
    return {"from": manifest.sender, **_said_in_ledger(manifest.epoch, read_count(manifest.body, "number", manifest.kind), message)}


def receive(exchanging: Exchanging, folder: Path) -> TakenIn:
    """Take in every disclosure message in ``folder`` that is for us; the sender of one that is refused is told."""
    new, known, refused, told = 0, 0, list[str](), exchanging.home / "refusals"
    for path in _for_us(folder, exchanging.desk.owner):
        problem: TrilinkError | None = None
        try:
            with about(path):
                fresh = _take_file_in(exchanging, path)
                new, known = new + fresh, known + (not fresh)
        except TrilinkError as error:
            problem = error
        if isinstance(problem, InvalidPackage):
            with noting(exchanging.ledger):
                write_refusals(problem, exchanging.by, exchanging.desk.agreement, told)
        if problem is not None:
            refused.append(str(problem))
    return TakenIn(new, known, refused)


def open_disclosed(exchanging: Exchanging, request_id: str, out: Path | None) -> Answer:
    """What was disclosed to us under a request: written as JSON, readable by its owner alone, or not written at all."""
    path = exchanging.home / "disclosed" / f"{request_id}.sealed"
    if not path.is_file():
        raise TrilinkError("request: nothing was disclosed under this id")
    manifest, message = _opened(exchanging, path)
    if not isinstance(message, Answer):
        raise InvalidPackage(f"{path.name}: is not an answer")
    exchanging.ledger.note("disclosure_read", _heard(manifest, message), exchanging.now())
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(out, PRIVATE) as file:
            file.write(json.dumps(message.model_dump(mode="json"), indent=1, ensure_ascii=False).encode() + b"\n")
    desk = exchanging.desk
    with desk.store.change() as connection:
        link_id = connection.scalar(sa.select(requests.c.link_id).where(requests.c.id == request_id))
        note(connection, desk.owner, "disclosure_read", desk.clock(), link_id)
    return message


def _for_us(folder: Path, owner: str) -> list[Path]:
    """Sealed disclosure messages that are addressed to us, by name; others lie in the same folder."""
    found = []
    for path in sorted(folder.glob("*.sealed"), key=lambda path: (len(path.name), path.name)):  # …-9 before …-10
        with contextlib.suppress(InvalidPackage), path.open("rb") as file:
            header = read_header(file, path.name)
            if header.kind == KIND and header.recipient == owner:
                found.append(path)
    return found


def _take_file_in(exchanging: Exchanging, path: Path) -> bool:
    """True when it is new."""
    manifest, message = _opened(exchanging, path)
    told = message.model_copy(update={"core": dict.fromkeys(message.core, "disclosed")}) if isinstance(message, Answer) else message
    desk = exchanging.desk
    with desk.store.change() as connection:
        if connection.scalar(sa.select(arrived.c.nonce).where(arrived.c.nonce == manifest.nonce)) is not None:
            return False
        connection.execute(arrived.insert().values(nonce=manifest.nonce, sender=manifest.sender, at=desk.clock()))
        if isinstance(told, Silence):
            heard = Heard(manifest.sender, read_count(manifest.body, "number", manifest.kind), desk.clock(), path.name)
            take_silence_in(connection, heard, told, desk.agreement.desk)
        else:
            take_in(connection, manifest.sender, manifest.epoch, told, desk.clock(), path.name)
        Received(exchanging.ledger, exchanging.now()).record(manifest, f"disclosure-{manifest.epoch}")
        note_once(exchanging.ledger, "disclosure_taken", _heard(manifest, message), exchanging.now())
        if isinstance(message, Answer):
            _keep_sealed(exchanging, path, message)
    return True


def _opened(exchanging: Exchanging, path: Path) -> tuple[Manifest, Message]:
    desk = exchanging.desk
    senders = {owner: public_keys_of(desk.agreement, owner) for owner in desk.agreement.owners if owner != desk.owner}
    expect = Expectation(KIND, desk.agreement.fingerprint, None, exchanging.now(), frozenset(senders))
    with open_sealed(path, exchanging.by, senders, expect) as opened:
        parts, manifest = opened.read_parts(LARGEST), opened.manifest
    if set(parts) != {PART}:
        raise InvalidPackage(f"{path.name}: expected one part, {PART}")
    return manifest, read_message(parts[PART], path.name)


def _keep_sealed(exchanging: Exchanging, path: Path, message: Answer) -> None:
    folder = exchanging.home / "disclosed"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / f"{message.request_id}.sealed"
    if not kept.exists():
        with written_whole(kept, PRIVATE) as file:
            file.write(path.read_bytes())
