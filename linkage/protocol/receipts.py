"""Receipts: the receiver signs for every message that it took in or refused, and tells how far its own ledger goes (docs/spec/ledger.md).

A receipt is a sealed file of kind ``receipt`` without parts, back to the sender. It holds the message's id and digest, the outcome, the
signed head of the receiver's ledger, and the last head that it was told of the sender's, which thereby is countersigned.

Rules of this room:
1. Every message that the ledger notes as received or refused gets one receipt; a rerun gives none twice.
2. A receipt counts when it is about a message that we sealed to its signer, with this digest, and its head is signed by the signer.
3. A head that contradicts one told before is a fork, and a countersigned head that our ledger does not have says that ours was changed:
   both are said, and nothing is noted.
4. One bad receipt costs no good one: the good ones are noted first.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.protocol.errors import InvalidLedger, InvalidPackage
from linkage.protocol.heads import check_told, furthest, head_of
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_entries import Entry
from linkage.protocol.ledger_events import Facts, complete
from linkage.protocol.manifest import Draft, Manifest
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Expectation, open_sealed, seal

BODY = {"head", "manifest", "of", "outcome", "seen"}


def acknowledge(ledger: Ledger, out: Path, now: datetime) -> int:
    """Seal a receipt into ``out`` for every message that has none yet; returns how many."""
    given = {(entry.facts["of"], entry.facts["outcome"]) for entry in ledger.entries("receipt_given")}
    count = 0
    for entry in ledger.entries("received", "refused"):
        outcome = "accepted" if entry.event == "received" else "refused"
        if (entry.facts["message"], outcome) not in given:
            given.add((entry.facts["message"], outcome))
            _give(ledger, entry.facts, outcome, out, now)
            count += 1
    return count


def _give(ledger: Ledger, of: Facts, outcome: str, out: Path, now: datetime) -> None:
    to, agreement = of["from"], ledger.agreement
    facts = {"to": to, "of": of["message"], "manifest": of["manifest"], "outcome": outcome, "epoch": of["epoch"]}
    head, seen = ledger.head(), furthest(ledger, to)
    body: dict[str, Any] = {
        "of": of["message"], "manifest": of["manifest"], "outcome": outcome,
        "head": {"number": head.number, "digest": head.digest, "signature": head.signature},
        "seen": None if seen is None else {"number": seen.number, "digest": seen.digest},
    }  # fmt: skip
    draft = Draft("receipt", agreement.fingerprint, of["epoch"], body, timedelta(days=agreement.exchange.message_days))
    out.mkdir(parents=True, exist_ok=True)
    seal(draft, {}, public_keys_of(agreement, to), ledger.by, receipt_path(out, ledger.by.party, of, outcome))
    ledger.note("receipt_given", facts, now)


def receipt_path(folder: Path, party: str, of: Facts, outcome: str) -> Path:
    """``receipt.<epoch>.<from>.<to>.<first digits of the message's id>.<outcome>.sealed``."""
    return folder / f"receipt.{of['epoch'].replace(':', '_')}.{party}.{of['from']}.{of['message'][:12]}.{outcome}.sealed"


def take_receipts(ledger: Ledger, paths: Iterable[Path], now: datetime) -> int:
    """Note the receipts that are new; returns how many. Those that are wrong in any way are one ``InvalidPackage`` at the end."""
    count, problems = 0, []
    taken = {entry.facts["receipt"] for entry in ledger.entries("receipt_taken")}
    for path in sorted(paths):
        try:
            manifest = _opened(ledger, path, now)
            if manifest.nonce not in taken:
                ledger.note("receipt_taken", _checked(ledger, manifest, path.name), now)
                taken.add(manifest.nonce)
                count += 1
        except InvalidPackage as error:
            problems.append(str(error))
    if problems:
        raise InvalidPackage(problems[0] + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""))
    return count


def without_receipt(ledger: Ledger) -> list[Entry]:
    """Messages that we sealed and nobody signed for yet; of several under one number, of which one alone can have left, the last,
    unless the same was sealed before and that was signed for.

    Of an epoch's lists only the last is waited for: it takes the place of those before it.
    """
    signed, sealed = {entry.facts["manifest"] for entry in ledger.entries("receipt_taken")}, ledger.entries("sealed")
    heard = {(_waited_for(entry.facts), entry.facts["content"]) for entry in sealed if entry.facts["manifest"] in signed}
    last = {_waited_for(entry.facts): entry for entry in sealed}
    return [entry for number, entry in last.items() if (number, entry.facts["content"]) not in heard]


def _waited_for(facts: Facts) -> tuple[object, ...]:
    turn = None if facts["kind"] == "list" else facts["turn"]
    return facts["to"], facts["kind"], facts["epoch"], facts["entity"], turn


def _opened(ledger: Ledger, path: Path, now: datetime) -> Manifest:
    """Under our agreement, of any epoch, from any other party of it."""
    agreement = ledger.agreement
    senders = {party: public_keys_of(agreement, party) for party in agreement.parties if party != ledger.by.party}
    with open_sealed(path, ledger.by, senders, Expectation("receipt", agreement.fingerprint, None, now)) as message:
        return message.manifest


def _checked(ledger: Ledger, manifest: Manifest, name: str) -> Facts:
    """Rules 2 and 3; the facts to note."""
    facts = _facts(manifest, name)
    sealed = [entry.facts for entry in ledger.entries("sealed") if entry.facts["message"] == facts["of"]]
    if not any((one["to"], one["manifest"]) == (manifest.sender, facts["manifest"]) for one in sealed):
        said = "with another digest than ours" if sealed else "of which our ledger has nothing"
        raise InvalidPackage(f"{name}: {manifest.sender} signs for message {facts['of']} {said}; one of the two ledgers is wrong")
    check_told(ledger, head_of(facts), name)
    number, digest = facts["seen_number"], facts["seen_digest"]
    if number is not None and ledger.digest_at(number) != digest:
        raise InvalidPackage(
            f"{name}: {manifest.sender} was told of an entry {number} that our ledger does not have; ours was cut, rewritten or restored"
        )
    return facts


def _facts(manifest: Manifest, name: str) -> Facts:
    """The body as the facts of ``receipt_taken``."""
    body = manifest.body
    head, seen = body.get("head"), body.get("seen") or {}
    facts: Facts | None = None
    if set(body) == BODY and not manifest.parts and isinstance(head, dict) and isinstance(seen, dict):
        said = {key: body[key] for key in ("of", "manifest", "outcome")} | {"from": manifest.sender, "receipt": manifest.nonce}
        said |= {f"head_{key}": value for key, value in head.items()} | {f"seen_{key}": value for key, value in seen.items()}
        with suppress(InvalidLedger):
            facts = complete("receipt_taken", said | {"epoch": manifest.epoch})
    if facts is None:
        raise InvalidPackage(f"{name}: not a receipt as docs/spec/ledger.md has it")
    return facts
