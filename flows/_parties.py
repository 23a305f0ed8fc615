"""A party's profile, of whichever role."""

import tomllib
from pathlib import Path

from linkage.protocol.agreement import Agreement
from linkage.protocol.party_profile import DESK_FORMAT, UNIT_FORMAT, PartyProfile, agreement_of, read_party


def profile_and_agreement(path: Path) -> tuple[PartyProfile, Agreement]:
    """What all profiles have in common, a desk's whole, and the agreement that names the party in it."""
    profile = read_party(path) if stated_format(path) != DESK_FORMAT else _desk_profile(path)
    return profile, agreement_of(profile, "unit" if profile.format == UNIT_FORMAT else "owner")


def _desk_profile(path: Path) -> PartyProfile:
    from linkage.desk.profile import read_desk_profile  # a desk's room, for a desk's process alone

    return read_desk_profile(path)


def role_of(profile: PartyProfile) -> str:
    """What the party's deployments are named after: owner, unit or desk."""
    return {UNIT_FORMAT: "unit", DESK_FORMAT: "desk"}.get(profile.format, "owner")


def stated_format(path: Path) -> str:
    """What a profile says it is; whoever reads it in earnest says what is wrong with it."""
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8")).get("format"))
    except (OSError, ValueError):
        return ""
