"""What is due at a country's desk: seal the disclosure messages that wait, take in those that came.

The rules of this room:
1. Messages that wait are sealed at once: the clock of a request runs from the asking.
2. What came is taken in; a message that is refused stays where it lies, and is counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.desk import exchange_flow
from flows.watch.due import Due
from linkage.desk.profile import DeskProfile
from linkage.desk.store import open_store, outbox
from linkage.protocol.errors import TrilinkError


class CountryDesk:
    """The desk's inbox and what waits in its database, at this moment."""

    def __init__(self, path: Path, profile: DeskProfile) -> None:
        self.path, self.home, self.inbox = str(path), profile.home, profile.exchange_folders().inbox
        self.place = profile.store()

    def due(self, now: datetime, done: frozenset[str]) -> Iterator[Due]:
        came = tuple(sorted(self.inbox.glob("disclosure.*.sealed")))
        if came:
            yield Due("take disclosures in", came, self._exchange)
        if self._waiting():
            yield Due("seal disclosures", (), self._sealed, again=True)

    def _waiting(self) -> int:
        """How many messages are to be sealed."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open_store(self.place).look() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(outbox.c.sealed.is_(None))) or 0

    def _exchange(self, _: Sequence[Path]) -> Mapping[str, Any]:
        return exchange_flow(self.path)

    def _sealed(self, _: Sequence[Path]) -> Mapping[str, Any]:
        counts = exchange_flow(self.path)
        if self._waiting():
            raise TrilinkError("messages wait that could not be sealed; `trilink desk send` says why")
        return counts
