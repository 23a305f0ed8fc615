"""Planted records: people and things that an owner invented, put into its own table, and told nobody about.

Nobody else can hold a match for one, unless our records went where they should not: somebody submits them, or looks them up. So a planted
record that links is an alarm, and no lead: it is counted, noted in the ledger and kept out of the investigators' files.
"""

from datetime import datetime

from linkage.owner.profile import OwnerProfile
from linkage.owner.resolved_list import ResolvedLink, ResolvedList
from linkage.protocol.errors import InvalidProfile
from linkage.protocol.ledger import Ledger


def without_planted(resolved: ResolvedList, profile: OwnerProfile) -> tuple[ResolvedList, int]:
    """The list without links of planted records, and how many those were; an entity is planted when all its records are."""
    planted = _planted(profile)
    real = [link for link in resolved.links if not _is_planted(link, planted)]
    return ResolvedList(resolved.document, real), len(resolved.links) - len(real)


def note_planted(ledger: Ledger, epoch: str, planted: int, now: datetime) -> dict[str, int]:
    """Say so in the ledger where there are any; returns what is to be said with the other counts."""
    if not planted:
        return {}
    ledger.note("planted_linked", {"epoch": epoch, "counts": {"planted": planted}}, now)
    return {"planted": planted}


def _is_planted(link: ResolvedLink, planted: frozenset[str]) -> bool:
    return planted.issuperset(record_id for record_id, _ in link.own.records)


def _planted(profile: OwnerProfile) -> frozenset[str]:
    """Record ids of the profile's file, one a line."""
    if profile.planted is None:
        return frozenset()
    text = None
    if profile.planted.is_file():
        text = profile.planted.read_bytes().decode("utf-8-sig", errors="replace")
    if text is None or "\ufffd" in text:
        raise InvalidProfile(f"planted: {profile.planted.name} is not there, or not UTF-8 text; no list is resolved until it is")
    return frozenset(line.strip() for line in text.splitlines() if line.strip())
