"""Notes in the ledger that a rerun does not repeat, and those about keys."""

from datetime import datetime
from typing import Any

from linkage.protocol.agreement import Agreement
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_events import complete
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.public_keys import PublicKeys

KEYS = ("key_enrolled", "key_rotated", "key_replaced")  # events after which a party's keys are others


def note_once(ledger: Ledger, event: str, facts: dict[str, Any], now: datetime) -> bool:
    """Note it, unless the ledger has the very same; whether it was new."""
    completed = complete(event, facts)
    with ledger.turn(now) as turn:
        if any(entry.facts == completed for entry in ledger.entries(event)):
            return False
        turn.note(event, facts)
    return True


def note_signed(ledger: Ledger, agreement: Agreement, now: datetime) -> None:
    """That we signed the agreement, and whose keys we thereby believe that we did not before."""
    known = fingerprints(ledger)
    for party in agreement.parties:
        keys = public_keys_of(agreement, party).fingerprint()
        if known.get(party) != keys:
            ledger.note("key_enrolled", {"of": party, "fingerprint": keys}, now)
    ledger.note("agreement_signed", {"of": ledger.by.party, "document": agreement.fingerprint}, now)


def note_rotated(ledger: Ledger, new: PublicKeys, now: datetime) -> None:
    """That our keys are others from the next entry on; the last one that the former keys sign."""
    facts = {"of": new.party, "former": ledger.by.public().fingerprint(), "fingerprint": new.fingerprint(), "signing_key": new.signing_key}
    ledger.note("key_rotated", facts, now)


def note_replaced(ledger: Ledger, now: datetime) -> None:
    """That our former keys, revoked, are followed by these; the first entry that they sign, noted once."""
    new = ledger.by.public()
    former = fingerprints(ledger).get(new.party)
    if former != new.fingerprint():
        facts = {"of": new.party, "former": former, "fingerprint": new.fingerprint(), "signing_key": new.signing_key}
        ledger.replace_key(facts, now)


def fingerprints(ledger: Ledger) -> dict[str, str]:
    """The last keys that the ledger has of each party."""
    return {entry.facts["of"]: entry.facts["fingerprint"] for entry in ledger.entries(*KEYS)}
