"""Delete at home what is kept no longer than agreed: crosswalks and notes of old epochs, quarantine lists, resolved lists.

The rules of this room:
1. An epoch's days are over when those of all its crosswalks are; without them no answer and no list of the epoch can be made out.
2. Quarantine lists and notes go with them. Release reports and logs, which hold counts, stay.
3. A resolved list goes when the list said that it expires; only folders that we are shown are looked at.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from linkage.owner.resolution import CSV_FILE, JSON_FILE, PAGE_FILE

WITH_THE_CROSSWALK = ("answered.*.sealed", "quarantine.*", "withdrawals.json", "resolved.json")
Deleted = dict[str, int]
"""Bytes by name, relative to home or to the folder."""


def expire(home: Path, now: datetime, lists: Iterable[Path] = ()) -> Deleted:
    """Delete what is due, and say what it was."""
    deleted: Deleted = {}
    for epoch in sorted(path for path in (home / "epochs").glob("*") if path.is_dir()):
        notes = sorted(epoch.glob("crosswalk.*.json"))
        over = [note for note in notes if datetime.fromisoformat(json.loads(note.read_text(encoding="utf-8"))["expires"]) <= now]
        paths = [path for note in over for path in (note.with_suffix(".sealed"), note)]
        if notes and len(over) == len(notes):
            paths = [*(path for pattern in WITH_THE_CROSSWALK for path in sorted(epoch.glob(pattern))), *paths]
        deleted |= _delete(paths, home)
    for folder in lists:
        if _is_over(folder / JSON_FILE, now.date()):
            deleted |= _delete([folder / name for name in (CSV_FILE, PAGE_FILE, JSON_FILE)], folder.parent)
    return deleted


def _is_over(path: Path, today: date) -> bool:
    return path.is_file() and date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["expires"]) < today


def _delete(paths: Iterable[Path], base: Path) -> Deleted:
    there = [path for path in paths if path.is_file()]
    sizes = {str(path.relative_to(base)): path.stat().st_size for path in there}
    for path in there:
        path.unlink()
    return sizes
