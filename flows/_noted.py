"""What every flow owes the ledger: that what it seals is noted, and that what it took in or refused is signed for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from linkage.protocol.agreement import Agreement
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.party_profile import PartyProfile, ledger_of
from linkage.protocol.receipts import acknowledge


@contextmanager
def noted(profile: PartyProfile, agreement: Agreement, flow: str) -> Iterator[Ledger]:
    """The party's ledger for the time of one step, on the grounds of this flow; ends with the receipts, also when the step fails."""
    ledger = ledger_of(profile, agreement, flow)
    ledger.check()
    try:
        with noting(ledger):
            yield ledger
    finally:
        acknowledge(ledger, profile.ledger_rule().receipts, datetime.now(UTC))
