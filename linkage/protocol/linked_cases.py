"""The linked-case list: what an owner receives about its own records, format ``trilink/linked-cases/v1`` (docs/spec/list.md).

One row is one link between case records of two owners, never a person. It holds opaque references, field classes and bands; no value of
either side, and no score: a score to two decimals would let a reader probe who is in the other side's data.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkage.protocol.agreement import explain
from linkage.protocol.errors import InvalidPackage

FORMAT = "trilink/linked-cases/v1"
PART = "list.json"

Percent = Annotated[int, Field(ge=0, le=100)]
Opaque = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Document(BaseModel):
    """Exactly the keys it names, and not to be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OtherSide(Document):
    """Whom to ask, and for what: references that the other owner alone can resolve, made for this recipient alone."""

    owner: str
    country: str
    contact_desk: str
    reference: Opaque
    case_reference: Opaque | None


class FieldClasses(Document):
    """Labels of the agreement's filters by how they compared."""

    agree: list[str]
    similar: list[str]
    conflict: list[str]
    missing: list[str]


class ClusterView(Document):
    """The cluster that the link belongs to: how many records in which countries, and the band of its weakest link."""

    cluster_id: Opaque
    records: int
    countries: list[str]
    weakest_band: str


class LinkedCase(Document):
    """One row. ``own`` is the recipient's pseudonym at the unit; ``case_links``: links between the same two cases by entity type.

    ``first_listed``: the epoch in which the link was first on a list.
    """

    link_id: Opaque
    entity: str
    band: str
    own: Opaque
    other: OtherSide
    fields: FieldClasses
    cluster: ClusterView
    case_links: dict[str, int]
    first_listed: str
    status: Literal["candidate"] = "candidate"


class BandEstimate(Document):
    """What the unit expects of a band, without truth: links, and the share of them that is right with its interval, in whole per cent."""

    entity: str
    other: str
    band: str
    links: int
    expected_precision_percent: Percent
    lowest_percent: Percent
    highest_percent: Percent


class LinkedCaseList(Document):
    """The whole list of one owner for one run. List ``number`` of an epoch supersedes all before it."""

    format: Literal["trilink/linked-cases/v1"]
    owner: str
    epoch: str
    number: Annotated[int, Field(ge=1)]
    run: str
    released: str
    expires: str
    caution: str
    estimates: list[BandEstimate]
    links: list[LinkedCase]


def read_list(data: bytes, name: str) -> LinkedCaseList:
    """Parse and validate; anything else is an InvalidPackage that says which key is wrong."""
    problem = ""
    try:
        return LinkedCaseList.model_validate_json(data)
    except ValidationError as error:
        problem = explain(error)
    raise InvalidPackage(f"{name}: not a linked-case list: {problem}")
