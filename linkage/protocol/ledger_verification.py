"""Read a ledger, one's own or another party's, and find any change, gap, truncation or fork in it.

Rules of this room:
1. ``verify`` walks its numbered steps in their order; the first fault is one ``InvalidLedger`` with the number of the entry.
2. A ledger is held against keys that the agreement pins and against heads that somebody remembers or was told; without them it can
   be sound and still be a second one, made afterwards.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from pathlib import Path

from linkage.protocol.errors import InvalidLedger
from linkage.protocol.ledger_entries import NOTHING, Entry, Head, read_line
from linkage.protocol.public_keys import PublicKeys


class ReadLedger:
    """The lines of one ledger file; ``torn`` is the number of bytes after the last whole line, of a note that never returned."""

    def __init__(self, name: str, entries: list[Entry], torn: int) -> None:
        self.name, self.entries, self.torn = name, entries, torn

    @property
    def party(self) -> str:
        return self.entries[0].head.party

    @property
    def head(self) -> Head:
        return self.entries[-1].head

    @property
    def hidden(self) -> int:
        """Entries that are there by their digest alone."""
        return sum(not entry.event for entry in self.entries)

    def digest_at(self, number: int) -> str | None:
        """Digest of an entry; None beyond the end."""
        return self.entries[number].head.digest if number < len(self.entries) else None

    def told(self, *events: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.event in events]

    def signing_keys(self) -> list[bytes]:
        """The Ed25519 keys that the ledger says its entries are signed with, in order: the first one, then after each rotation."""
        return [key for _, key in _keys_by_entry(self)]


def read_ledger(path: Path) -> ReadLedger:
    """Every whole line understood, each by itself; ``InvalidLedger`` names the entry that is not."""
    problem, content = "", b""
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = error.strerror or "cannot be read"
    if problem:
        raise InvalidLedger(f"{path}: {problem}")
    *lines, rest = content.split(b"\n")
    if not lines:
        raise InvalidLedger(f"{path.name}: holds no entry")
    return ReadLedger(path.name, [read_line(line, f"{path.name}, entry {number}") for number, line in enumerate(lines)], len(rest))


def verify(ledger: ReadLedger, pinned: Mapping[str, PublicKeys] | None = None, heads: Iterable[Head] = ()) -> Head:
    """Raise at the first fault; returns the head. ``pinned``: the parties' keys of the agreement; ``heads``: what is remembered of it."""
    # 1. It begins with its own beginning
    if ledger.entries[0].event != "begun" or ledger.entries[0].number != 0:
        raise InvalidLedger(f"{ledger.name}, entry 0: is not the beginning of a ledger; entries are missing")
    # 2. Numbered without a gap, each following the one before it, all of one party
    _check_chain(ledger)
    # 3. Each signed with the party's key of that time
    _check_signatures(ledger)
    # 4. That key is the agreement's
    if pinned is not None:
        _check_pinned(ledger, pinned)
    # 5. It holds what is remembered of it, and what others countersigned
    for head in [*heads, *countersigned(ledger)]:
        check_head(ledger, head)
    return ledger.head


def countersigned(ledger: ReadLedger) -> list[Head]:
    """Heads of this ledger that other parties said they were told; their signatures are in the receipts themselves."""
    told = [entry.facts for entry in ledger.told("receipt_taken") if entry.facts["seen_number"] is not None]
    return [Head(ledger.party, facts["seen_number"], facts["seen_digest"], "") for facts in told]


def check_head(ledger: ReadLedger, head: Head) -> None:
    """Refuse a ledger that ends before a remembered head, or has another entry in its place."""
    found = ledger.digest_at(head.number)
    if found is None:
        raise InvalidLedger(f"{ledger.name}: ends with entry {ledger.head.number}, and entry {head.number} is remembered; it was cut")
    if found != head.digest:
        raise InvalidLedger(f"{ledger.name}, entry {head.number}: is not the one that is remembered; it was rewritten, or is a fork")


def _check_chain(ledger: ReadLedger) -> None:
    last = NOTHING
    for expected, entry in enumerate(ledger.entries):
        where = f"{ledger.name}, entry {expected}"
        if entry.head.party != ledger.party:
            raise InvalidLedger(f"{where}: of another party than the entries before it")
        if entry.number != expected:
            raise InvalidLedger(f"{where}: numbered {entry.number}; entries are missing, repeated or out of order")
        if entry.event == "begun" and expected:
            raise InvalidLedger(f"{where}: begins a second ledger")
        if entry.previous is not None and entry.previous != last:
            raise InvalidLedger(f"{where}: does not follow the entry before it; one of the two was changed")
        last = entry.head.digest


def _check_signatures(ledger: ReadLedger) -> None:
    keys = _keys_by_entry(ledger)
    for entry in ledger.entries:
        key = next(key for number, key in reversed(keys) if number <= entry.number)
        if not entry.head.is_signed_by(key):
            raise InvalidLedger(f"{ledger.name}, entry {entry.number}: not signed by {ledger.party} with its key of that time")


def _keys_by_entry(ledger: ReadLedger) -> list[tuple[int, bytes]]:
    """From which entry on which key signs: a rotation is signed with the former key, a replacement of a revoked key with the new one."""
    found = [(0, _key(ledger.entries[0]))]
    for entry in ledger.told("key_rotated", "key_replaced"):
        if entry.facts["of"] == ledger.party:
            found.append((entry.number + (entry.event == "key_rotated"), _key(entry)))
    return found


def _key(entry: Entry) -> bytes:
    try:
        return base64.b64decode(entry.facts.get("signing_key", ""), validate=True)
    except binascii.Error:
        return b""


def _check_pinned(ledger: ReadLedger, pinned: Mapping[str, PublicKeys]) -> None:
    keys = pinned.get(ledger.party)
    if keys is None:
        raise InvalidLedger(f"{ledger.name}: of {ledger.party}, whose keys the agreement does not have")
    if keys.signing != ledger.signing_keys()[-1]:
        raise InvalidLedger(f"{ledger.name}: signed with another key of {ledger.party} than the agreement has")
