"""Two-step disclosure: a person asks about one link, a person of the other country answers, refuses or asks back.

The rules of this room:
1. Who asks must know of the link, and says purpose, legal basis and urgency; one open request a link.
2. The clock runs from the asking: the agreement's hours, shown to both sides.
3. An answer holds agreed core fields of our own record and no others. Its values never lie in this database in clear: a message waits
   under our own public key until it is sealed to the other side (``exchanging.py``); what stays are the names of the fields.
4. What the other side discloses never enters this database: it stays sealed at home until somebody opens it.
5. After an answer or a refusal a request is over; a counter-question stops nothing but waits for its reply.
"""

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.accounts import User
from linkage.desk.journal import note
from linkage.desk.outgoing import Speaking, lay_out, made, written
from linkage.desk.silence import quiet_ids
from linkage.desk.store import links, own_records, request_events, requests
from linkage.protocol.disclosure import Answer, Question, Refusal, Reply, Request, RequestMessage
from linkage.protocol.errors import InvalidPackage, TrilinkError

HOUR = 3600.0
STATE_AFTER = {"request": "asked", "answer": "answered", "refusal": "refused", "question": "questioned", "reply": "asked"}
OPEN = ("asked", "questioned")
SAID_IN_JOURNAL = {"request": "asked", "answer": "answered", "refusal": "refused", "question": "countered", "reply": "replied"}


def ask(speaking: Speaking, link: dict[str, Any], words: dict[str, str]) -> str:
    """Ask the other owner of a link that the user knows of; ``words``: purpose, legal_basis, urgency. Returns the request's id."""
    connection, at = speaking.connection, speaking.at
    about = sa.and_(requests.c.link_id == link["link_id"], requests.c.direction == "out", requests.c.state.in_(OPEN))
    if connection.scalar(sa.select(requests.c.id).where(about)) is not None:
        raise TrilinkError("request: there is an open one about this link")
    due = at + speaking.agreement.desk.answer_hours * HOUR
    named = {"link_id": link["link_id"], "entity": link["entity"]}
    message = made(Request, speaking, secrets.token_hex(16), due=written(due), **named, **words)
    row = named | {"id": message.request_id, "direction": "out", "owner": link["owner"], "epoch": link["epoch"]}
    row |= {"state": "asked", "asked": at, "due": due, "asked_by": speaking.user.id}
    connection.execute(requests.insert().values(**row))
    _send(speaking, row, message)
    return str(message.request_id)


def answer(speaking: Speaking, request: dict[str, Any], core: dict[str, str], text: str) -> None:
    """Disclose the core data set of our own record; empty fields are left out."""
    agreed = speaking.agreement.desk.core.get(request["entity"], [])
    given = {name: value.strip() for name, value in core.items() if value.strip()}
    if not set(given) <= set(agreed):
        raise TrilinkError("core: a field is not one that the agreement lets a disclosure hold")
    _respond(speaking, request, made(Answer, speaking, request["id"], core=given, text=text.strip()))


def refuse(speaking: Speaking, request: dict[str, Any], reason: str, text: str) -> None:
    _respond(speaking, request, made(Refusal, speaking, request["id"], reason=reason, text=text.strip()))


def question(speaking: Speaking, request: dict[str, Any], text: str) -> None:
    _respond(speaking, request, made(Question, speaking, request["id"], text=text.strip()))


def reply(speaking: Speaking, request: dict[str, Any], text: str) -> None:
    """Answer a counter-question about a request of ours."""
    if request["direction"] != "out" or request["state"] != "questioned":
        raise TrilinkError("request: no counter-question waits for a reply")
    _send(speaking, request, made(Reply, speaking, request["id"], text=text.strip()))


def take_in(connection: Connection, sender: str, epoch: str, message: RequestMessage, at: float, name: str) -> None:
    """Note a message of the other side. An answer's values are not here any more: ``core`` has field names alone."""
    row = find_request(connection, message.request_id)
    if isinstance(message, Request):
        if row is not None:
            raise InvalidPackage(f"{name}: asks a second time under one request id")
        _take_request_in(connection, sender, epoch, message, at)
    else:
        expected = "out" if isinstance(message, Answer | Refusal | Question) else "in"
        if row is None or row["owner"] != sender or row["direction"] != expected or row["state"] not in OPEN:
            raise InvalidPackage(f"{name}: is about no request that waits for it")
        connection.execute(requests.update().where(requests.c.id == row["id"]).values(state=STATE_AFTER[message.kind]))
    _event(connection, message, sender, at)


