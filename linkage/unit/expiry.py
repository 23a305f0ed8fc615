"""Delete at the unit what an owner's days are over for: its opened packages and everything that was made with them.

The rules of this room:
1. An owner's days of an epoch count from the date of its last package, by the agreement in force; a party that the agreement no longer has
   is due at once.
2. What two owners made together goes with the first of them: compared pairs, possible matches, results, rows of the history and of the
   registers of lists.
3. An epoch that lost something is not linked or decided again: its lists would say that the links are gone. A mark says so first.
4. When all owners of an epoch are due nothing of it stays but the mark and the run's name. The received-ledger stays, so that nothing that
   was deleted comes in again.
5. Outcomes (what desks said of links) go when their owner's days since they were sealed are over; those whose date an earlier release
   did not keep go at once. The next message of a desk has all of them again.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import deleted_for_good, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.ledger import Ledger
from linkage.protocol.manifest import written_time
from linkage.protocol.outcomes import PERIOD
from linkage.protocol.postings import read_table, table_bytes
from linkage.unit.issuing import ISSUED
from linkage.unit.outcomes_intake import made_on, paths_of
from linkage.unit.snapshots import forget_members
from linkage.unit.state import write_json

MARK = "expired.json"
KEPT = {MARK, "run.json"}
Deleted = dict[str, int]
"""Bytes by name, relative to the unit's home."""


def expire(home: Path, ledger: Ledger, now: datetime) -> Deleted:
    """Delete what is due in every epoch, and say what it was."""
    deleted, agreement = Deleted(), ledger.agreement
    for epoch in sorted(path for path in (home / "epochs").glob("*") if path.is_dir()):
        made = _made(epoch)
        due = {owner for owner, when in made.items() if _is_due(owner, when, agreement, now)}
        if due:
            write_json(epoch / MARK, {"on": written_time(now), "owners": sorted(due)})
            paths = _everything(epoch) if due == set(made) else _made_with(epoch, due)
            files = sum(path.is_file() for found in paths for path in (found, *found.rglob("*")))
            if files:
                ledger.note("expired", {"epoch": epoch.name, "what": "epoch", "counts": {"files": files}}, now)
            deleted |= {f"epochs/{epoch.name}/{path.relative_to(epoch)}": size for path in paths if (size := _delete(path))}
            _forget_rows(epoch, due)
    return deleted | _expire_outcomes(home, ledger, now)


def _expire_outcomes(home: Path, ledger: Ledger, now: datetime) -> Deleted:
    """Rule 5."""
    due = [owner for owner, when in made_on(home).items() if when is None or _is_due(owner, when, ledger.agreement, now)]
    paths = [path for owner in due for path in paths_of(home, owner)]
    if paths:
        ledger.note("expired", {"epoch": PERIOD, "what": "outcomes", "counts": {"files": len(paths)}}, now)
    return {str(path.relative_to(home)): _delete(path) for path in paths}


def require_kept(epoch: Path) -> None:
    """Refuse to work on an epoch of which something was deleted."""
    if (epoch / MARK).exists():
        owners = ", ".join(json.loads((epoch / MARK).read_text(encoding="utf-8"))["owners"])
        raise TrilinkError(f"epoch {epoch.name}: what {owners} released has been deleted, its days are over; take a new epoch")


def _made(epoch: Path) -> dict[str, datetime]:
    """When each owner's last package of the epoch was made."""
    found: dict[str, datetime] = {}
    for path in sorted(epoch.glob("packages/*/*.date.json")):
        when = datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["created"])
        found[path.parent.name] = max(when, found.get(path.parent.name, when))
    return found


def _is_due(owner: str, made: datetime, agreement: Agreement, now: datetime) -> bool:
    party = agreement.parties.get(owner)
    return party is None or made + timedelta(days=party.retention_days) <= now


def _everything(epoch: Path) -> list[Path]:
    """Packages last, for their dates say what is due: a killed run is run again."""
    found = [path for path in sorted(epoch.iterdir()) if path.name not in KEPT]
    return sorted(found, key=lambda path: path.name == "packages")


def _made_with(epoch: Path, owners: Iterable[str]) -> list[Path]:
    """Rule 2, as far as whole files and folders go; packages last, for their dates say what is due."""
    found = [*sorted((epoch / "results").glob("*"))]
    for owner in sorted(owners):
        found += [path for path in sorted(epoch.glob("pairs/*/*")) if owner in path.name.split(".")]
        found += [path for path in sorted(epoch.glob("possible/*")) if owner in path.name.split(".")[1:3]]
        found += [*sorted(epoch.glob(f"issued/{owner}.*")), epoch / "asked" / owner, epoch / "answers" / owner]
        found.append(epoch / "laboratory" / f"{owner}.json")
        for facts in sorted(epoch.glob("withdrawn/*/withdrawal.json")):
            if json.loads(facts.read_text(encoding="utf-8"))["owner"] == owner:
                found.append(facts.parent)
        found.append(epoch / "packages" / owner)
    return [path for path in found if path.exists()]


def _forget_rows(epoch: Path, owners: set[str]) -> None:
    """Rule 2 for what other owners' rows stand in as well."""
    names = pa.array(sorted(owners), pa.string())
    for path in sorted(epoch.glob("issued/*.arrow")):
        table = read_table(path, ISSUED)
        kept = table.filter(pc.invert(pc.is_in(table["other"], value_set=names)))
        if len(kept) < len(table):
            with written_whole(path) as file:
                file.write(table_bytes(kept))
    forget_members(epoch / "history", lambda members: pc.is_in(members[1], value_set=names))


def _delete(path: Path) -> int:
    """Delete a file or a folder; returns its bytes."""
    files = [path] if path.is_file() else [inner for inner in path.rglob("*") if inner.is_file()]
    size = sum(file.stat().st_size for file in files)
    deleted_for_good(path)
    return size
