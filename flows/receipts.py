"""The flow of receipts, at every party: seal what we owe, take in what came. Paths and names in; counts out."""

from datetime import UTC, datetime
from pathlib import Path

from flows._alone import alone
from flows._noted import noted
from flows._parties import profile_and_agreement
from flows._tasks import private_flow, private_task, show_counts
from linkage.protocol.receipts import take_receipts, without_receipt


@private_task("exchange receipts")
def exchange_receipts(profile_path: Path, sealed: list[Path]) -> dict[str, int]:
    profile, agreement = profile_and_agreement(profile_path)
    with noted(profile, agreement, "receipts") as ledger:
        taken = take_receipts(ledger, sealed, datetime.now(UTC))
        waiting = without_receipt(ledger)
    counts = {"receipts taken": taken, "messages without a receipt": len(waiting)}
    for entry in waiting:
        name = f"without a receipt: {entry.facts['kind']} to {entry.facts['to']}"
        counts[name] = counts.get(name, 0) + 1
    return counts


@private_flow("receipts")
@alone
def receipts_flow(profile: str, sealed: list[str]) -> dict[str, int]:
    """Sign for what we have, take in what others signed, and count what nobody has signed for."""
    counts = exchange_receipts(Path(profile), [Path(path) for path in sealed])
    show_counts("receipts", counts)
    return counts
