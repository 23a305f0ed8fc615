"""How work is cut up and who hears how far it is. Nothing of it changes a byte of what the work makes."""

import os
from collections.abc import Callable
from typing import NamedTuple

Listener = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """Nobody listens."""


class Pace(NamedTuple):
    """``rows`` of a table that are held at a time, ``threads`` that work at the same time (0: one for each processor), who listens."""

    rows: int = 20_000
    threads: int = 0
    progress: Listener = silent

    @property
    def workers(self) -> int:
        return self.threads or len(os.sched_getaffinity(0))


AT_EASE = Pace()
