"""A party's profile, of whichever role."""

import tomllib
from contextlib import suppress
from pathlib import Path

from linkage.owner.profile import read_owner_profile
from linkage.protocol.agreement import Agreement
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile, agreement_of, read_profile


def profile_and_agreement(path: Path) -> tuple[PartyProfile, Agreement]:
    """A party's profile, of whichever role, and its agreement."""
    said = ""
    with suppress(OSError, ValueError):
        said = str(tomllib.loads(path.read_text(encoding="utf-8")).get("format"))
    if said == UNIT_FORMAT:
        unit = read_profile(path, PartyProfile, (UNIT_FORMAT,))
        return unit, agreement_of(unit, "unit")
    owner = read_owner_profile(path)
    return owner, agreement_of(owner, "owner")
