"""Quality gates of the agreement: what a release must at least be like before it is sealed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
FEWEST = 100  # where the agreement says no from_count


class GateRule(BaseModel):
    """Limits as shares in 0..1; a gate that is not named does not stand. Shares of fewer than ``from_count`` things are not judged.

    ``max_left_out``: rows left out of all rows; ``min_understood``: in each field, values understood of all cells that said something;
    ``min_right_digits``: in each field, right check digits of all that have one; ``max_over_full``: postings dropped because too many
    records share their token; ``max_fall``: fall of the number of records against the last release.

    What would be given away, measured on a sample at home: ``max_recognised``: postings recognised, above chance, by an attacker who holds
    the same people in clear; ``max_known_pairs_250`` and ``_1000``: others recognised after learning from so many known pairs; in each
    filter, ``max_bit_gini``: inequality of how often bits are set, ``max_bit_correlation``: the largest of two bits,
    ``max_similarity_rank``: rank correlation of encoded and clear similarity of people who are not in one block.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    from_count: Annotated[int, Field(ge=1)] | None = None
    max_left_out: Share | None = None
    min_understood: Share | None = None
    min_right_digits: Share | None = None
    max_over_full: Share | None = None
    max_fall: Share | None = None
    max_recognised: Share | None = None
    max_known_pairs_250: Share | None = None
    max_known_pairs_1000: Share | None = None
    max_bit_gini: Share | None = None
    max_bit_correlation: Share | None = None
    max_similarity_rank: Share | None = None


class EntityGates(GateRule):
    """Gates of one entity type, over those of the agreement. ``min_completeness``: by field, records that hold a value of all records."""

    min_completeness: dict[str, Share] = {}

    def over(self, general: GateRule) -> "EntityGates":
        """These gates, and the general ones where these say nothing."""
        own = {name: said for name, said in self.model_dump().items() if said is not None}
        return EntityGates.model_validate(general.model_dump() | own)

    def judges(self, whole: int) -> bool:
        """Whether there are enough things for a share of them to say something."""
        return whole >= (self.from_count or FEWEST)
