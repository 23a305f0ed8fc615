"""A desk's own configuration: where its agreement, keys and database are."""

from pathlib import Path

from linkage.protocol.party_profile import PartyProfile, read_profile

FORMAT = "trilink/desk-profile/v1"


class DeskProfile(PartyProfile):
    """``database``: a URL of PostgreSQL, else a SQLite file at home."""

    database: str | None = None

    def store(self) -> str | Path:
        """What ``open_store`` takes."""
        return self.database or self.home / "desk.sqlite"


def read_desk_profile(path: Path) -> DeskProfile:
    return read_profile(path, DeskProfile, (FORMAT,))
