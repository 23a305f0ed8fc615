"""A desk's own configuration: where its agreement, keys and database are."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from linkage.protocol.party_profile import DESK_FORMAT, PartyProfile, read_profile


class DeskProfile(PartyProfile):
    """``database``: a URL of PostgreSQL, else a SQLite file at home. ``ledger`` names the home of the owner's: they are one party."""

    database: str | None = None

    @model_validator(mode="after")
    def _one_ledger(self) -> Self:
        if self.ledger is not None and self.ledger.home is None:
            raise ValueError("ledger.home: expected the folder with the owner's ledger; a party has one")
        return self

    def store(self) -> str | Path:
        """What ``open_store`` takes."""
        return self.database or self.home / "desk.sqlite"


def read_desk_profile(path: Path) -> DeskProfile:
    return read_profile(path, DeskProfile, (DESK_FORMAT,))
