"""What became of links, as a desk tells the joint team: format ``trilink/outcomes/v1`` (docs/spec/outcomes.md). Ids and outcomes alone."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.linked_cases import Opaque

FORMAT: Literal["trilink/outcomes/v1"] = "trilink/outcomes/v1"
KIND = "outcomes"
PART = "outcomes.json"
PERIOD = "outcomes"  # what stands in a seal in the place of an epoch: outcomes belong to none
LARGEST = 64 * 1024 * 1024  # bytes of a message

CONFIRMED, REFUTED, INDETERMINATE = "confirmed", "refuted", "indeterminate"
Outcome = Literal["confirmed", "refuted", "indeterminate"]


class Outcomes(BaseModel):
    """Every settled link of one owner's desk; who sends it again sends it whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["trilink/outcomes/v1"] = FORMAT
    owner: str
    number: Annotated[int, Field(ge=1, le=10**9)]
    links: dict[Opaque, Outcome]


def as_message(owner: str, number: int, links: Mapping[str, str]) -> bytes:
    """Canonical: the same outcomes make the same bytes."""
    return canonical_json(Outcomes.model_validate({"owner": owner, "number": number, "links": links}).model_dump(mode="json"))


def read_outcomes(data: bytes, name: str) -> Outcomes:
    """Parse and validate; anything else is an InvalidPackage that quotes nothing."""
    try:
        return Outcomes.model_validate_json(data)
    except ValidationError:
        pass
    raise InvalidPackage(f"{name}: not outcomes of the format {FORMAT}")
