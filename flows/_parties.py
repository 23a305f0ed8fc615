"""A party's profile, of whichever role."""

from pathlib import Path

from linkage.protocol.agreement import Agreement
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile, agreement_of, read_party


def profile_and_agreement(path: Path) -> tuple[PartyProfile, Agreement]:
    """What all profiles have in common, of whichever role, and the agreement that names the party in it."""
    profile = read_party(path)
    return profile, agreement_of(profile, "unit" if profile.format == UNIT_FORMAT else "owner")
