"""What the watcher remembers, in ``<home>/watch.json``: which step was done on which files, which failed, and when it is tried again.

Everything in it can be lost: every step may be done again, and does no harm. Counts and sentences of ours, never a value.
"""

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
        return frozenset(name for name, step in self.steps.items() if step.get("done") is not None)

    def failing(self) -> dict[str, str]:
        """Steps whose last attempt failed, with what they said."""
        return {name: step["why"] for name, step in self.steps.items() if step.get("why")}

    def fresh(self, due: Due) -> tuple[Path, ...]:
        """The files that the step has not taken in yet; it need not see the others again, and they may have expired."""
        known = set(self.steps.get(due.what, {}).get("done") or ())
        return tuple(path for path in due.inputs if fact_of(path) not in known)

    def rests(self, due: Due, now: datetime) -> bool:
        """Whether there is nothing to do for a step now: done on all its files, or failed on those that are left a short while ago."""
        step, waiting = self.steps.get(due.what, {}), facts_of(self.fresh(due))
        if step.get("failed") == waiting:
            return bool(now < datetime.fromisoformat(step["again"]))
        return step.get("done") is not None and not waiting and not due.again

    def note(self, due: Due, taken: Sequence[Path] | None, why: str, now: datetime) -> datetime | None:
        """What came of a step: the files that it took in (None when it did nothing), why others were not, and so when it is tried again."""
        before = self.steps.get(due.what, {})
        did = taken is not None or before.get("done") is not None
        done = (set(before.get("done") or ()) | set(facts_of(taken or ()))) & set(facts_of(due.inputs))
        step: dict[str, Any] = {"at": now.isoformat(), "done": sorted(done) if did else None}
        again = None
        if why:
            waiting = [fact for fact in facts_of(due.inputs) if fact not in done]
            times = before.get("times", 0) + 1 if before.get("failed") == waiting else 1
            again = now + min(FIRST_PAUSE * 2 ** min(times - 1, 10), LONGEST_PAUSE)
            step |= {"failed": waiting, "times": times, "why": why, "again": again.isoformat()}
        self.steps[due.what] = step
        self._write()
        return again

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(self.path, PRIVATE) as file:
            file.write(json.dumps({"format": FORMAT, "steps": self.steps}, indent=2, sort_keys=True).encode() + b"\n")


def facts_of(inputs: Sequence[Path]) -> list[str]:
    """Names and lengths of files, in order: a name is never taken over in an exchange folder."""
    return sorted(fact_of(path) for path in inputs)


def fact_of(path: Path) -> str:
    return f"{path.name} {path.stat().st_size if path.exists() else -1}"
