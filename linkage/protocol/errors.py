"""Errors that may be shown: they give coordinates and a reason, never a value.

Raise them outside the ``except`` block that caught the cause, so that no ``__context__`` quotes personal text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TrilinkError(Exception):
    """Anything Trilink refuses, in one sentence that names no value of a person."""


class InvalidAgreement(TrilinkError):
    """The agreement file is not one: which key, and what was expected."""


class InvalidProfile(TrilinkError):
    """An owner's or the unit's local configuration is not usable: which key, and what was expected."""


class InvalidSource(TrilinkError):
    """A table cannot be read at all (missing, wrong encoding, no header); single bad rows are quarantined instead."""


class InvalidKey(TrilinkError):
    """A key file cannot be opened or does not belong here."""


class InvalidStatement(TrilinkError):
    """A signed statement (an agreement's signature, new or revoked keys) is not what it should be."""


class InvalidPackage(TrilinkError):
    """A sealed package or message is wrong in any way; the reason is for the log of the party that opened it.

    ``code`` is all that its sender is told (``linkage/protocol/refusal.py`` has the list), ``messages`` the ids of the
    messages that are meant, ``files`` the sealed files that are, where they are known.
    """

    def __init__(self, reason: str, code: str = "unsound", messages: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.code, self.messages = code, messages
        self.files: tuple[Path, ...] = ()


@contextmanager
def about(*files: Path) -> Iterator[None]:
    """What is found to be wrong in here is wrong with these files."""
    try:
        yield
    except InvalidPackage as error:
        error.files = error.files or files
        raise


class InvalidLedger(TrilinkError):
    """A ledger is not what it was, or is about to be told what it may not hold: which entry, and what is wrong with it."""


class GatesNotMet(TrilinkError):
    """A release is not what the agreement's quality gates demand, and nobody has answered for it by name."""


class OverBudget(TrilinkError):
    """More than the agreement lets a party submit or be told: of whom, how much, and how much is allowed."""


class InvalidValue(TrilinkError):
    """One field of one row cannot be understood; the row goes to quarantine with this reason."""
