"""The watcher's post: what is addressed to us is fetched, what we sealed is left where each party takes it. Nothing is opened.

The rules of this room:
1. A round signs in once at each server, not at every box (``lines``).
2. A server that did not answer is not asked for the next box of the same round: every box has the patience of minutes, and a server that
   is down for a day would hold up all that can be done without it.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from linkage.protocol.delivery import Route, deliver
from linkage.protocol.errors import TrilinkError
from linkage.protocol.lines import Lines
from linkage.protocol.manifest import KINDS
from linkage.protocol.party_profile import PartyProfile
from linkage.protocol.patience import LineBroken, Patience

Carried = tuple[str, int, str]  # where, how many files, what went wrong


def fetch(profile: PartyProfile, patience: Patience) -> Iterator[Carried]:
    folders = profile.exchange_folders()
    with Lines() as lines:
        tour = _Tour(folders.access, patience, lines)
        for number, address in enumerate(folders.fetch, 1):
            yield tour.carried(f"fetch {number}", address, (address, str(folders.inbox), profile.party))


def send(profile: PartyProfile, patience: Patience) -> Iterator[Carried]:
    """From the outbox, from where receipts are carried, and what tells senders of refusals."""
    folders = profile.exchange_folders()
    boxes = {folders.outbox, profile.ledger_rule().receipts, profile.home / "refusals"}
    with Lines() as lines:
        tour = _Tour(folders.access, patience, lines)
        for party, address in sorted(folders.send.items()):
            for box in sorted(box for box in boxes if box.is_dir()):
                yield tour.carried(f"leave for {party}", address, (str(box), address, party))


class _Tour:
    """The boxes of one round, one after the other."""

    def __init__(self, access: Path | None, patience: Patience, lines: Lines) -> None:
        self._access, self._patience, self._lines = access, patience, lines
        self._silent: set[str] = set()

    def carried(self, what: str, address: str, way: tuple[str, str, str]) -> Carried:
        """``way``: from where, to where, for whom; ``address`` is the end of it that may be far."""
        source, target, recipient = way
        server = _server(address)
        if server in self._silent:
            return what, 0, f"{server} did not answer a moment ago; it is asked again in the next round"
        try:
            return what, sum(deliver(Route(source, target, self._access, self._patience, self._lines), recipient, KINDS).values()), ""
        except LineBroken as error:
            self._silent |= {server} - {""}
            return what, 0, str(error)
        except TrilinkError as error:
            return what, 0, str(error)


def _server(address: str) -> str:
    """The server of an address, without who we are there; "" for a folder."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if "://" in address else ""
