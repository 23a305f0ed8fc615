"""What an owner works with when it opens what the unit sent."""

from datetime import datetime

from linkage.owner.profile import OwnerProfile
from linkage.protocol.agreement import Agreement
from linkage.protocol.guarded import Guarded
from linkage.protocol.ledger import Received
from linkage.protocol.party_keys import PartyKeys


class AtHome(Guarded):
    """Profile, agreement, our keys, what was received before, the time."""

    __slots__ = ("agreement", "by", "now", "profile", "received")

    def __init__(self, profile: OwnerProfile, agreement: Agreement, by: PartyKeys, now: datetime) -> None:
        self.profile, self.agreement, self.by, self.now = profile, agreement, by, now
        self.received = Received(profile.home / "received.jsonl")
