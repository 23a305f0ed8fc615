"""Connections to servers that several deliveries use one after the other, so that a round of the watcher signs in once, not at every box.

Rules of this room:
1. Whoever takes a connection has it alone until it is given back.
2. It is given back only after a delivery that ended well; of any other nobody knows what still travels on it.
3. One that has closed meanwhile is not given out; a new one is made.
"""

from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar


class Line(Protocol):
    """A connection that knows whether it still stands."""

    def stands(self) -> bool: ...
    def close(self) -> None: ...


L = TypeVar("L", bound=Line)


class Lines:
    """Idle connections by server and by who we are there; a ``with`` block ends them all."""

    def __init__(self) -> None:
        self._idle: dict[Hashable, list[Line]] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        for line in [line for idle in self._idle.values() for line in idle]:
            line.close()
        self._idle.clear()

    def take(self, server: Hashable, connect: Callable[[], L]) -> L:
        """A connection to this server that nobody else has."""
        idle = self._idle.get(server, [])
        while idle:
            line = idle.pop()
            if line.stands():
                return line  # type: ignore[return-value]  # of one server all are of one kind
            line.close()
        return connect()

    def give_back(self, server: Hashable, line: Line) -> None:
        self._idle.setdefault(server, []).append(line)
