"""The watcher's post: what is addressed to us is fetched, what we sealed is left where each party takes it. Nothing is opened."""

from collections.abc import Iterator
from pathlib import Path

from linkage.protocol.delivery import Route, deliver
from linkage.protocol.errors import TrilinkError
from linkage.protocol.manifest import KINDS
from linkage.protocol.party_profile import PartyProfile
from linkage.protocol.patience import Patience

Carried = tuple[str, int, str]  # where, how many files, what went wrong


def fetch(profile: PartyProfile, patience: Patience) -> Iterator[Carried]:
    folders = profile.exchange_folders()
    for number, address in enumerate(folders.fetch, 1):
        yield _carried(f"fetch {number}", (address, str(folders.inbox), profile.party), folders.access, patience)


def send(profile: PartyProfile, patience: Patience) -> Iterator[Carried]:
    """From the outbox, from where receipts are carried, and what tells senders of refusals."""
    folders = profile.exchange_folders()
    boxes = {folders.outbox, profile.ledger_rule().receipts, profile.home / "refusals"}
    for party, address in sorted(folders.send.items()):
        for box in sorted(box for box in boxes if box.is_dir()):
            yield _carried(f"leave for {party}", (str(box), address, party), folders.access, patience)


def _carried(what: str, way: tuple[str, str, str], access: Path | None, patience: Patience) -> Carried:
    source, target, recipient = way
    try:
        return what, sum(deliver(Route(source, target, access, patience), recipient, KINDS).values()), ""
    except TrilinkError as error:
        return what, 0, str(error)
