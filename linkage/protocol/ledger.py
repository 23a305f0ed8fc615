"""A party's own ledger: what it did, sent, received and disclosed, in the order in which it happened (docs/spec/ledger.md).

Format ``trilink/ledger/v1``: JSON lines in ``ledger.jsonl`` at home, each signed and holding the digest of the one before it.

Rules of this room:
1. Lines are only added, one writer at a time, each written through to the disk before ``note`` returns.
2. A last line without its newline belongs to a power cut during a ``note`` that never returned: it is cut off, and that is noted.
3. A ledger that is broken, shorter than ``ledger.head`` remembers, or signed with another key is not continued.
4. Parties and entity types are those of the agreement, grounds those of the profile, everything else the table in ``ledger_events``.
5. A message is noted before its file takes its name (``note_sealed``), so that nothing leaves of which the ledger is silent.
"""

import base64
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, sync_folder, written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidLedger
from linkage.protocol.guarded import Guarded
from linkage.protocol.ledger_entries import NOTHING, Entry, Grounds, Head, Place, read_line, remembered, signed_head, written
from linkage.protocol.ledger_events import message_facts, refusal_facts
from linkage.protocol.manifest import Manifest, written_time
from linkage.protocol.party_keys import PartyKeys

FORMAT = "trilink/ledger/v1"
FILE, HEAD_FILE = "ledger.jsonl", "ledger.head"
UNSIGNED_FOR = ("receipt", "refusal")  # kinds that answer a message and are not signed for, or nothing would ever end
UNSTATED = Grounds("not stated", "not stated", "not stated")

Facts = Mapping[str, object]


