"""A party as the doctor sees it: its profile, of whichever role, and the time."""

from datetime import datetime
from pathlib import Path

from flows._parties import stated_format
from linkage.desk.profile import read_desk_profile
from linkage.protocol.party_profile import DESK_FORMAT, UNIT_FORMAT, PartyProfile, read_party


class Examined:
    """A party's profile as it was read, of whichever role, and the time by our clock."""

    def __init__(self, path: Path, now: datetime) -> None:
        self.path, self.now = path, now
        form = stated_format(path)
        self.desk = read_desk_profile(path) if form == DESK_FORMAT else None
        self.profile: PartyProfile = self.desk or read_party(path)
        self.role = "unit" if form == UNIT_FORMAT else "owner"
