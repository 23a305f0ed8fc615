"""Budgets of the agreement: how much a party may submit, and how much it may be told, before people must talk."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

FEWEST = 100  # growth over fewer records than this says nothing


class BudgetRule(BaseModel):
    """Caps of one owner; one that is not named does not stand.

    ``max_records``: records of an entity type in one epoch; ``max_growth``: times the records of the last epoch's package, where that
    had a hundred or more; ``max_links``: rows of one list.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    max_records: Annotated[int, Field(ge=1)] | None = None
    max_growth: Annotated[float, Field(gt=1.0)] | None = None
    max_links: Annotated[int, Field(ge=1)] | None = None
