"""What we have withdrawn, for good: records and cases that enter no package, answer or resolved list from then on.

Format ``trilink/withdrawn/v1``: JSON lines in ``withdrawn.jsonl`` at home, readable by its owner alone, never sent; the reason in a
person's own words stands in them and nowhere else.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from linkage.owner.at_home import AtHome
from linkage.owner.crosswalk import OwnRecord
from linkage.protocol.atomic_files import add_lines
from linkage.protocol.errors import TrilinkError
from linkage.protocol.guarded import Guarded

FORMAT = "trilink/withdrawn/v1"
FILE = "withdrawn.jsonl"
LONGEST = 1_000


class Wish(NamedTuple):
    """One record (of an entity type, or of whatever type has it) or one case that somebody wants withdrawn."""

    what: str  # record or case
    id: str
    entity: str = ""


class Withdrawn(Guarded):
    """Everything that was withdrawn from this home."""

    __slots__ = ("_cases", "_records")

    def __init__(self, wishes: Iterable[Wish]) -> None:
        listed = list(wishes)
        self._records = frozenset((wish.entity, wish.id) for wish in listed if wish.what == "record")
        self._cases = frozenset(wish.id for wish in listed if wish.what == "case")

    def shown(self) -> str:
        return f"{len(self._records)} records and {len(self._cases)} cases, hidden"

    def among(self, entity: str) -> Callable[[str, str], bool] | None:
        """Whether a record of this entity type, by its id and case, is withdrawn; None where nothing is."""
        if not self._records and not self._cases:
            return None
        return lambda record_id, case_id: self.touches(entity, [(record_id, case_id)])

    def touches(self, entity: str, records: Iterable[OwnRecord]) -> bool:
        """Whether one of the records, given with their cases, is withdrawn."""
        return any(
            case_id in self._cases or not self._records.isdisjoint([(entity, record_id), ("", record_id)]) for record_id, case_id in records
        )


def withdrawn_records(home: Path) -> Withdrawn:
    """What stands in the file at home; nothing where there is none."""
    return Withdrawn(_wishes(home))


def _wishes(home: Path) -> list[Wish]:
    path, wishes = home / FILE, []
    if not path.exists():
        return []
    for number, line in enumerate([*path.read_bytes().split(b"\n")[:-1], *_unended(path)], 1):
        wish = _read(line)
        if wish is None:
            raise TrilinkError(f"{FILE}, line {number}: damaged; restore it before anything is released")
        wishes.append(wish)
    return wishes


def _unended(path: Path) -> list[bytes]:
    """A last line that lacks nothing but its end, which counts; half a line is of a killed command, when releases still appended."""
    rest = path.read_bytes().rpartition(b"\n")[2] if path.exists() else b""
    with suppress(ValueError):
        json.loads(rest)
        return [rest]
    return []


def note_withdrawn(at_home: AtHome, wishes: Iterable[Wish], reason: str, ground: str = "other") -> None:
    """Add to the file, on disk before this returns, after a note in the ledger; ``reason`` is one line, ``ground`` one of ``GROUNDS``."""
    said, home = reason.strip(), at_home.profile.home
    if not said or len(said) > LONGEST or not said.isprintable():
        raise TrilinkError(f"withdraw: expected a reason in one line of at most {LONGEST} characters")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    known, when = set(_wishes(home)), at_home.now.isoformat(timespec="seconds")
    fresh = [wish for wish in dict.fromkeys(wishes) if wish not in known]
    _tell_ledger(at_home, fresh, ground)
    lines = [{"format": FORMAT, **wish._asdict(), "reason": said, "when": when} for wish in fresh]
    add_lines(home / FILE, [*_unended(home / FILE), *(json.dumps(line, sort_keys=True).encode() for line in lines)])


def _tell_ledger(at_home: AtHome, fresh: list[Wish], ground: str) -> None:
    """How many records of which type, and how many cases; never which."""
    for (what, entity), count in sorted(Counter((wish.what, wish.entity) for wish in fresh).items()):
        facts = {"entity": entity or None, "what": what, "ground": ground, "counts": {f"{what}s": count}}
        at_home.ledger.note("withdrawal", facts, at_home.now)


def _read(line: bytes) -> Wish | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT or found.get("what") not in ("record", "case"):
        return None
    words = [word for key in Wish._fields if isinstance(word := found.get(key), str)]
    return Wish(*words) if len(words) == len(Wish._fields) else None
