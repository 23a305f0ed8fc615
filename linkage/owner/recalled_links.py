"""The ids of links that were recalled from us: an append-only file at home, ``recalled.jsonl``."""

import json
from datetime import datetime
from pathlib import Path

from linkage.protocol.atomic_files import add_lines
from linkage.protocol.withdrawal import Recall

FILE = "recalled.jsonl"


def recalled_links(home: Path) -> frozenset[str]:
    """Ids of all links that were ever recalled from us."""
    path = home / FILE
    whole = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return frozenset(json.loads(line)["link_id"] for line in whole)


def note_recalled(home: Path, recall: Recall, now: datetime) -> None:
    """Add what is not in the file yet, on disk before this returns."""
    known, when = recalled_links(home), now.isoformat(timespec="seconds")
    lines = [{"link_id": link.link_id, "epoch": recall.epoch, "when": when} for link in recall.recalled if link.link_id not in known]
    add_lines(home / FILE, (json.dumps(line, sort_keys=True).encode() for line in lines))