class Ledger(Guarded):
    """The ledger in the folder ``home``; it is begun with the first note."""

    __slots__ = ("_digests", "_end", "_grounds", "_key", "_replacing", "agreement", "by", "path")

    def __init__(self, home: Path, by: PartyKeys, agreement: Agreement, grounds: Grounds = UNSTATED) -> None:
        self.path, self.by, self.agreement, self._grounds = home / FILE, by, agreement, grounds
        self._end, self._key, self._replacing = 0, "", False
        self._digests: list[str] = []

    @property
    def name(self) -> str:
        return self.path.name

    def note(self, event: str, facts: Facts, now: datetime) -> Head:
        """Add one entry; ``InvalidLedger`` when event or facts are not in the vocabulary, or the ledger cannot be continued."""
        with self.turn(now) as turn:
            return turn.note(event, facts)

    def replace_key(self, facts: Facts, now: datetime) -> Head:
        """Go on under our new keys where the former ones, revoked, can sign no more: ``key_replaced``, signed with the new one."""
        self._replacing = True
        try:
            return self.note("key_replaced", facts, now)
        finally:
            self._replacing = False

    def entries(self, *events: str) -> list[Entry]:
        """Entries of these events, of all when none is named, in order; none when there is no ledger yet."""
        if not self.path.exists():
            return []
        wanted = [f'"event":"{event}"'.encode() for event in events]
        whole = self.path.read_bytes().split(b"\n")[:-1]
        numbered = [(number, line) for number, line in enumerate(whole) if not wanted or any(one in line for one in wanted)]
        return [read_line(line, f"{self.name}, entry {number}") for number, line in numbered]

    @contextmanager
    def turn(self, now: datetime) -> Iterator["Turn"]:
        """Hold the ledger alone: what is read in the block is still the whole ledger when something is added to it."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file closes
            turn = Turn(self, file, now)
            torn, before = self._catch_up(file), len(self._digests)
            file.seek(self._end)
            file.truncate()
            try:
                if not before:
                    turn.note("begun", {"format": FORMAT, "signing_key": _key_text(self.by)})
                if torn:
                    turn.note("torn", {"bytes": torn})
                yield turn
            finally:
                if len(self._digests) > before:
                    self._remember()

    def _catch_up(self, file: BinaryIO) -> int:
        """Take in what is new in the file, check that it continues what we know; returns how many bytes of a torn line follow.

        After a refusal nothing is known any more, so that the next call refuses again.
        """
        try:
            return self._take_in(file)
        except InvalidLedger:
            self._end, self._key = 0, ""
            self._digests.clear()
            raise

    def _take_in(self, file: BinaryIO) -> int:
        first = not self._digests
        file.seek(self._end)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.split(b"\n")[:-1]:
            self._chain(line)
        self._end += len(whole)
        if first:
            self._check_remembered()
        if self._digests and self._key != _key_text(self.by) and not self._replacing:
            raise InvalidLedger(
                f"{self.name}: signed with another key so far; take the keys that `trilink keys rotate` made, or, where the former "
                "ones are revoked, `trilink keys sign-agreement --former-revoked`"
            )
        return len(content) - len(whole)

    def _chain(self, line: bytes) -> None:
        where, last = f"{self.name}, entry {len(self._digests)}", self._digests[-1] if self._digests else NOTHING
        start, end = line.find(b'{"entry":'), line.rfind(b',"signature":"')
        content = line[len(b'{"entry":') : end] if start == 0 else b""
        expected = f'"number":{len(self._digests)},"party":"{self.by.party}","previous":"{last}"'.encode()
        if expected not in content:
            raise InvalidLedger(f"{where}: does not follow the entry before it; see `trilink ledger verify`, and restore the ledger")
        if any(b'"event":"' + event + b'"' in content for event in (b"begun", b"key_rotated", b"key_replaced")):
            facts = read_line(line, where).facts
            if facts.get("of", self.by.party) == self.by.party:
                self._key = facts["signing_key"]
        self._digests.append(hashlib.sha256(content).hexdigest())

    def _check_remembered(self) -> None:
        head = remembered(self.path.with_name(HEAD_FILE))
        if head is not None and self._digests[head.number : head.number + 1] != [head.digest]:
            raise InvalidLedger(
                f"{self.name}: does not hold entry {head.number} as {HEAD_FILE} remembers it; it was cut or rewritten: restore it"
            )

    def _add(self, file: BinaryIO, said: tuple[str, Facts], now: datetime) -> Head:
        event, facts = said
        self._check_names(facts)
        place = Place(self.by.party, len(self._digests), self._digests[-1] if self._digests else NOTHING)
        line, head = written(place, (event, dict(facts)), (self.agreement.fingerprint, written_time(now), self._grounds), self.by)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
        if not self._digests:
            sync_folder(self.path.parent)
        self._chain(line.removesuffix(b"\n"))
        self._end += len(line)
        return head

    def _check_names(self, facts: Facts) -> None:
        """Rule 4."""
        entity, parties = facts.get("entity"), [facts[name] for name in ("from", "to") if facts.get(name) is not None]
        if entity is not None and entity not in self.agreement.entities:
            raise InvalidLedger("entity: not an entity type of the agreement; what was said is not repeated")
        if any(party not in self.agreement.parties for party in parties):
            raise InvalidLedger("from, to: not a party of the agreement; what was said is not repeated")

    def has_begun(self) -> bool:
        """Whether there is a whole entry; a file alone may be what a kill during the first note left."""
        self.check()
        return bool(self._digests)

    def head(self) -> Head:
        """The signed head; ``InvalidLedger`` when there is no entry yet."""
        if not self.has_begun():
            raise InvalidLedger(f"{self.name}: no entry yet")
        return signed_head(self.by.party, len(self._digests) - 1, self._digests[-1], self.by)

    def digest_at(self, number: int) -> str | None:
        """Digest of an entry; None beyond the end."""
        self.check()
        return self._digests[number] if 0 <= number < len(self._digests) else None

    def check(self) -> None:
        """Take in what other processes wrote; ``InvalidLedger`` when the ledger is not whole (rule 3)."""
        if not self.path.exists():
            self._check_remembered()
        else:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                self._catch_up(file)

    def _remember(self) -> None:
        head = signed_head(self.by.party, len(self._digests) - 1, self._digests[-1], self.by)
        with written_whole(self.path.with_name(HEAD_FILE), PRIVATE) as file:
            file.write(canonical_json(vars(head)) + b"\n")


class Turn:
    """The ledger while it is ours alone."""

    def __init__(self, ledger: Ledger, file: BinaryIO, now: datetime) -> None:
        self._ledger, self._file, self._now = ledger, file, now

    def note(self, event: str, facts: Facts) -> Head:
        return self._ledger._add(self._file, (event, facts), self._now)


_OPEN: dict[str, Ledger] = {}


@contextmanager
def noting(ledger: Ledger) -> Iterator[Ledger]:
    """What the ledger's party seals in this block, in whatever thread, is noted in it; handed over inside the process, as keys are."""
    party = ledger.by.party
    outer = _OPEN.get(party)
    _OPEN[party] = ledger
    try:
        yield ledger
    finally:
        if outer is None:
            del _OPEN[party]
        else:
            _OPEN[party] = outer


def open_ledger(party: str) -> Ledger | None:
    """The ledger of the step that runs for this party, if one does; rooms that make no message note in it what they do."""
    return _OPEN.get(party)


def told_head(sender: str, recipient: str) -> dict[str, object] | None:
    """What a message to another party says of how far the sender's ledger goes: up to the entry before the message's own."""
    ledger = open_ledger(sender)
    if ledger is None or sender == recipient or not ledger.has_begun():
        return None
    head = ledger.head()
    return {"number": head.number, "digest": head.digest, "signature": head.signature}


def note_sealed(manifest: Manifest) -> None:
    """Rule 5: called by ``sealing`` when a message is complete and has not yet taken its name."""
    ledger = open_ledger(manifest.sender)
    if ledger is None or manifest.recipient == manifest.sender:
        return
    if manifest.kind == "refusal":
        ledger.note("refusal_given", {"to": manifest.recipient, **refusal_facts(manifest)}, manifest.created)
    elif manifest.kind not in UNSIGNED_FOR:
        ledger.note("sealed", {"to": manifest.recipient, **message_facts(manifest)}, manifest.created)


def _key_text(by: PartyKeys) -> str:
    return base64.b64encode(by.public().signing).decode()
