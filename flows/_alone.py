"""One run at a time at each home: a lock that the kernel lets go of when its process dies, however it dies."""

import fcntl
import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from linkage.protocol.atomic_files import PRIVATE, sweep_below
from linkage.protocol.errors import TrilinkError
from linkage.protocol.party_profile import read_party

P = ParamSpec("P")
R = TypeVar("R")
RUN, WATCH = ".run.lock", ".watch.lock"


class Busy(TrilinkError):
    """Another process is at work with the same home."""


@contextmanager
def held(home: Path, name: str) -> Iterator[None]:
    """Hold the lock file of this name in ``home`` for the block; ``Busy`` at once when another process or thread has it.

    On a network share the lock holds as far as the share's own locks do: a home belongs on a disk of its machine.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(home / name, os.O_RDWR | os.O_CREAT, PRIVATE)
    try:
        taken = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken = True
        if taken:
            raise Busy(f"another run is at work in {home}; let it end, then run the same command again")
        yield
    finally:
        os.close(descriptor)


def alone(step: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    """For flows whose first parameter is the profile's path: no other such flow works at that home meanwhile.

    What a killed one left half-made anywhere in the home goes first.
    """

    @functools.wraps(step)
    def alone_step(profile: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        home = read_party(Path(profile)).home
        with held(home, RUN):
            sweep_below(home)
            return step(profile, *args, **kwargs)

    return alone_step
