"""What the watcher remembers, in ``<home>/watch.json``: which step was done on which files, which failed, and when it is tried again.

Everything in it can be lost: every step may be done again, and does no harm. Counts and sentences of ours, never a value.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flows.watch.due import Due
from linkage.protocol.atomic_files import PRIVATE, written_whole

FORMAT = "trilink/watch/v1"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)


class Notes:
    """The notes of one home; each change is written whole before the next step begins."""

    def __init__(self, home: Path) -> None:
        self.path = home / "watch.json"
        self.steps: dict[str, dict[str, Any]] = {}
        with suppress(OSError, ValueError):
            document = json.loads(self.path.read_bytes())
            if isinstance(document, dict) and document.get("format") == FORMAT and isinstance(document.get("steps"), dict):
                self.steps = {name: step for name, step in document["steps"].items() if isinstance(step, dict)}

    def done(self) -> frozenset[str]:
        """Steps that were done at least once."""
        return frozenset(name for name, step in self.steps.items() if step.get("done"))

    def failing(self) -> dict[str, str]:
        """Steps whose last attempt failed, with what they said."""
        return {name: step["why"] for name, step in self.steps.items() if step.get("why")}

    def rests(self, due: Due, now: datetime) -> bool:
        """Whether there is nothing to do for a step now: done on these files, or failed on them a short while ago."""
        step, digest = self.steps.get(due.what, {}), digest_of(due.inputs)
        if step.get("failed") == digest:
            return bool(now < datetime.fromisoformat(step["again"]))
        return bool(step.get("done") == digest)

    def note(self, due: Due, taken: Sequence[Path] | None, why: str, now: datetime) -> datetime | None:
        """What came of a step: the files that it took in (none when it did nothing), why others were not, and so when it is tried again."""
        before, inputs = self.steps.get(due.what, {}), digest_of(due.inputs)
        step = {"at": now.isoformat(), "done": before.get("done") if taken is None else digest_of(taken)}
        again = None
        if why:
            times = before.get("times", 0) + 1 if before.get("failed") == inputs else 1
            again = now + min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE)
            step |= {"failed": inputs, "times": times, "why": why, "again": again.isoformat()}
        self.steps[due.what] = step
        self._write()
        return again

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(self.path, PRIVATE) as file:
            file.write(json.dumps({"format": FORMAT, "steps": self.steps}, indent=2, sort_keys=True).encode() + b"\n")


def digest_of(inputs: Sequence[Path]) -> str:
    """Names and lengths of files: a name is never taken over in an exchange folder."""
    facts = sorted((path.name, path.stat().st_size if path.exists() else -1) for path in inputs)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