def _take_request_in(connection: Connection, sender: str, epoch: str, message: Request, at: float) -> None:
    row: dict[str, Any] = {"id": message.request_id, "direction": "in", "owner": sender, "epoch": epoch, "state": "asked"}
    row |= {"link_id": message.link_id, "entity": message.entity, "asked": _moment(message.at), "due": _moment(message.due)}
    connection.execute(requests.insert().values(**row))
    note(connection, sender, "asked", at, message.link_id)


def find_request(connection: Connection, request_id: str) -> dict[str, Any] | None:
    row = connection.execute(sa.select(requests).where(requests.c.id == request_id)).mappings().first()
    return None if row is None else dict(row)


def known_request(connection: Connection, user: User, request_id: str, today: str) -> dict[str, Any] | None:
    """A request, or None: not there and not to be known look alike."""
    row = connection.execute(sa.select(requests).where(requests.c.id == request_id, _known_to(user, today))).mappings().first()
    return None if row is None else dict(row)


def all_known(connection: Connection, user: User, today: str, most: int = 500) -> list[dict[str, Any]]:
    """Requests that the user may know of: open ones by due time, then those that are over."""
    over = requests.c.state.not_in(OPEN)
    query = sa.select(requests).where(_known_to(user, today)).order_by(over, requests.c.due, requests.c.id).limit(most)
    return [dict(row) for row in connection.execute(query).mappings()]


def _known_to(user: User, today: str) -> sa.ColumnElement[bool]:
    """Own ones, and by whom answers all; what is about a quiet link (``silence.py``) belongs to deconfliction alone."""
    own, is_quiet = requests.c.asked_by == user.id, requests.c.link_id.in_(quiet_ids(today))
    if user.may("deconflict"):
        return sa.or_(is_quiet, own)
    return sa.and_(sa.true() if user.may("answer") else own, sa.not_(is_quiet))


def own_side(connection: Connection, link_id: str) -> list[tuple[str, str]]:
    """Our (record, case) pairs of a link; none when no list of ours has it."""
    rows = (
        sa.select(own_records.c.record_id, own_records.c.case_id).where(own_records.c.link_id == link_id).order_by(own_records.c.record_id)
    )
    return [(row.record_id, row.case_id) for row in connection.execute(rows)]


def is_with(connection: Connection, link_id: str, owner: str) -> bool:
    """Whether a list of ours has this link, with that owner."""
    return connection.scalar(sa.select(links.c.owner).where(links.c.link_id == link_id)) == owner


def events_of(connection: Connection, request_id: str) -> list[dict[str, Any]]:
    rows = sa.select(request_events).where(request_events.c.request_id == request_id).order_by(request_events.c.id)
    return [dict(row) for row in connection.execute(rows).mappings()]


def _respond(speaking: Speaking, request: dict[str, Any], message: Answer | Refusal | Question) -> None:
    if request["direction"] != "in" or request["state"] not in OPEN:
        raise TrilinkError("request: it is not one that waits for our answer")
    _send(speaking, request, message)


def _send(speaking: Speaking, request: dict[str, Any], message: RequestMessage) -> None:
    """Note what is said, change the state, and lay the message out to be sealed; all in one transaction."""
    connection, name, at = speaking.connection, speaking.user.name, speaking.at
    connection.execute(requests.update().where(requests.c.id == message.request_id).values(state=STATE_AFTER[message.kind]))
    lay_out(speaking, (request["owner"], request["epoch"]), message)
    _event(connection, message, name, at)
    note(connection, name, SAID_IN_JOURNAL[message.kind], at, request["link_id"])


def _event(connection: Connection, message: RequestMessage, who: str, at: float) -> None:
    said = message.model_dump(mode="json", include={"purpose", "legal_basis", "urgency", "reason", "text"})
    if isinstance(message, Answer):
        said["fields"] = sorted(message.core)
    connection.execute(request_events.insert().values(request_id=message.request_id, at=at, user_name=who, kind=message.kind, said=said))


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
