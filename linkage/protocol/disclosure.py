"""What two desks say to each other about one link, format ``trilink/disclosure/v1`` (docs/spec/disclosure.md).

Each message is sealed to the other owner itself, so whoever carries it, the unit included, reads its header and nothing else. A link is
named by its ``link_id``, which both lists have; the one who is asked finds its own record there.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.linked_cases import Opaque

FORMAT: Literal["trilink/disclosure/v1"] = "trilink/disclosure/v1"
KIND = "disclosure"
PART = "message.json"
LARGEST = 256 * 1024  # bytes of a message

URGENCIES = ("routine", "urgent", "emergency")
REFUSALS = ("legal_hold", "ongoing_operation", "no_legal_basis", "not_ours", "other")

Words = Annotated[str, Field(min_length=1, max_length=4_000)]


def _in_the_calendar(text: str) -> str:
    """Raises ValueError for a 31st of February."""
    datetime.fromisoformat(text)
    return text


Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"), AfterValidator(_in_the_calendar)]


class _Message(BaseModel):
    """``request_id`` is drawn by the one who asks, and the same in all that follows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["trilink/disclosure/v1"] = FORMAT
    request_id: Opaque
    at: Moment


class Request(_Message):
    """The first step: who wants to know about which link, what for, on which legal basis, how soon."""

    kind: Literal["request"] = "request"
    link_id: Opaque
    entity: str
    purpose: Words
    legal_basis: Words
    urgency: Literal["routine", "urgent", "emergency"]
    due: Moment


class Answer(_Message):
    """The second step: the core data set, agreed fields alone, and how to go on."""

    kind: Literal["answer"] = "answer"
    core: Annotated[dict[str, Words], Field(min_length=1)]
    text: Annotated[str, Field(max_length=4_000)] = ""


class Refusal(_Message):
    kind: Literal["refusal"] = "refusal"
    reason: Literal["legal_hold", "ongoing_operation", "no_legal_basis", "not_ours", "other"]
    text: Annotated[str, Field(max_length=4_000)] = ""


class Question(_Message):
    """A counter-question of the one who was asked."""

    kind: Literal["question"] = "question"
    text: Words


class Reply(_Message):
    """What the one who asked says to a counter-question."""

    kind: Literal["reply"] = "reply"
    text: Words


class Silence(_Message):
    """Keep a link to the deconfliction officers, to the end of this day; null lifts an earlier silence. It belongs to no request."""

    kind: Literal["silence"] = "silence"
    link_id: Opaque
    until: date | None


RequestMessage = Request | Answer | Refusal | Question | Reply
Message = RequestMessage | Silence

_READER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def read_message(data: bytes, name: str) -> Message:
    """Parse and validate; anything else is an InvalidPackage that quotes nothing."""
    try:
        return _READER.validate_json(data)
    except ValidationError:
        pass
    raise InvalidPackage(f"{name}: not a disclosure message of the format {FORMAT}")
