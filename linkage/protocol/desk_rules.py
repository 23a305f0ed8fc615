"""What the agreement says about the desks: four eyes, time to answer, and what a disclosure holds."""

from typing import Annotated

from pydantic import Field

from linkage.protocol.entity_rules import Name, Table


class DeskRule(Table):
    """``core``: by entity type the agreed fields that a disclosure may hold, no more; without one nothing is disclosed.

    ``hold_days``: so long a new link is known to deconfliction officers alone, so that the other side can silence it; 0 shows it at once.
    ``silent_days``: the longest silence that a side may ask of the other; 0: there is none.
    """

    four_eyes: bool = True
    answer_hours: Annotated[int, Field(ge=1, le=720)] = 48
    hold_days: Annotated[int, Field(ge=0, le=30)] = 0
    silent_days: Annotated[int, Field(ge=0, le=366)] = 0
    core: dict[Name, list[Name]] = Field(default_factory=dict)
