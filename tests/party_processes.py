"""Parties that run by themselves, each in a process, a home and folders of its own; the test holds their clocks and may hurt them.

The processes are forked from one that has everything imported, so that another one is there at once when one is killed. The watcher's
rounds and all flows in them are the product's own; Prefect's engine alone is left out (``tests.crash_stories.without_prefect``).
"""

import multiprocessing
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import linkage.owner.epoch_key
from flows._commands import keys as _keys  # noqa: F401  (imported before the fork, as all that a round needs)
from flows.watch import owner_due, unit_due  # noqa: F401
from flows.watch.watcher import Outcome, watch_round
from linkage.lab.parties import make_parties, secret_of
from linkage.owner.ceremony import Ceremony
from linkage.owner.commitments import Commitment, Declared, Drawn, _commit
from linkage.owner.keys import KEY_BYTES
from linkage.protocol.patience import Patience
from tests.crash_stories import parsed_once, without_prefect
from tests.watched_disk import Change, WatchedDisk

OWNERS, UNIT = ("ca", "mx", "us"), "unit"
PARTIES = (*OWNERS, UNIT)
FORK = multiprocessing.get_context("fork")
PROFILE = """
format = "trilink/{role}-profile/v1"
party = "{party}"
agreement = "agreement.toml"
home = "home"
keys = {{ private = "private.json", passphrase_file = "passphrase" }}
ledger = {{ who = "nobody, unattended", legal_basis = "agreement, art. 4", purpose = "a test", receipts = "outbox" }}
{sources}
[exchange]
inbox = "inbox"
outbox = "outbox"
fetch = [{fetch}]
send = {{ {send} }}
{access}
[watch]
wait_hours = 48
workers = 1
{watch}
"""


class Hurt(NamedTuple):
    """What happens to a process during one order: killed at a change of its disk, or no file longer than so many bytes (a full disk)."""

    killed_at: int = 0
    longest: int = 0


class Party:
    """One party's process; ``begin`` it again whenever it has died."""

    def __init__(self, folder: Path, seed: int, enter: Callable[[], None] = lambda: None) -> None:
        self.folder, self._seed, self._enter = folder, seed, enter
        self.deaths = 0
        self.begin()

    def begin(self) -> None:
        ours, theirs = FORK.Pipe()
        self.process = FORK.Process(target=_serve, args=(theirs, self.folder, self._seed, self._enter), daemon=True)
        self.process.start()
        theirs.close()
        self._ask: Connection = ours

    def round(self, now: datetime, hurt: Hurt = Hurt()) -> list[Outcome]:  # noqa: B008
        """What came of a round of the watcher; nothing where the process died in it, and then there is another one."""
        found: list[Outcome] | None = self.call(now, _round, hurt=hurt)
        return found if found is not None else [Outcome("died", "failed", "killed")]

    def call(self, now: datetime, what: Callable[..., Any], *arguments: Any, hurt: Hurt = Hurt()) -> Any:  # noqa: B008
        """What a function of ours gives in that process; None where it died."""
        self._ask.send((now - datetime.now(UTC), what, arguments, hurt))
        try:
            kind, said = self._ask.recv()
        except EOFError:
            self.process.join()
            self.deaths += 1
            self.begin()
            return None
        if kind == "raised":
            raise AssertionError(f"{self.folder.name}: {said}")
        return said

    def resident(self) -> int:
        """KiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="utf-8").split()[1])
        return pages * resource.getpagesize() // 1024

    def end(self) -> None:
        self.process.terminate()
        self.process.join()


def write_parties(folder: Path, agreement: Path, seed: int) -> None:
    """Keys, an own copy of the signed agreement at every party, boxes; profiles come from ``write_profile``."""
    make_parties(folder, agreement, OWNERS, seed)
    for party in PARTIES:
        home = folder / "parties" / party
        for path in [folder / "agreement.toml", *folder.glob("agreement.*.signature.json")]:
            shutil.copy(path, home)
        for box in ("inbox", "outbox"):
            (home / box).mkdir(exist_ok=True)


def write_profile(home: Path, ways: Mapping[str, str], fetch: list[str], watch: str, access: str = "") -> None:
    """A party's profile with the addresses where each other party takes what is for it."""
    party = home.name
    sources = "" if party == UNIT else '\n[sources.suspect]\npath = "suspect.csv"\n'
    text = PROFILE.format(
        role="unit" if party == UNIT else "owner", party=party, sources=sources, access=access, watch=watch,
        fetch=", ".join(f'"{address}"' for address in fetch), send=", ".join(f'{to} = "{address}"' for to, address in ways.items()),
    )  # fmt: skip
    (home / "profile.toml").write_text(text, encoding="utf-8")


def _serve(orders: Connection, folder: Path, seed: int, enter: Callable[[], None]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # what the parent does when it is told to end is not for its children
    enter()
    linkage.owner.epoch_key.commit = _seeded(seed)  # type: ignore[attr-defined]
    with without_prefect(), parsed_once(), suppress(EOFError):
        while True:
            offset, what, arguments, hurt = orders.recv()
            _set_clock(offset)
            try:
                with _hurting(folder, hurt):
                    said = what(folder, datetime.now(UTC) + offset, *arguments)
                orders.send(("did", said))
            except Exception as error:
                orders.send(("raised", f"{type(error).__name__}: {error}"))


def _round(folder: Path, now: datetime) -> list[Outcome]:
    return watch_round(folder / "profile.toml", now, Patience(pauses=()))


@contextmanager
def _hurting(folder: Path, hurt: Hurt) -> Iterator[None]:
    if hurt.longest:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hurt.longest, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    elif hurt.killed_at:
        left = hurt.killed_at

        def told(change: Change) -> None:
            nonlocal left
            left -= change.kind != "sync"
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        with WatchedDisk(folder, told).watching():
            yield
    else:
        yield


def _set_clock(offset: timedelta) -> None:
    """Every module of ours reads this clock from now on."""
    Shifted.offset = offset
    for name, module in list(sys.modules.items()):
        if name.startswith(("linkage.", "flows.")) and vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = Shifted


class Shifted(datetime):
    """The clock of a party's machine."""

    offset = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.offset


def _seeded(seed: int) -> Callable[[Ceremony, Path, Declared], Commitment]:
    """Contributions are fixed, so that two worlds have the same epoch keys."""

    def commit(ceremony: Ceremony, outbox: Path, declared: Declared) -> Commitment:
        about = f"{ceremony.by.party}/{ceremony.terms.epoch}"
        return _commit(ceremony, outbox, declared, Drawn(*(secret_of(seed, f"{what}/{about}", KEY_BYTES) for what in ("secret", "nonce"))))

    return commit
