"""Secrets that are gone when they were used, as far as Python goes.

A ``bytearray`` can be overwritten, ``bytes`` and ``str`` cannot: what the terminal, the interpreter or a cipher copied on the way stays
until its memory is used again. docs/spec/keys.md says what is wiped and what is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def wiped(secret: bytearray) -> Iterator[bytearray]:
    """The secret, overwritten with zeros when the block ends, however it ends.

    >>> with wiped(bytearray(b"word")) as secret:
    ...     held = secret
    >>> held
    bytearray(b'\\x00\\x00\\x00\\x00')
    """
    try:
        yield secret
    finally:
        wipe(secret)


def wipe(secret: bytearray) -> None:
    """Zeros in the place of the secret, in the memory where it lies."""
    secret[:] = bytes(len(secret))
