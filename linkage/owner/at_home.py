"""What an owner works with when it opens what the unit sent."""

from datetime import datetime

from linkage.owner.profile import OwnerProfile
from linkage.protocol.agreement import Agreement
from linkage.protocol.guarded import Guarded
from linkage.protocol.kept_agreement import kept_agreement
from linkage.protocol.ledger import Ledger
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.received import Received


class AtHome(Guarded):
    """Profile, agreement in force, our keys, the ledger and with it what was received before, the time."""

    __slots__ = ("agreement", "by", "ledger", "now", "profile", "received")

    def __init__(self, profile: OwnerProfile, agreement: Agreement, by: PartyKeys, now: datetime, ledger: Ledger | None = None) -> None:
        self.profile, self.agreement, self.by, self.now = profile, agreement, by, now
        self.ledger = ledger or Ledger(profile.home, by, agreement)
        self.received = Received(self.ledger, now)

    def agreement_of(self, epoch: str) -> Agreement:
        """The rules that an epoch was begun under, also where others are in force by now."""
        return kept_agreement(self.profile.home / "epochs" / epoch, self.agreement)
