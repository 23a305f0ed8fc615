"""Progress with counts: work says how far it is, and whoever runs it decides whether to show it."""

from collections.abc import Iterator
from contextlib import contextmanager

from linkage.protocol.pace import Listener

_listeners: list[Listener] = []


def progress(what: str, done: int, total: int) -> None:
    """Say how far the work is; nothing happens when nobody listens."""
    for listener in _listeners:
        listener(what, done, total)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let a listener hear the progress of the work in this block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
