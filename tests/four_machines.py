"""Four machines on one: each party in a network of its own that reaches the exchange server alone, a process, a home, a user of its own.

Networks need root and ``ip`` (iproute2); without them the four share the loopback, and the rest stays. Two epochs over SFTP: one party is
late, a record is withdrawn, one party gets new keys, and one desk discloses a record to another.
"""

import ctypes
import encodings.idna  # noqa: F401  (before the fork, as all that another user may not read)
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import linkage.protocol.mailbox_sftp  # noqa: F401
from flows._parties import profile_and_agreement
from linkage.desk import disclosure
from linkage.desk.accounts import User, add_user, grant
from linkage.desk.case_list import take_in
from linkage.desk.desk import Desk
from linkage.desk.disclosure import Speaking
from linkage.desk.exchanging import Exchanging, open_disclosed, receive, send
from linkage.desk.queue import one
from linkage.desk.store import open_store
from linkage.protocol.party_profile import ledger_of, unlock
from tests.party_processes import PARTIES, Party
from tests.sftp_server import SftpServer, sftp_server
from tests.soaking import World

FIRST_USER = 61_000  # of the parties' processes, where we are root
BRIDGE, HUB, CLONE_NEWNET = "trilinkbr", "10.213.7.1", 0x40000000
WORDS = {"purpose": "trace", "legal_basis": "art. 3", "urgency": "urgent"}


@contextmanager
def networks() -> Iterator[bool]:
    """A network for each party, whose only neighbour is the exchange server's address; False where that is not to be had."""
    with ExitStack() as ends:
        try:
            ends.callback(_ip, "link", "delete", BRIDGE, check=False)
            _ip("link", "add", BRIDGE, "type", "bridge")
            _ip("address", "add", f"{HUB}/24", "dev", BRIDGE)
            _ip("link", "set", BRIDGE, "up")
            for number, party in enumerate(PARTIES, start=2):
                _join(number, party, ends)
        except (OSError, subprocess.CalledProcessError):
            ends.close()
            yield False
            return
        yield True


def _join(number: int, party: str, ends: ExitStack) -> None:
    space = f"trilink-{party}"
    ends.callback(_ip, "netns", "delete", space, check=False)
    _ip("netns", "add", space)
    _ip("link", "add", f"trl-{party}", "type", "veth", "peer", "name", "eth0", "netns", space)
    _ip("link", "set", f"trl-{party}", "master", BRIDGE)
    _ip("link", "set", f"trl-{party}", "up")
    _ip("link", "set", f"trl-{party}", "type", "bridge_slave", "isolated", "on")
    _ip("-n", space, "address", "add", f"10.213.7.{number}/24", "dev", "eth0")
    _ip("-n", space, "link", "set", "lo", "up")
    _ip("-n", space, "link", "set", "eth0", "up")


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)


@dataclass
class Machines(World):
    """The same world, whose parties meet on the server alone."""

    server: SftpServer | None = None
    apart: bool = False
    off: set[str] = field(default_factory=set)

    def address(self, party: str, to: str) -> str:
        assert self.server is not None
        return self.server.address(f"{party}/{to}")

    def access(self, party: str) -> str:
        """The party's own key and access file for the server."""
        assert self.server is not None
        home = self.home(party)
        for name in ("key", "known_hosts"):
            shutil.copy(self.server.folder / name, home / f"sftp_{name}")
        said = self.server.access(private_key=str(home / "sftp_key"), known_hosts=str(home / "sftp_known_hosts"))
        shutil.move(said, home / "mailboxes.toml")
        self.hand_over(party)
        return 'access = "mailboxes.toml"'

    def machine(self, party: str) -> Party:
        self.hand_over(party)
        user = FIRST_USER + PARTIES.index(party) if os.geteuid() == 0 else 0
        space = Path(f"/run/netns/trilink-{party}") if self.apart else None
        return Party(self.home(party), self.seed, lambda: _enter(space, user))

    def runs(self) -> tuple[str, ...]:
        return tuple(party for party in PARTIES if party not in self.off)

    def hand_over(self, party: str) -> None:
        """What we have put into a party's home is its user's."""
        if os.geteuid() == 0:
            number = FIRST_USER + PARTIES.index(party)
            home = self.home(party)
            for path in [home, *home.rglob("*")]:
                os.chown(path, number, number)


