"""The chance behind rounded counts: a party's secret, drawn once, from which every cell of every year has its own draw for good.

A new draw for each release could be averaged away; a draw that others know could be undone.
"""

import hmac
import os
from pathlib import Path

from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.guarded import Guarded
from linkage.protocol.private_files import read_private
from linkage.protocol.seizure_tables import TOTAL

FILE = "seizure-report.secret"
SECRET_BYTES = 32


class Draws(Guarded):
    """A party's chance for one period (a year, an epoch): always the same for the same cell."""

    __slots__ = ("_period", "_secret")

    def __init__(self, secret: bytes, period: str) -> None:
        self._secret, self._period = secret, period

    def of(self, table: str, row: str, column: str) -> float:
        """In 0..1; the grand total's is the same in all tables."""
        name = "|".join(("trilink/v1/seizure-rounding", self._period, "" if row == column == TOTAL else table, row, column))
        return int.from_bytes(hmac.digest(self._secret, name.encode(), "sha256")[:6], "big") / 2.0**48


def report_secret(home: Path) -> bytes:
    """32 bytes of the party's own, made when they are first needed; readable by it alone, never sent."""
    path = home / FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with written_whole(path, PRIVATE) as file:
            file.write(os.urandom(SECRET_BYTES))
    secret = bytes(read_private(path, SECRET_BYTES))
    if len(secret) != SECRET_BYTES:
        raise TrilinkError(f"{FILE}: damaged; restore it, for with a new one releases could be compared")
    return secret
