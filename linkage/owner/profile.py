"""An owner's own configuration: its tables, and how its columns and dates are written. Stays at home."""

from collections.abc import Collection
from pathlib import Path
from typing import Literal

from linkage.owner.source_mappings import with_mappings
from linkage.owner.sources import Source
from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import InvalidProfile
from linkage.protocol.party_profile import OWNER_FORMAT, PartyProfile, read_profile

__all__ = ["OwnerProfile", "Source", "check_sources", "read_owner_profile"]

PARTS = ("given_names", "surname_1", "surname_2")


class OwnerProfile(PartyProfile):
    """``withhold``: a file of record ids, one a line, that regrouping never answers for (legal hold, silent hit).

    ``planted``: another such file, of records that are invented and known to us alone; one that links is an alarm.
    ``seizures``: the table of seizures for the trilateral report, whose fields ``owner/seizures.py`` names; ``laboratory``: what
    laboratories assert of them (``owner/laboratory.py``).
    """

    sources: dict[str, Source]
    seizures: Source | None = None
    laboratory: Source | None = None
    language: Literal["en", "es", "fr"] = "en"
    withhold: Path | None = None
    planted: Path | None = None


def read_owner_profile(path: Path) -> OwnerProfile:
    return read_profile(path, OwnerProfile, (OWNER_FORMAT,), with_mappings)


def check_sources(profile: OwnerProfile, agreement: Agreement) -> None:
    """Every source is of an agreed entity type and maps agreed fields."""
    for entity, source in profile.sources.items():
        rule = agreement.entities.get(entity)
        if rule is None:
            raise InvalidProfile(f"sources.{entity}: not one of the agreed entity types {', '.join(agreement.entities)}")
        _check_fields(entity, source, rule)


def _check_fields(entity: str, source: Source, rule: EntityRule) -> None:
    named: dict[str, Collection[str]] = {
        "columns": source.columns, "constants": source.constants, "dates": source.dates, "values": source.values, "closed": source.closed,
    }  # fmt: skip
    for key, fields in named.items():
        for field in fields:
            if field not in rule.fields:
                raise InvalidProfile(f"sources.{entity}.{key}.{field}: not an agreed field of {entity}")
    for field in source.dates:
        if rule.fields[field].kind != "date":
            raise InvalidProfile(f"sources.{entity}.dates.{field}: the agreement says it is a {rule.fields[field].kind}, not a date")
    for key, column, parts in (("full_name", source.full_name, PARTS), ("surnames", source.surnames, PARTS[1:])):
        missing = [field for field in parts if column and field not in rule.fields]
        if missing:
            raise InvalidProfile(f"sources.{entity}.{key}: the agreement has no field {missing[0]} for {entity}")
