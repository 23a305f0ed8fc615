"""A ledger as it is shown to others: whole, or with the entries alone that concern one party, the others by their digests."""

from pathlib import Path

from linkage.protocol.ledger_entries import Entry, not_shown
from linkage.protocol.ledger_verification import ReadLedger

ALWAYS = ("begun", "torn", "key_enrolled", "key_replaced", "key_revoked", "key_rotated", "agreement_signed", "passphrase_split")


def export(ledger: ReadLedger, source: Path, to: str | None) -> bytes:
    """The lines of the verified ledger at ``source``; with ``to``, entries that concern neither everybody nor that party are not shown.

    What is not shown keeps its number, digest and signature, so that it cannot be changed afterwards.
    """
    lines = source.read_bytes().split(b"\n")[: len(ledger.entries)]
    shown = [line + b"\n" if _concerns(entry, to) else not_shown(entry) for entry, line in zip(ledger.entries, lines, strict=True)]
    return b"".join(shown)


def _concerns(entry: Entry, party: str | None) -> bool:
    return party is None or not entry.event or entry.event in ALWAYS or party in (entry.facts.get("from"), entry.facts.get("to"))
