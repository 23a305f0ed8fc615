"""Withdrawal, on both sides of the border: an owner takes a release back, the unit forgets it and recalls what it listed.

A withdrawal has for each entity type ``<entity>.withdrawn.arrow``, the ids of the postings to forget, all of them together, and
``<entity>.names.arrow``, the names of those entities that an answer had named. A recall, format ``trilink/recall/v1``, has one part,
``recall.json``: which links of its recipient's lists must go. Nobody's values, and no reasons (docs/spec/withdrawal.md).
"""

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from linkage.protocol.agreement import explain
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.linked_cases import Document, Opaque

RECALL_FORMAT = "trilink/recall/v1"
RECALL_PART = "recall.json"


class RecalledLink(Document):
    """A link by the names that its recipient knows it by: its own pseudonym at the unit, and the other owner's reference."""

    link_id: Opaque
    entity: str
    own: Opaque
    other: str
    reference: Opaque


class Recall(Document):
    """What one owner must take off its lists; ``withdrawal`` is the number that the withdrawing owner gave."""

    format: Literal["trilink/recall/v1"]
    owner: str
    epoch: str
    number: Annotated[int, Field(ge=1)]
    withdrawn_by: str
    withdrawal: Annotated[int, Field(ge=1)]
    recalled: Annotated[list[RecalledLink], Field(min_length=1)]


def withdrawn_parts(entity: str) -> tuple[str, str]:
    """Names of a withdrawal's two parts about an entity type: postings, and names."""
    return f"{entity}.withdrawn.arrow", f"{entity}.names.arrow"


def read_recall(data: bytes, name: str) -> Recall:
    """Parse and validate; anything else is an InvalidPackage that says which key is wrong."""
    problem = ""
    try:
        return Recall.model_validate_json(data)
    except ValidationError as error:
        problem = explain(error)
    raise InvalidPackage(f"{name}: not a recall: {problem}")
