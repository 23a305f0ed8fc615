"""What a party may take in: no message counts twice, and two different ones under one number are not believed.

Rules of this room:
1. The memory is the party's ledger: a message is noted there, for its run, before anything of it is used; a rerun continues.
2. The same message in another run is a replay; another message under a known id, or under a number that its sender has used
   (``subject``), is refused. The refusal is noted with both digests, for one of the two must be wrong, and a person decides.
3. Of several messages all are noted or none.
4. What a message tells of its sender's ledger is signed and contradicts nothing that was told before (``heads``).
"""

from collections.abc import Iterable
from datetime import datetime

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.heads import check_told, head_of
from linkage.protocol.ledger import Ledger, Turn
from linkage.protocol.ledger_events import Facts, head_facts, message_facts
from linkage.protocol.manifest import Manifest


class Received(Guarded):
    """The received messages of one ledger, at this moment."""

    __slots__ = ("_ledger", "_now")

    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self._ledger, self._now = ledger, now

    @property
    def ledger(self) -> Ledger:
        return self._ledger

    def record(self, manifest: Manifest, run: str) -> bool:
        """Note the message for this run; True when it is new, False when this run has it already (a rerun continues).

        ``InvalidPackage`` when another run had it, or when its sender already sent another message under this number.
        """
        return self.record_all([manifest], run) == 1

    def record_all(self, manifests: Iterable[Manifest], run: str) -> int:
        """Note all of the messages or, when one of them is refused as in ``record``, none; returns how many are new."""
        with self._ledger.turn(self._now) as turn:
            known = [entry.facts for entry in self._ledger.entries("received")]
            fresh: list[Facts] = []
            for facts in (self._facts(manifest, run) for manifest in manifests):
                if not any(_same_message(one, facts, turn, self._ledger.name) for one in known + fresh):
                    _refuse_second(known + fresh, facts, turn)
                    fresh.append(facts)
            for facts in fresh:
                turn.note("received", facts)
        return len(fresh)

    def _facts(self, manifest: Manifest, run: str) -> Facts:
        """What is noted, once what the message tells of its sender's ledger is believed."""
        facts: Facts = {"from": manifest.sender, "run": run, **message_facts(manifest), **head_facts(manifest)}
        if manifest.head is not None:
            check_told(self._ledger, head_of(facts), _named(facts))
        return facts


def subject(facts: Facts) -> tuple[object, ...]:
    """The number of a message at its sender: of one such there is one message to each party."""
    return tuple(facts[key] for key in ("kind", "epoch", "entity", "turn"))


def _same_message(known: Facts, new: Facts, turn: Turn, ledger: str) -> bool:
    """Whether this very message is noted for this very run; a replay or a reused id is refused."""
    if known["message"] != new["message"] and known["manifest"] != new["manifest"]:
        return False
    if known["manifest"] == new["manifest"] and known["run"] == new["run"]:
        return True
    if known["manifest"] == new["manifest"]:
        _note_refused(new, known, "replayed", turn)
        raise InvalidPackage(f"{_named(new)}: replayed, {ledger} has it from run {known['run']}", "replayed", (str(new["message"]),))
    _note_refused(new, known, "reused", turn)
    raise InvalidPackage(f"{_named(new)}: {ledger} has another message under this id", "second", (str(new["message"]),))


def _refuse_second(known: list[Facts], new: Facts, turn: Turn) -> None:
    for one in known:
        if one["from"] == new["from"] and subject(one) == subject(new):
            _note_refused(new, one, "second", turn)
            about = f" about {new['entity']}" if new["entity"] else ""
            raise InvalidPackage(
                f"{_named(new)}{about}: in epoch {new['epoch']} it already sent another one, "
                f"{one['message']} in run {one['run']}; ask which one holds; what changed goes into another epoch",
                "second",
                (str(new["message"]),),
            )


def _named(facts: Facts) -> str:
    return f"{facts['kind']} {facts['message']} from {facts['from']}"


def _note_refused(new: Facts, known: Facts, reason: str, turn: Turn) -> None:
    facts = {name: value for name, value in new.items() if name != "run"}
    turn.note("refused", facts | {"reason": reason, "known": known["manifest"]})
