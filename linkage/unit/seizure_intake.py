"""Take the owners' aggregates of seizures in; the newest release of a year is the one that holds.

The rules of this room:
1. A file is opened as any other: its sender is an owner, under the agreement, for us, not expired, once.
2. What it says is what its seal says: owner, country, year, number; else nothing of it is believed.
3. What was taken in stays, by year, owner and number, so that trends can be drawn.
"""

from collections.abc import Iterable
from pathlib import Path

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.seizure_tables import KIND, LARGEST, PART, SeizureAggregates, period, read_aggregates
from linkage.unit.owner_tables import Desk, Expected, open_only_part

FOLDER = "seizure-reports"


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
    manifest, part = open_only_part(desk, path, Expected(KIND, None, PART, LARGEST))
    read = read_aggregates(part, agreement.report, path.name)
    told = (read.owner, read.country, period(read.year), {"number": read.number, "year": read.year})
    if told != (manifest.sender, agreement.parties[manifest.sender].country, manifest.epoch, dict(manifest.body)):
        raise InvalidPackage(f"{path.name}: its tables are of another owner, year or number than its seal says")
    desk.received.record(manifest, period(read.year))
    return read
