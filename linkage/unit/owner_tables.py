"""Small messages of owners that hold one part each: aggregates of seizures, outcomes, links of laboratories.

A file is opened as any other: its sender is an owner, under the agreement, for us, not expired, once.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import Manifest
from linkage.protocol.opening import Expectation, open_sealed
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.received import Received


class Desk(NamedTuple):
    """Where what owners told lies, under which agreement, who opens it, what was received before, the time."""

    home: Path
    agreement: Agreement
    by: PartyKeys
    received: Received
    now: datetime


class Expected(NamedTuple):
    """The kind of message, its epoch (any, if None), the name of its only part and the most bytes it may have."""

    kind: str
    epoch: str | None
    part: str
    largest: int


def open_only_part(desk: Desk, path: Path, expected: Expected) -> tuple[Manifest, bytes]:
    """The seal and the part, verified; the message is not yet recorded as received."""
    agreement = desk.agreement
    senders = {owner: public_keys_of(agreement, owner) for owner in agreement.owners}
    with open_sealed(path, desk.by, senders, Expectation(expected.kind, agreement.fingerprint, expected.epoch, desk.now)) as message:
        manifest, parts = message.manifest, message.read_parts(expected.largest)
    if set(parts) != {expected.part}:
        raise InvalidPackage(f"{path.name}: has other parts than a message of {expected.kind} has")
    return manifest, parts[expected.part]
