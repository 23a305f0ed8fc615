"""What the desk says to another desk, on its way out: made, wrapped to our own public key, laid out to be sealed (``exchanging.py``)."""

from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from sqlalchemy.engine import Connection

from linkage.desk.accounts import User
from linkage.desk.store import outbox
from linkage.protocol.agreement import Agreement, explain
from linkage.protocol.canonical import canonical_json
from linkage.protocol.disclosure import Message
from linkage.protocol.errors import TrilinkError
from linkage.protocol.manifest import written_time
from linkage.protocol.party_profile import public_keys_of

WAITING = b"trilink/v1/desk-outbox"  # what a waiting message is wrapped for

Said = TypeVar("Said", bound=Message)


class Speaking(NamedTuple):
    """Who speaks for which owner, when, and in which transaction."""

    connection: Connection
    user: User
    agreement: Agreement
    owner: str
    at: float


def made(kind: type[Said], speaking: Speaking, request_id: str, **words: Any) -> Said:
    """A message of this kind; words that it cannot hold are a TrilinkError that names the field."""
    problem = ""
    try:
        return kind(request_id=request_id, at=written(speaking.at), **words)
    except ValidationError as error:
        problem = explain(error)
    raise TrilinkError(problem)


def lay_out(speaking: Speaking, to: tuple[str, str], message: Message) -> None:
    """``to``: owner and epoch. In clear the words lie nowhere."""
    ours = public_keys_of(speaking.agreement, speaking.owner)
    words = ours.wrap(canonical_json(message.model_dump(mode="json")), WAITING)
    waiting = {"owner": to[0], "epoch": to[1], "request_id": message.request_id}
    speaking.connection.execute(outbox.insert().values(**waiting, sealed_words=words))


def written(at: float) -> str:
    """A moment as manifests write it."""
    return written_time(datetime.fromtimestamp(at, UTC))


def day_of(at: float) -> str:
    """ISO date, UTC."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()
