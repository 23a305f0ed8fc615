"""An owner's own configuration: its tables, and how its columns and dates are written. Stays at home."""

import codecs
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import InvalidProfile
from linkage.protocol.party_profile import PartyProfile, read_profile

FORMAT = "trilink/owner-profile/v1"
ENCODINGS = ("utf-8", "latin-1", "cp1252")


class Source(BaseModel):
    """One table: file, format, and what its columns are called.

    ``columns``: agreed field -> local column, where they differ; ``dates``: strptime formats of each date field, ISO by default;
    ``null_words``: further words for missing; ``values``: agreed field -> {local word: agreed word}; ``deduplicate``: merge records that
    are surely the same; ``decisions``: a CSV file of pairs that people decided about.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    format: Literal["csv", "parquet"] = "csv"
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    separator: Annotated[str, Field(min_length=1, max_length=1)] = "|"
    record_id: str = "record_id"
    case_id: str = "case_id"
    columns: dict[str, str] = {}
    dates: dict[str, list[str]] = {}
    null_words: list[str] = []
    values: dict[str, dict[str, str]] = {}
    deduplicate: bool = True
    decisions: Path | None = None

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        if encoding not in ENCODINGS:
            raise ValueError(f"expected one of {', '.join(ENCODINGS)}")
        return codecs.lookup(encoding).name

    @field_validator("delimiter", "separator")
    @classmethod
    def _separates(cls, mark: str) -> str:
        if mark.isalnum() or mark in '"\r\n\0':
            raise ValueError("expected one mark that separates, not a letter, a digit, a quote or the end of a line")
        return mark

    def column(self, field: str) -> str:
        return self.columns.get(field, field)


class OwnerProfile(PartyProfile):
    """``withhold``: a file of record ids, one a line, that regrouping never answers for (legal hold, silent hit)."""

    sources: dict[str, Source]
    language: Literal["en", "es", "fr"] = "en"
    withhold: Path | None = None


def read_owner_profile(path: Path) -> OwnerProfile:
    return read_profile(path, OwnerProfile, FORMAT)


def check_sources(profile: OwnerProfile, agreement: Agreement) -> None:
    """Every source is of an agreed entity type and maps agreed fields."""
    for entity, source in profile.sources.items():
        rule = agreement.entities.get(entity)
        if rule is None:
            raise InvalidProfile(f"sources.{entity}: not one of the agreed entity types {', '.join(agreement.entities)}")
        _check_fields(entity, source, rule)


def _check_fields(entity: str, source: Source, rule: EntityRule) -> None:
    for key, named in (("columns", source.columns), ("dates", source.dates), ("values", source.values)):
        for field in named:
            if field not in rule.fields:
                raise InvalidProfile(f"sources.{entity}.{key}.{field}: not an agreed field of {entity}")
    for field in source.dates:
        if rule.fields[field].kind != "date":
            raise InvalidProfile(f"sources.{entity}.dates.{field}: the agreement says it is a {rule.fields[field].kind}, not a date")
