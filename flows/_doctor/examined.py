"""A party as the doctor sees it: its profile, of whichever role, and the time."""

import tomllib
from datetime import datetime
from pathlib import Path

from linkage.desk.profile import FORMAT as DESK_FORMAT
from linkage.desk.profile import read_desk_profile
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile, read_party


class Examined:
    """A party's profile as it was read, of whichever role, and the time by our clock."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.path, self.now = path, now
        form = _format(path)
        self.desk = read_desk_profile(path) if form == DESK_FORMAT else None
        self.profile: PartyProfile = self.desk or read_party(path)
        self.role = "unit" if form == UNIT_FORMAT else "owner"


def _format(path: Path) -> str:
    """What the profile says it is; whoever reads it in earnest says what is wrong with it."""
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("format"))
    except (OSError, ValueError):
        return ""
