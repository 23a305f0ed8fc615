"""One country's desk: its database, the agreement, whose it is, and its clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from linkage.desk.store import Store
from linkage.protocol.agreement import Agreement


def wall_clock() -> float:
    """Seconds since 1970, UTC."""
    return datetime.now(UTC).timestamp()


class Desk(NamedTuple):
    """``behind_tls``: pages are reached over HTTPS, so the cookie is never sent without it."""

    store: Store
    agreement: Agreement
    owner: str
    clock: Callable[[], float] = wall_clock
    behind_tls: bool = False

    def today(self) -> str:
        """ISO date, UTC."""
        return datetime.fromtimestamp(self.clock(), UTC).date().isoformat()
