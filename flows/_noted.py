"""What every flow owes the ledger: that what it seals is noted, and that what it took in or refused is signed for.

Commands about keys note in it too, and seal nothing: they are run before there is an agreement in force.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from linkage.protocol.agreement import Agreement
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import PartyProfile, ledger_of, unlock
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


def keys_and_ledger(profile: PartyProfile, agreement: Agreement) -> tuple[PartyKeys, Ledger]:
    """The party's keys, asked for where need be, and its ledger, to note in it what was done with keys."""
    keys = unlock(profile, prompt=True)
    return keys, ledger_of(profile, agreement, "keys")
