"""Work over a line that may break or fall silent: watched, tried again, and given up with one clear sentence.

The rules of this room:
1. What moves is counted; when nothing has moved for ``silence`` seconds, the work is left behind, even if it hangs in the kernel.
2. A broken line is tried again after a pause; whatever has been gained gives back all attempts, so that a long bad line still ends well.
3. What trying again cannot help (no such folder, no permission, a full disk, our own refusals) ends at once.
The work must be such that beginning it again continues it, and that a copy of it left behind does no harm.
"""

import errno
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from linkage.protocol.errors import TrilinkError

T = TypeVar("T")

FINAL = [  # kind of error, what to say: trying again would not help
    (FileNotFoundError, "no such folder"),
    (NotADirectoryError, "not a folder"),
    (PermissionError, "permission denied"),
    (ImportError, "needs a package that is not installed; pip install 'trilink[sftp]' or 'trilink[s3]'"),
]
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
LINES_BREAK = ("paramiko", "botocore", "aiobotocore", "aiohttp")  # their own errors are about the line
NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "TokenRetrievalError"}


@dataclass(frozen=True)
class Patience:
    """``silence``: seconds without anything moving; ``pauses``: seconds before each new attempt."""

    silence: float = 120.0
    pauses: tuple[float, ...] = (1.0, 5.0, 15.0, 30.0)
    wait: Callable[[float], object] = time.sleep


class LineBroken(TrilinkError):
    """Nothing could be had over a line, after all attempts; it may stand again later."""


class Pulse:
    """What the work says while it goes on: that it lives, and that it has gained what a new attempt need not do again."""

    def __init__(self) -> None:
        self.gains, self.beaten = 0, threading.Event()

    def beat(self) -> None:
        self.beaten.set()

    def gain(self) -> None:
        self.gains += 1
        self.beat()


def persist(work: Callable[[Pulse], T], where: str, patience: Patience) -> T:
    """The result of ``work``; ``TrilinkError`` beginning with ``where`` when it cannot be had."""
    attempt = 0
    while True:
        pulse = Pulse()
        trouble = _Attempt(work, pulse).ended(patience.silence)
        if isinstance(trouble, _Result):
            return trouble.value
        final = _final(trouble)
        if final:
            raise TrilinkError(f"{where}: {final}")
        attempt = 1 if pulse.gains else attempt + 1
        if attempt > len(patience.pauses):
            raise LineBroken(f"{where}: {_broken(trouble)}; tried {attempt} times; run the same command again to continue")
        patience.wait(patience.pauses[attempt - 1])


class _Result(Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value


class _Attempt(Generic[T]):
    """One attempt in a thread of its own, which does not keep the process alive."""

    def __init__(self, work: Callable[[Pulse], T], pulse: Pulse) -> None:
        self._work, self._pulse = work, pulse
        self._outcome: _Result[T] | BaseException | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def ended(self, silence: float) -> "_Result[T] | BaseException":
        """What came of it, or a ``TimeoutError`` when nothing moved for too long."""
        while self._pulse.beaten.wait(silence):
            self._pulse.beaten.clear()
            if self._outcome is not None:
                return self._outcome
        return self._outcome or TimeoutError("silent")

    def _run(self) -> None:
        try:
            self._outcome = _Result(self._work(self._pulse))
        except BaseException as error:
            self._outcome = error
        self._pulse.beat()


def _final(error: BaseException) -> str:
    """Why trying again would not help; "" when it may. Errors that are not about the line are raised as they are."""
    if isinstance(error, TrilinkError):
        raise type(error)(str(error))
    for kind, says in FINAL:
        if isinstance(error, kind):
            return says
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return "no room left there"
    if type(error).__name__ in NO_CREDENTIALS:
        return "no credentials; name them in the access file or in the environment"
    if not isinstance(error, (OSError, EOFError)) and type(error).__module__.partition(".")[0] not in LINES_BREAK:
        raise error
    return ""


def _broken(error: BaseException) -> str:
    return "does not answer" if isinstance(error, TimeoutError) else f"the line broke ({type(error).__name__})"
