"""The ceremony of an epoch's key as one command that does the next step, run again until it says ready.

1. Commit: our contribution is drawn, its commitment sealed to every owner.
2. Show: when every owner's commitment is in, our contribution is sealed to every owner.
3. Check: when every owner's contribution is in, all of them are verified.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from linkage.owner.ceremony import Ceremony
from linkage.owner.ceremony_notes import note_committed, note_opened
from linkage.owner.commitments import Commitment, Declared, commit, has_committed, own_commitment, read_commitments
from linkage.owner.contributions import collect, missing_contributions, show_ours
from linkage.owner.epoch_dates import EpochDates, default_dates, remember, require_sound
from linkage.owner.profile import OwnerProfile
from linkage.owner.release import declared_sizes
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidKey
from linkage.protocol.ledger import Ledger

Asked = tuple[date | None, date | None]


@dataclass(frozen=True)
class Standing:
    """How far an epoch's key is: what was done last, whose files are awaited, what we declared; ``check`` once it is ready."""

    step: Literal["committed", "shown", "ready"]
    awaited: list[str]
    declared: Declared
    check: str | None = None


def next_step(ceremony: Ceremony, ours: tuple[OwnerProfile, Agreement], outbox: Path, asked: Asked, ledger: Ledger) -> Standing:
    """Do what can be done now. ``asked`` are the first and last day that the operator wants, None to follow whoever began."""
    declared = _committed(ceremony, ours, outbox, asked).declared
    found = read_commitments(ceremony)
    note_committed(ledger, ceremony, found)
    if awaited := [owner for owner in ceremony.owners if owner not in found]:
        return Standing("committed", awaited, declared)
    show_ours(ceremony, outbox, found)
    if awaited := missing_contributions(ceremony):
        return Standing("shown", awaited, declared)
    return Standing("ready", [], declared, note_opened(ledger, ceremony, collect(ceremony)).combine().key_check_value())


def _committed(ceremony: Ceremony, ours: tuple[OwnerProfile, Agreement], outbox: Path, asked: Asked) -> Commitment:
    """Our commitment: made now, or before, and then what is asked must be what it states."""
    (profile, agreement), epoch = ours, ceremony.terms.epoch
    stated = [commitment.declared for commitment in read_commitments(ceremony).values()]
    default = stated[0].dates if stated else default_dates(agreement, ceremony.now.date())
    dates = EpochDates(asked[0] or default.starts, asked[1] or default.ends)
    if stated and dates != default:
        raise InvalidKey(f"epoch {epoch}: stated to run {default}, not {dates}; agree on the dates, or begin another epoch")
    if has_committed(ceremony):
        return commit(ceremony, outbox, own_commitment(ceremony)[0].declared)
    require_sound(dates, agreement, epoch, profile.home)
    remember(dates, epoch, profile.home)
    return commit(ceremony, outbox, Declared(dates, declared_sizes(profile)))
