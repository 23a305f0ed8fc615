"""The delivery flow: sealed files from a party's outbox to the inbox of whom they are addressed to. Opens nothing, needs no key."""

from collections.abc import Sequence
from pathlib import Path

from flows._tasks import private_flow, private_task, show_counts
from linkage.protocol.delivery import Route, deliver
from linkage.protocol.manifest import KINDS


@private_task("carry sealed files")
def carry(source: str, target: str, recipient: str, kinds: Sequence[str], access: str | None) -> dict[str, int]:
    return deliver(Route(source, target, Path(access) if access else None), recipient, tuple(kinds))


@private_flow("delivery")
def delivery_flow(
    sources: list[str], target: str, recipient: str, kinds: Sequence[str] = KINDS, access: str | None = None
) -> dict[str, int]:
    """Carry what the outboxes hold for one party into its inbox, of these kinds; returns files carried, by kind."""
    counts = dict.fromkeys(kinds, 0)
    for source in sources:
        for kind, carried in carry(source, target, recipient, kinds, access).items():
            counts[kind] += carried
    show_counts("delivered", counts)
    return counts
