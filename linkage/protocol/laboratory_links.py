"""What laboratories assert of seizures, format ``trilink/laboratory-links/v1`` (docs/spec/laboratory-links.md): an owner to the joint team.

Chemists say that samples are of one profile cluster, one pill die or one batch; nothing is derived from measurements here. Cluster ids
travel as tokens under the epoch's key, seizures as ids that mean nothing elsewhere.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.linked_cases import Opaque

FORMAT: Literal["trilink/laboratory-links/v1"] = "trilink/laboratory-links/v1"
KIND = "laboratory_links"
PART = "laboratory.json"
LARGEST = 64 * 1024 * 1024  # bytes of a message

ASSERTED = ("profile", "die", "batch")  # impurity or signature profile cluster; pill die or stamp; batch


class Assertion(BaseModel):
    """Seizures of one owner in which a laboratory found the same thing; sorted, each once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["profile", "die", "batch"]
    token: Opaque
    seizures: Annotated[list[Opaque], Field(min_length=1, max_length=100_000)]


class LaboratoryLinks(BaseModel):
    """All assertions of one owner in one epoch, by kind and token, each once; ``number`` counts its messages, the highest one holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["trilink/laboratory-links/v1"] = FORMAT
    owner: str
    number: Annotated[int, Field(ge=1, le=10**9)]
    assertions: list[Assertion]

    @model_validator(mode="after")
    def _each_once(self) -> "LaboratoryLinks":
        named = [(one.kind, one.token) for one in self.assertions]
        if named != sorted(set(named)) or any(one.seizures != sorted(set(one.seizures)) for one in self.assertions):
            raise ValueError("assertions: expected in order, each once")
        return self


def read_laboratory_links(data: bytes, name: str) -> LaboratoryLinks:
    """Parse and validate; anything else is an InvalidPackage that quotes nothing."""
    try:
        return LaboratoryLinks.model_validate_json(data)
    except ValidationError:
        pass
    raise InvalidPackage(f"{name}: not laboratory links of the format {FORMAT}")
