"""What the agreement says about disclosure control of the seizure report."""

from typing import Annotated

from pydantic import Field

from linkage.protocol.entity_rules import Share, Table


class ReportRule(Table):
    """A count above 0 is published when it rests on enough ``cases`` (by the table's area) and ``agencies``, and its largest case has no
    more than ``largest_case`` of it; all counts are rounded to ``base``.

    ``protect``: how uncertain a withheld count must stay, as a share of it, and never less than the base.
    """

    national_cases: Annotated[int, Field(ge=3, le=1000)] = 5
    local_cases: Annotated[int, Field(ge=3, le=1000)] = 10
    agencies: Annotated[int, Field(ge=1, le=100)] = 2
    largest_case: Share = 0.5
    base: Annotated[int, Field(ge=3, le=100)] = 5
    protect: Share = 0.2

    def cases(self, area: str) -> int:
        return {"national": self.national_cases, "local": self.local_cases}[area]
