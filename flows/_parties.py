"""A party's profile, of whichever role."""

import tomllib
from pathlib import Path

from linkage.desk.profile import FORMAT as DESK_FORMAT
from linkage.desk.profile import read_desk_profile
from linkage.protocol.agreement import Agreement
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile, agreement_of, read_party


def profile_and_agreement(path: Path) -> tuple[PartyProfile, Agreement]:
    """What all profiles have in common, a desk's whole, and the agreement that names the party in it."""
    profile = read_desk_profile(path) if stated_format(path) == DESK_FORMAT else read_party(path)
    return profile, agreement_of(profile, "unit" if profile.format == UNIT_FORMAT else "owner")


def role_of(profile: PartyProfile) -> str:
    """What the party's deployments are named after: owner, unit or desk."""
    return {UNIT_FORMAT: "unit", DESK_FORMAT: "desk"}.get(profile.format, "owner")


def stated_format(path: Path) -> str:
    """What a profile says it is; whoever reads it in earnest says what is wrong with it."""
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("format"))
    except (OSError, ValueError):
        return ""
