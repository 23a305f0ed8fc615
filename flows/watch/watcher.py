"""One round of the watcher: fetch, do what is due, leave what was made. No clock and no sleep of its own (docs/adr/0032).

The rules of this room:
1. A round is idempotent: killed anywhere and begun again it ends as if nothing had happened.
2. One bad file costs no good one: it is left out, the rest goes on, and it is tried again later.
3. What fails is said, noted and tried again after a pause that grows; nothing of it ends the watcher.
4. Two runs at once do not happen: each flow holds the home's lock, and finding it held is no failure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from flows._alone import Busy
from flows._parties import profile_and_agreement
from flows._tasks import StepFailed
from flows.watch.due import Due
from flows.watch.notes import Notes
from flows.watch.post import Carried, fetch, send
from linkage.desk.profile import DeskProfile
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.party_profile import UNIT_FORMAT
from linkage.protocol.patience import Patience

Counts = Mapping[str, Any]
Result = tuple[Counts, tuple[Path, ...] | None, str]  # counts, the files that were taken in, why others were not


class Desk(Protocol):
    def due(self, now: datetime, done: frozenset[str]) -> Iterator[Due]: ...


@dataclass(frozen=True)
class Outcome:
    """What came of one step of a round: ``said`` is a sentence of ours, ``counts`` are counts by name."""

    what: str
    state: Literal["done", "failed", "busy", "carried"]
    said: str = ""
    counts: Counts = field(default_factory=dict)


def watch_round(path: Path, now: datetime, patience: Patience | None = None) -> list[Outcome]:
    """Everything that can be done now, once; call it until it moves nothing. The keys were unlocked before, or can be without a person."""
    profile, _ = profile_and_agreement(path)
    notes, patient = Notes(profile.home), patience or Patience()
    profile.exchange_folders().inbox.mkdir(parents=True, exist_ok=True)
    outcomes = [*_carried(fetch(profile, patient))]
    for due in _desk(path).due(now, notes.done()):
        if not notes.rests(due, now):
            outcomes.append(_step(due, notes, now))
    return [*outcomes, *_carried(send(profile, patient))]


def moved(outcomes: Sequence[Outcome]) -> bool:
    """Whether another round may find more to do."""
    return any(one.state in ("done", "carried") for one in outcomes)


def _desk(path: Path) -> Desk:
    """The rules of the party's role; the unit's never load the owner's code."""
    profile, agreement = profile_and_agreement(path)
    if profile.format == UNIT_FORMAT:
        from flows.watch.unit_due import UnitDesk

        return UnitDesk(path, profile, agreement)
    if isinstance(profile, DeskProfile):
        from flows.watch.desk_due import CountryDesk

        return CountryDesk(path, profile)
    from flows.watch.owner_due import OwnerDesk

    return OwnerDesk(path, profile, agreement)


def _carried(moves: Iterator[Carried]) -> Iterator[Outcome]:
    for what, count, why in moves:
        if why:
            yield Outcome(what, "failed", why)
        elif count:
            yield Outcome(what, "carried", counts={"files": count})


def _step(due: Due, notes: Notes, now: datetime) -> Outcome:
    """Run one step on the files that are new or, when some are refused, on the others."""
    try:
        counts, taken, why = _without_bad(due, notes.fresh(due))
    except Busy as error:
        return Outcome(due.what, "busy", str(error))
    again = notes.note(due, taken, why, now)
    if again is not None:
        return Outcome(due.what, "failed", f"{why} (tried again after {again:%Y-%m-%d %H:%M} UTC)", counts)
    return Outcome(due.what, "done", counts=counts)


def _without_bad(due: Due, left: tuple[Path, ...]) -> Result:
    """A refusal names its files, which are left out; where it names none, each is tried alone."""
    problems: list[str] = []
    several = len(left) > 1
    while True:
        counts, error = _attempt(due, left)
        if error is None:
            return counts, left, "; ".join(problems)
        problems.append(str(error))
        blamed = {file.name for file in error.files} if isinstance(error, InvalidPackage) else set()
        good = tuple(path for path in left if path.name not in blamed)
        if not isinstance(error, InvalidPackage) or not good or not several:
            return {}, None, "; ".join(problems)
        if good == left:
            return _one_by_one(due, left, problems)
        left = good


def _one_by_one(due: Due, left: tuple[Path, ...], problems: list[str]) -> Result:
    tried = [(path, *_attempt(due, (path,))) for path in left]
    good = {path: counts for path, counts, error in tried if error is None}
    said = [*problems, *(str(error) for _, _, error in tried if error is not None)]
    return (list(good.values())[-1], tuple(good), "; ".join(said)) if good else ({}, None, "; ".join(said))


def _attempt(due: Due, files: Sequence[Path]) -> tuple[Counts, Exception | None]:
    """Counts, or a clean error; any other one is its kind alone. ``Busy`` is nobody's fault and passes."""
    kind = ""
    try:
        return due.run(files), None
    except Busy:
        raise
    except (TrilinkError, StepFailed) as error:
        return {}, error
    except Exception as error:
        kind = type(error).__name__
    return {}, StepFailed(f"{due.what}: {kind}; what it said is withheld")