def _enter(space: Path | None, user: int) -> None:
    """In the child: another network, then another user."""
    if space is not None:
        with space.open("rb") as network:
            assert ctypes.CDLL(None).setns(network.fileno(), CLONE_NEWNET) == 0
    if user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


@contextmanager
def machines(people: dict[str, Path]) -> Iterator[Machines]:
    """Begun, with these tables of suspects by owner; nothing has run yet."""
    folder = Path(tempfile.mkdtemp(prefix="four-machines-"))
    folder.chmod(0o711)
    with networks() as apart, sftp_server(HUB if apart else "127.0.0.1") as server:
        world = Machines(folder / "world", seed=5, server=server, apart=apart)
        try:
            world.begin()
            shutil.rmtree(world.folder / "post")
            for path in (world.folder, world.folder / "parties"):
                path.chmod(0o711)
            for owner, table in people.items():
                shutil.copy(table, world.home(owner) / "suspect.csv")
            yield world
        finally:
            world.end()
            shutil.rmtree(folder, ignore_errors=True)


def asked(home: Path, now: datetime, epoch: str) -> str:
    """At a desk: its list is taken in, and of the first suspect that us has too more is asked; the request's id."""
    exchanging, user = _desk(home, now, epoch, "supervisor")
    rows = json.loads((home / "lists" / epoch / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    wanted = next(row for row in rows if row["other"]["owner"] == "us")
    desk = exchanging.desk
    with desk.store.change() as connection:
        link = one(connection, user, wanted["link_id"], desk.today())
        assert link is not None
        request = disclosure.ask(Speaking(connection, user, desk.agreement, desk.owner, desk.clock()), link, WORDS)
    assert send(exchanging, home / "outbox") == 1
    return request


def answered(home: Path, now: datetime, epoch: str, request: str) -> None:
    """At the other desk: the request is taken in, and a surname disclosed."""
    exchanging, user = _desk(home, now, epoch, "data_controller")
    assert receive(exchanging, home / "inbox").new == 1
    desk = exchanging.desk
    with desk.store.change() as connection:
        row = disclosure.find_request(connection, request)
        assert row is not None
        disclosure.answer(Speaking(connection, user, desk.agreement, desk.owner, desk.clock()), row, {"surname_1": "Told"}, "")
    assert send(exchanging, home / "outbox") == 1


def told(home: Path, now: datetime, epoch: str, request: str) -> list[str]:
    """Back at the first desk: the names of the fields that it was told."""
    exchanging, _ = _desk(home, now, epoch, "supervisor")
    assert receive(exchanging, home / "inbox").new == 1
    return open_disclosed(exchanging, request, home / "core.json")


def _desk(home: Path, now: datetime, epoch: str, role: str) -> tuple[Exchanging, User]:
    profile, agreement = profile_and_agreement(home / "profile.toml")
    made = (home / "desk.sqlite").exists()
    desk = Desk(open_store(home / "desk.sqlite"), agreement, home.name, lambda: int(now.timestamp()))
    if not made:
        take_in(desk.store, home / "lists" / epoch / "linked-cases.json", home.name, "test", desk.clock())
        with desk.store.change() as connection:
            add_user(connection, "dora", "correct horse battery", role)
            grant(connection, "dora", "*")
    with desk.store.look() as connection:
        number = connection.exec_driver_sql("select id from users where name = 'dora'").scalar()
    ledger = ledger_of(profile, agreement, "disclose")
    return Exchanging(desk, unlock(profile), home / "desk", ledger), User(int(number), "dora", role, "en")


def reaches(home: Path, now: datetime, host: str, port: int) -> bool:
    """Whether a connection is answered, be it by a refusal."""
    with socket.socket() as line:
        line.settimeout(1)
        try:
            line.connect((host, port))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return True
