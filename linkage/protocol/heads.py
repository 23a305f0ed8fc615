"""Heads that other parties told us of their ledgers, in messages and receipts: signed, and never two of one number.

A head that contradicts one told before is a fork of the teller's ledger. It is said at once, and nothing is noted.
"""

from collections.abc import Iterator

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_entries import Entry, Head
from linkage.protocol.ledger_events import Facts
from linkage.protocol.party_profile import public_keys_of

TELLING = ("received", "refused", "receipt_taken")  # events that hold a head of their sender's ledger


def told(entries: list[Entry]) -> Iterator[Head]:
    """Every head in these entries, in order."""
    for entry in entries:
        if entry.event in TELLING and entry.facts["head_number"] is not None:
            yield head_of(entry.facts)


def head_of(facts: Facts) -> Head:
    return Head(facts["from"], facts["head_number"], facts["head_digest"], facts["head_signature"])


def furthest(ledger: Ledger, party: str) -> Head | None:
    """The furthest head that this party told us."""
    heads = [head for head in told(ledger.entries(*TELLING)) if head.party == party]
    return max(heads, key=lambda head: head.number, default=None)


def check_told(ledger: Ledger, head: Head, name: str) -> None:
    """Refuse a head that its party did not sign, or that contradicts what it told us before; ``name`` is of the file that holds it."""
    if not head.is_signed_by(public_keys_of(ledger.agreement, head.party).signing):
        raise InvalidPackage(f"{name}: the head of {head.party}'s ledger in it is not signed by {head.party}")
    for before in told(ledger.entries(*TELLING)):
        if (before.party, before.number) == (head.party, head.number) and before.digest != head.digest:
            raise InvalidPackage(
                f"{name}: {head.party} tells of another entry {head.number} in its ledger than before: its ledger is forked; "
                "keep both messages and compare the ledgers"
            )
