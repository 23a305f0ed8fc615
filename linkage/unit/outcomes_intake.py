"""Take in what became of links at the owners' desks; the newest word of each owner holds, and stays for the next runs.

The rules of this room:
1. A file is opened as any other: its sender is an owner, under the agreement, for us, not expired, once.
2. What it says is what its seal says: owner and number.
3. An owner's earlier outcomes are deleted when newer ones are in; an older file that comes late changes nothing.
4. When they were made is kept with them, and first: what an owner releases is not kept for longer than its days (``expiry.py``).
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.manifest import written_time
from linkage.protocol.outcomes import KIND, LARGEST, PART, PERIOD, Outcomes, read_outcomes
from linkage.unit.owner_tables import Desk, Expected, open_only_part
from linkage.unit.state import write_json

FOLDER = "outcomes"


def take_outcomes(desk: Desk, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep; returns settled links by owner of what was read."""
    counts = {}
    for path in sorted(paths):
        with about(path):
            read, made = _opened(desk, path)
        known = _kept_of(desk.home, read.owner)
        if known is None or known.number < read.number:
            target = _path(desk.home, read.owner)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_json(_date_path(desk.home, read.owner), {"created": written_time(made)})
            with written_whole(target, PRIVATE) as file:
                file.write(read.model_dump_json().encode())
        counts[read.owner] = len(read.links)
    return counts


def kept_outcomes(home: Path, agreement: Agreement) -> list[Outcomes]:
    """The newest outcomes of every owner that told any, by owner."""
    return [found for owner in agreement.owners if (found := _kept_of(home, owner)) is not None]


def _kept_of(home: Path, owner: str) -> Outcomes | None:
    path = _path(home, owner)
    return read_outcomes(path.read_bytes(), path.name) if path.is_file() else None


def _path(home: Path, owner: str) -> Path:
    return home / FOLDER / f"{owner}.json"


def made_on(home: Path) -> dict[str, datetime | None]:
    """When the kept outcomes of each owner were made; None where an earlier release kept them without their date."""
    owners = sorted(path.stem for path in (home / FOLDER).glob("*.json") if not path.stem.endswith(".date"))
    dates = {owner: _date_path(home, owner) for owner in owners}
    return {
        owner: datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["created"]) if path.is_file() else None
        for owner, path in dates.items()
    }


def paths_of(home: Path, owner: str) -> list[Path]:
    """What is kept of an owner's outcomes; the date last, for it says what is due."""
    return [path for path in (_path(home, owner), _date_path(home, owner)) if path.exists()]


def _date_path(home: Path, owner: str) -> Path:
    return home / FOLDER / f"{owner}.date.json"


def _opened(desk: Desk, path: Path) -> tuple[Outcomes, datetime]:
    """The outcomes and when they were sealed."""
    manifest, part = open_only_part(desk, path, Expected(KIND, PERIOD, PART, LARGEST))
    read = read_outcomes(part, path.name)
    if (read.owner, {"number": read.number}) != (manifest.sender, dict(manifest.body)):
        raise InvalidPackage(f"{path.name}: its outcomes are of another owner or number than its seal says")
    desk.received.record(manifest, PERIOD)
    return read, manifest.created
