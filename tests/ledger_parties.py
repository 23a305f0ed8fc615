"""Four parties that write to each other and keep ledgers: honest ones through the real rooms, and liars who sign their lies properly.

A liar has its own keys, so it can chain and sign anew whatever it likes; what it cannot do is take back what it told the others.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.protocol.canonical import canonical_json
from linkage.protocol.ledger import FILE, HEAD_FILE, Ledger, noting
from linkage.protocol.ledger_entries import NOTHING, PURPOSE, Grounds
from linkage.protocol.ledger_verification import ReadLedger, read_ledger
from linkage.protocol.manifest import Draft, Manifest
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.receipts import acknowledge, take_receipts
from linkage.protocol.received import Received
from linkage.protocol.sealing import Expectation, open_sealed, seal
from tests.small_world import small_agreement
from tests.vectors.make_sealing import keys_for_tests

EPOCH, UNIT = "2026-11", "joint-team"
OWNERS = ("ca", "mx", "us")
GROUNDS = Grounds("duty officer", "the agreement, art. 4", "a test")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

Content = list[dict[str, Any]]


class Correspondents:
    """The parties in one folder, a home each; the clock stands still but for what is sealed, which is sealed now."""

    def __init__(self, folder: Path, agreement: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.keys = {party: keys_for_tests(party) for party in (*OWNERS, UNIT)}
        self.agreement = small_agreement(self.keys, agreement or {})
        self.public = {party: keys.public() for party, keys in self.keys.items()}
        self.now = datetime.now(UTC) + timedelta(minutes=1)
        self._sent = 0

    def ledger(self, party: str) -> Ledger:
        return Ledger(self.folder / party, self.keys[party], self.agreement, GROUNDS)

    def send(self, kind: str, by: str, to: str, body: dict[str, Any], *, noted: bool = True, said: bytes = b"part") -> Path:
        """Seal a message; a liar does so without a note."""
        self._sent += 1
        path = self.folder / f"{self._sent}.{kind}.{by}.{to}.sealed"
        draft = Draft(kind, self.agreement.fingerprint, EPOCH, body, timedelta(days=9))
        if noted:
            with noting(self.ledger(by)):
                seal(draft, {"part": said}, self.public[to], self.keys[by], path)
        else:
            seal(draft, {"part": said}, self.public[to], self.keys[by], path)
        return path

    def take(self, path: Path) -> Manifest:
        """The addressee opens a message and notes it, or refuses it and notes that."""
        kind, by, to = path.name.split(".")[1:4]
        with open_sealed(
            path, self.keys[to], {by: self.public[by]}, Expectation(kind, self.agreement.fingerprint, EPOCH, self.now)
        ) as message:
            Received(self.ledger(to), self.now).record(message.manifest, "run")
        return message.manifest

    def sign(self, *parties: str) -> None:
        """Receipts go out and come in, of these parties or of all."""
        for party in parties or (*OWNERS, UNIT):
            if self.ledger(party).path.exists():
                acknowledge(self.ledger(party), self.folder / "receipts", self.now)
        for party in parties or (*OWNERS, UNIT):
            inbox = sorted((self.folder / "receipts").glob(f"receipt.*.*.{party}.*.sealed"))
            take_receipts(self.ledger(party), inbox, self.now)

    def epoch(self) -> None:
        """Everything that an honest epoch sends, received and signed for twice, so that later heads confirm earlier entries."""
        sent = [self.send("contribution", by, to, {"declared_sizes": {"suspect": 100}}, said=by.encode())
                for by in OWNERS for to in OWNERS if by != to]  # fmt: skip
        sent += [self.send("package", by, UNIT, {"entity": "suspect", "records": 100, "postings": 900}) for by in OWNERS]
        for path in sent:
            self.take(path)
        self.sign()
        self.ledger(UNIT).note("linked", {"epoch": EPOCH, "run": "run", "counts": {"candidate_pairs": 50}}, self.now)
        for path in [self.send("list", UNIT, to, {"links": 7}) for to in OWNERS]:
            self.take(path)
        self.sign()

    def read(self, *parties: str) -> list[ReadLedger]:
        return [read_ledger(self.folder / party / FILE) for party in parties or (*OWNERS, UNIT)]

    def rewrite(self, party: str, lie: Callable[[Content], object]) -> Path:
        """The party changes its past and signs all of it anew; its remembered head goes with it."""
        path = self.folder / party / FILE
        path.write_bytes(rewritten(path.read_bytes(), self.keys[party], lie))
        (path.with_name(HEAD_FILE)).unlink()
        return path


def rewritten(ledger: bytes, by: PartyKeys, lie: Callable[[Content], object]) -> bytes:
    """The ledger with a lie in it, numbered, chained and signed as if it had always been so; by the text of the specification.

    The liar is no fool: what others countersigned is made to fit too.
    """
    entries: Content = [json.loads(line)["entry"] for line in ledger.splitlines()]
    lie(entries)
    digests: list[str] = []
    last, lines = NOTHING, []
    for number, entry in enumerate(entries):
        if entry["facts"].get("seen_number") is not None:
            seen = min(entry["facts"]["seen_number"], number - 1)
            entry["facts"] |= {"seen_number": seen, "seen_digest": digests[seen]}
        content = canonical_json(entry | {"number": number, "previous": last})
        last = hashlib.sha256(content).hexdigest()
        digests.append(last)
        head = canonical_json({"digest": last, "number": number, "party": by.party})
        signature = base64.b64encode(by.sign(PURPOSE + head)).decode()
        lines.append(canonical_json({"entry": json.loads(content), "signature": signature}) + b"\n")
    return b"".join(lines)
