"""Who makes an epoch's key together: our keys, the other owners' public ones, the terms, where their files arrive, the time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from linkage.owner.keys import EpochTerms
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.sealing import Draft, Expectation, Parts, open_sealed, seal


class Ceremony(Guarded):
    """``others`` are the public keys of the other owners, by name; ``inbox`` holds what is addressed to us, our own copies among it."""

    __slots__ = ("by", "inbox", "now", "others", "terms")

    def __init__(self, by: PartyKeys, others: Mapping[str, PublicKeys], terms: EpochTerms, inbox: Path, now: datetime) -> None:
        self.by, self.terms, self.inbox, self.now = by, terms, inbox, now
        self.others = {name: others[name] for name in sorted(others) if name != by.party}

    @property
    def owners(self) -> list[str]:
        """Every owner's name, ours included, in order."""
        return sorted([*self.others, self.by.party])

    def path(self, folder: Path, kind: str, owner: str, to: str) -> Path:
        """Where a message of the ceremony lies: ``<kind>.<epoch>.<from>.<to>.sealed``."""
        return folder / f"{kind}.{self.terms.epoch.replace(':', '_')}.{owner}.{to}.sealed"

    def arrived(self, kind: str, owner: str) -> Path:
        """Where this owner's message to us lies when it is in."""
        return self.path(self.inbox, kind, owner, self.by.party)

    def send(self, kind: str, content: tuple[Mapping[str, Any], Parts], outbox: Path, ends: date) -> None:
        """Seal the same body and parts to every other owner, where it was not done; open until some time after the epoch's end."""
        for to in self.others.values():
            self.write(kind, content, (to, self.path(outbox, kind, self.by.party, to.party)), ends)

    def write(self, kind: str, content: tuple[Mapping[str, Any], Parts], to: tuple[PublicKeys, Path], ends: date) -> None:
        """Seal one message, unless it is there."""
        (body, parts), (recipient, path) = content, to
        if not path.exists():
            lifetime = datetime.combine(ends, time.max, UTC) - self.now + self.terms.lifetime
            seal(Draft(kind, self.terms.agreement, self.terms.epoch, body, lifetime), parts, recipient, self.by, path)

    def opened(self, path: Path, owner: str, kind: str) -> tuple[Manifest, dict[str, bytes]]:
        """Manifest and parts of a message of this epoch by this owner, verified."""
        sender = self.by.public() if owner == self.by.party else self.others[owner]
        expect = Expectation(kind, self.terms.agreement, self.terms.epoch, self.now)
        with open_sealed(path, self.by, {owner: sender}, expect) as message:
            return message.manifest, message.read_parts()
