"""What is due at an owner: its steps to an epoch's key and its packages, answers to requests, new lists, recalls, receipts.

The rules of this room:
1. Of an epoch that the profile names, the owner takes every step to the key, then encodes once all contributions are in.
2. A request is answered once, in the order of the requests; with ``regroup = false`` a person answers.
3. Of an epoch's lists the newest alone is resolved.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from flows.owner import acknowledge_flow, contribute_flow, encode_flow, regroup_flow, resolve_flow, withdrawals_flow
from flows.receipts import receipts_flow
from flows.watch.due import Due, Named, Run, by_epoch, named, texts
from linkage.protocol.agreement import Agreement
from linkage.protocol.party_profile import PartyProfile

CEREMONY = ("commitment", "contribution")


class OwnerDesk:
    """The owner's boxes at this moment."""

    def __init__(self, path: Path, profile: PartyProfile, agreement: Agreement) -> None:
        self.path, self.me, self.agreement, self.rule = str(path), profile.party, agreement, profile.watch
        self.inbox, self.outbox = profile.exchange_folders().inbox, profile.exchange_folders().outbox
        self.lists = profile.watch.lists or profile.home / "linked-cases"

    def due(self, now: datetime, done: frozenset[str]) -> Iterator[Due]:
        """In the order in which it is to be done."""
        for recall in self._ours("recall"):
            yield Due(f"acknowledge {recall.epoch} {recall.rest[1]}", (recall.path,), self._acknowledge)
        for epoch in self.rule.epochs:
            yield from self._package(epoch)
        if self.rule.regroup:
            for request in sorted(self._ours("regroup-request"), key=lambda one: (one.epoch, int(one.rest[1]))):
                yield from self._answer(request)
        for epoch, lists in by_epoch(self._ours("list")).items():
            newest = max(lists, key=lambda one: int(one.rest[1])).path
            yield Due(f"resolve {epoch}", (newest,), partial(self._resolve, epoch))
        runs: dict[str, Run] = {"acknowledgement": self._withdrawals, "receipt": self._receipts}
        for kind, run in runs.items():
            files = tuple(sorted(self.inbox.glob(f"{kind}.*.sealed")))
            if files:
                yield Due(f"{kind}s", files, run)

    def _ours(self, kind: str) -> Iterator[Named]:
        return (one for one in named(self.inbox, kind, 2) if one.rest[0] == self.me and one.rest[1].isdecimal())

    def _package(self, epoch: str) -> Iterator[Due]:
        """Rule 1. Our own copies of what we sent lie in the inbox too, and are no news."""
        came = {kind: [one for one in named(self.inbox, kind, 2) if one.epoch == epoch and self._to_us(one)] for kind in CEREMONY}
        yield Due(f"contribute {epoch}", tuple(one.path for files in came.values() for one in files), partial(self._contribute, epoch))
        contributions = came["contribution"]
        if {one.rest[0] for one in contributions} >= set(self.agreement.owners) - {self.me}:
            yield Due(f"encode {epoch}", tuple(one.path for one in contributions), partial(self._encode, epoch))

    def _to_us(self, one: Named) -> bool:
        return one.rest[1] == self.me != one.rest[0]

    def _answer(self, request: Named) -> Iterator[Due]:
        """Rule 2: an answer that lies in the outbox is not given again."""
        answer = self.outbox / f"regroup-answer.{request.epoch}.{self.me}.{request.rest[1]}.sealed"
        if not answer.exists():
            yield Due(f"regroup {request.epoch} {request.rest[1]}", (request.path,), partial(self._regroup, answer))

    def _contribute(self, epoch: str, _: Sequence[Path]) -> Mapping[str, Any]:
        return {contribute_flow(self.path, epoch, str(self.inbox), str(self.outbox)).step: 1}

    def _encode(self, epoch: str, _: Sequence[Path]) -> Mapping[str, Any]:
        return encode_flow(self.path, epoch, str(self.inbox), str(self.outbox))

    def _regroup(self, answer: Path, request: Sequence[Path]) -> Mapping[str, Any]:
        self.outbox.mkdir(parents=True, exist_ok=True)
        return regroup_flow(self.path, str(request[0]), str(answer))

    def _resolve(self, epoch: str, sealed: Sequence[Path]) -> Mapping[str, Any]:
        return resolve_flow(self.path, str(sealed[0]), str(self.lists / epoch))

    def _acknowledge(self, recall: Sequence[Path]) -> Mapping[str, Any]:
        lists = [folder for folder in sorted(self.lists.glob("*")) if folder.is_dir()]
        return acknowledge_flow(self.path, str(recall[0]), str(self.outbox), texts(lists))

    def _withdrawals(self, acknowledgements: Sequence[Path]) -> Mapping[str, Any]:
        withdrawals_flow(self.path, texts(acknowledgements))
        return {"acknowledgements": len(acknowledgements)}

    def _receipts(self, sealed: Sequence[Path]) -> Mapping[str, Any]:
        return receipts_flow(self.path, texts(sealed))
