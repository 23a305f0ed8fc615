"""What the agreement says about the desks: four eyes, time to answer, and what a disclosure holds."""

from typing import Annotated

from pydantic import Field

from linkage.protocol.entity_rules import Name, Table


class DeskRule(Table):
    """``core``: by entity type the agreed fields that a disclosure may hold, no more; without one nothing is disclosed."""

    four_eyes: bool = True
    answer_hours: Annotated[int, Field(ge=1, le=720)] = 48
    core: dict[Name, list[Name]] = Field(default_factory=dict)
