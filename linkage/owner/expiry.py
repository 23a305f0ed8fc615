"""Delete at home what is kept no longer than agreed: crosswalks and notes of old epochs, quarantine lists, resolved lists.

The rules of this room:
1. An epoch's days are over when those of all its crosswalks are; without them no answer and no list of the epoch can be made out.
2. Quarantine lists and notes go with them. Release reports and logs, which hold counts, stay.
3. A resolved list goes when the list said that it expires; only folders that we are shown are looked at.
4. The ledger is told before anything goes: of which epoch, and how many files.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from linkage.owner.resolution import CSV_FILE, JSON_FILE, PAGE_FILE
from linkage.protocol.atomic_files import deleted_for_good
from linkage.protocol.kept_agreement import FILE
from linkage.protocol.ledger import Ledger

WITH_THE_CROSSWALK = ("answered.*.sealed", "quarantine.*", "withdrawals.json", "resolved.json", FILE)
Deleted = dict[str, int]
"""Bytes by name, relative to home or to the folder."""


def expire(home: Path, ledger: Ledger, now: datetime, lists: Iterable[Path] = ()) -> Deleted:
    """Delete what is due, and say what it was."""
    deleted: Deleted = {}

    def delete(paths: Iterable[Path], base: Path, what: tuple[str, str]) -> Deleted:
        there = [path for path in paths if path.is_file()]
        if there:
            kind, of = what
            ledger.note("expired", {"epoch": of, "what": kind, "counts": {"files": len(there)}}, now)
        return _delete(there, base)

    for epoch in sorted(path for path in (home / "epochs").glob("*") if path.is_dir()):
        notes = sorted(epoch.glob("crosswalk.*.json"))
        over = [note for note in notes if datetime.fromisoformat(json.loads(note.read_text(encoding="utf-8"))["expires"]) <= now]
        paths = [path for note in over for path in (note.with_suffix(".sealed"), note)]
        if notes and len(over) == len(notes):
            paths = [*(path for pattern in WITH_THE_CROSSWALK for path in sorted(epoch.glob(pattern))), *paths]
        deleted |= delete(paths, home, ("epoch", epoch.name))
    for folder in lists:
        if of := _is_over(folder / JSON_FILE, now.date()):
            deleted |= delete([folder / name for name in (CSV_FILE, PAGE_FILE, JSON_FILE)], folder.parent, ("list", of))
    return deleted


def _is_over(path: Path, today: date) -> str:
    """The epoch of a list that has expired; "" of one that has not, or where there is none."""
    if not path.is_file():
        return ""
    document = json.loads(path.read_text(encoding="utf-8"))
    return str(document["epoch"]) if date.fromisoformat(document["expires"]) < today else ""


def _delete(there: list[Path], base: Path) -> Deleted:
    sizes = {str(path.relative_to(base)): path.stat().st_size for path in there}
    for path in there:
        deleted_for_good(path)
    return sizes
