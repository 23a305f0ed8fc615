"""One line of the doctor's: what was looked at, how it is, and what to do next."""

from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar

from linkage.protocol.errors import TrilinkError

State = Literal["ok", "warn", "fail"]
T = TypeVar("T")


class Found(NamedTuple):
    """How something is; ``todo`` is what to do next where it is not well."""

    state: State
    said: str
    todo: str = ""


class Finding(NamedTuple):
    """A ``Found`` with the name of what was looked at."""

    check: str
    state: State
    said: str
    todo: str


Look = Callable[[T], Found]


def ok(said: str) -> Found:
    return Found("ok", said)


def warn(said: str, todo: str) -> Found:
    return Found("warn", said, todo)


def fail(said: str, todo: str) -> Found:
    return Found("fail", said, todo)


def examine(check: str, look: Look[T], at: T) -> Finding:
    """Look, and let nothing that breaks end the examination: a refusal of ours is the finding, any other error only its kind."""
    try:
        found = look(at)
    except TrilinkError as error:
        found = fail(str(error), "do what the sentence says, then run this again")
    except OSError as error:
        found = fail(error.strerror or type(error).__name__, "make it readable and writable for the user that runs trilink")
    except Exception as error:
        found = fail(f"{type(error).__name__}; what it said is withheld", "report this: the doctor itself stumbled")
    return Finding(check, *found)
