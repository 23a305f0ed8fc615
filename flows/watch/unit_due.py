"""What is due at the joint team: link an epoch when its packages are in or its time is up, then cluster; forget what is withdrawn.

The rules of this room:
1. An epoch is linked when every expected package is in, or two owners' are and the deadline has passed. A late one is linked when it comes.
2. It is clustered when every request is answered, or one is and the time to answer is over. A late answer is clustered when it comes.
3. What is withdrawn is forgotten before anything else is done. Outcomes of the desks are taken in when they come, for the next clustering.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flows.receipts import receipts_flow
from flows.unit import cluster_flow, forget_flow, link_flow, outcomes_flow
from flows.watch.due import Due, Named, by_epoch, named, texts
from linkage.protocol.agreement import Agreement
from linkage.protocol.party_profile import PartyProfile


class UnitDesk:
    """The unit's boxes at this moment."""

    def __init__(self, path: Path, profile: PartyProfile, agreement: Agreement) -> None:
        self.path, self.agreement, self.rule = str(path), agreement, profile.watch
        self.inbox, self.outbox = profile.exchange_folders().inbox, profile.exchange_folders().outbox

    def due(self, now: datetime, done: frozenset[str]) -> Iterator[Due]:
        """In the order in which it is to be done; ``done``: names of steps that were done before, on whatever inputs."""
        for epoch, files in by_epoch(named(self.inbox, "withdrawal", 2)).items():
            yield Due(f"forget {epoch}", _paths(files), partial(self._forget, epoch))
        for epoch, files in by_epoch(named(self.inbox, "package", 2)).items():
            if f"link {epoch}" in done or self._complete(files) or (self._two(files) and now >= self._deadline(epoch, files)):
                yield Due(f"link {epoch}", _paths(files), partial(self._link, epoch))
        for epoch, files in by_epoch(named(self.inbox, "regroup-answer", 2)).items():
            asked = [one for one in named(self.outbox, "regroup-request", 2) if one.epoch == epoch]
            if {one.rest for one in asked} <= {one.rest for one in files} or now >= self._answers_until(asked):
                yield Due(f"cluster {epoch}", _paths(files), partial(self._cluster, epoch))
        outcomes = tuple(sorted(self.inbox.glob("outcomes.*.sealed")))
        if outcomes:
            yield Due("outcomes", outcomes, self._outcomes)
        receipts = tuple(sorted(self.inbox.glob("receipt.*.sealed")))
        if receipts:
            yield Due("receipts", receipts, self._receipts)

    def _forget(self, epoch: str, withdrawals: Sequence[Path]) -> Mapping[str, Any]:
        return forget_flow(self.path, epoch, texts(withdrawals), str(self.outbox))

    def _link(self, epoch: str, packages: Sequence[Path]) -> Mapping[str, Any]:
        workers = (os.cpu_count() or 1) if self.rule.workers == "all" else self.rule.workers
        return link_flow(self.path, epoch, texts(packages), str(self.outbox), self.rule.engine, workers)

    def _cluster(self, epoch: str, answers: Sequence[Path]) -> Mapping[str, Any]:
        return cluster_flow(self.path, epoch, texts(answers), str(self.outbox))

    def _outcomes(self, sealed: Sequence[Path]) -> Mapping[str, Any]:
        return outcomes_flow(self.path, texts(sealed))

    def _receipts(self, sealed: Sequence[Path]) -> Mapping[str, Any]:
        return receipts_flow(self.path, texts(sealed))

    def _complete(self, files: list[Named]) -> bool:
        expected = {
            (owner, entity) for owner in self.agreement.owners for entity in self.rule.expects.get(owner, tuple(self.agreement.entities))
        }
        return expected <= {one.rest for one in files}

    def _two(self, files: list[Named]) -> bool:
        return len({one.rest[0] for one in files} & set(self.agreement.owners)) > 1

    def _deadline(self, epoch: str, files: list[Named]) -> datetime:
        """The epoch's own, or so many hours after its first package arrived."""
        named_one = self.rule.deadlines.get(epoch)
        return named_one or _time(min(one.path.stat().st_mtime for one in files)) + timedelta(hours=self.rule.wait_hours)

    def _answers_until(self, asked: list[Named]) -> datetime:
        return _time(max(one.path.stat().st_mtime for one in asked)) + timedelta(hours=self.rule.wait_hours)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()


def _paths(files: list[Named]) -> tuple[Path, ...]:
    return tuple(one.path for one in files)
