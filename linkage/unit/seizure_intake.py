"""Take the owners' aggregates of seizures in; the newest release of a year is the one that holds.

The rules of this room:
1. A file is opened as any other: its sender is an owner, under the agreement, for us, not expired, once.
2. What it says is what its seal says: owner, country, year, number; else nothing of it is believed.
3. What was taken in stays, by year, owner and number, so that trends can be drawn.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.received import Received
from linkage.protocol.sealing import Expectation, open_sealed
from linkage.protocol.seizure_tables import KIND, LARGEST, PART, SeizureAggregates, period, read_aggregates

FOLDER = "seizure-reports"


class Desk(NamedTuple):
    """Where aggregates lie, under which agreement, who opens them, what was received before, the time."""

    home: Path
    agreement: Agreement
    by: PartyKeys
    received: Received
    now: datetime


def take_aggregates(desk: Desk, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep; returns recoveries (rounded) by ``owner year`` of what was read."""
    counts = {}
    for path in sorted(paths):
        with about(path):
            read = _opened(desk, path)
        target = desk.home / FOLDER / str(read.year) / f"{read.owner}.{read.number}.json"
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(target) as file:
            file.write(canonical_json(read.model_dump(mode="json")))
        counts[f"{read.owner} {read.year}"] = read.recoveries or 0
    return counts


def kept(desk: Desk) -> dict[int, dict[str, SeizureAggregates]]:
    """By year and owner, the release with the highest number."""
    found: dict[int, dict[str, SeizureAggregates]] = {}
    for path in sorted((desk.home / FOLDER).glob("*/*.json")):
        read = read_aggregates(path.read_bytes(), desk.agreement.report, path.name)
        known = found.setdefault(read.year, {}).get(read.owner)
        if known is None or known.number < read.number:
            found[read.year][read.owner] = read
    return dict(sorted(found.items()))


def _opened(desk: Desk, path: Path) -> SeizureAggregates:
    agreement = desk.agreement
    senders = {owner: public_keys_of(agreement, owner) for owner in agreement.owners}
    with open_sealed(path, desk.by, senders, Expectation(KIND, agreement.fingerprint, None, desk.now)) as message:
        manifest, parts = message.manifest, message.read_parts(LARGEST)
    if set(parts) != {PART}:
        raise InvalidPackage(f"{path.name}: has other parts than a {KIND} has")
    read = read_aggregates(parts[PART], agreement.report, path.name)
    told = (read.owner, read.country, period(read.year), {"number": read.number, "year": read.year})
    if told != (manifest.sender, agreement.parties[manifest.sender].country, manifest.epoch, dict(manifest.body)):
        raise InvalidPackage(f"{path.name}: its tables are of another owner, year or number than its seal says")
    desk.received.record(manifest, period(read.year))
    return read
