"""Four machines on one: each party in a network of its own that reaches the exchange server alone, a process and a home of its own.

Networks need root and ``ip`` (iproute2); without them the four share the loopback, and the rest stays. Two epochs over SFTP: one party is
late, a record is withdrawn, one party gets new keys, and one desk discloses a record to another.
"""

import ctypes
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
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
from tests.party_processes import OWNERS, PARTIES, Party
from tests.sftp_server import SftpServer, sftp_server
from tests.soaked_world import SPAN, World, withdrawn

BRIDGE, CLONE_NEWNET = f"trl{os.getpid()}", 0x40000000
FIRST, SECOND = "2026-e1", "2026-e2"
WORDS = {"purpose": "trace", "legal_basis": "art. 3", "urgency": "urgent"}


@contextmanager
def networks() -> Iterator[str]:
    """A network for each party, whose only neighbour is the exchange server; gives that one's address, "" where networks are not to be had.

    Names and addresses are this process's own, so that another run on the same machine is not disturbed.
    """
    with ExitStack() as ends:
        hub = f"10.213.{os.getpid() % 250}.1"
        try:
            _ip("link", "add", BRIDGE, "type", "bridge")
            ends.callback(_ip, "link", "delete", BRIDGE, check=False)
            _ip("address", "add", f"{hub}/24", "dev", BRIDGE)
            _ip("link", "set", BRIDGE, "up")
            for number, party in enumerate(PARTIES, start=2):
                _join(f"{hub[:-1]}{number}", party, ends)
        except (OSError, subprocess.CalledProcessError):
            ends.close()
            hub = ""
        yield hub


def _join(address: str, party: str, ends: ExitStack) -> None:
    space, cable = _space(party), f"{BRIDGE}{party[:2]}"
    _ip("netns", "add", space)
    ends.callback(_ip, "netns", "delete", space, check=False)
    _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
    _ip("link", "set", cable, "master", BRIDGE)
    _ip("link", "set", cable, "up")
    _ip("link", "set", cable, "type", "bridge_slave", "isolated", "on")
    _ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
    _ip("-n", space, "link", "set", "lo", "up")
    _ip("-n", space, "link", "set", "eth0", "up")


def _space(party: str) -> str:
    return f"{BRIDGE}-{party}"


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)


@dataclass
class Machines(World):
    """The same world, whose parties meet on the server alone."""

    server: SftpServer | None = None
    apart: bool = False

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
        return 'access = "mailboxes.toml"'

    def machine(self, party: str) -> Party:
        space = Path("/run/netns") / _space(party)
        return Party(self.home(party), self.seed, (lambda: _enter(space)) if self.apart else (lambda: None))


def _enter(space: Path) -> None:
    """In the child: another network."""
    with space.open("rb") as network:
        assert ctypes.CDLL(None).setns(network.fileno(), CLONE_NEWNET) == 0


@contextmanager
def machines(people: dict[str, Path]) -> Iterator[Machines]:
    """Begun, with these tables of suspects by owner; nothing has run yet."""
    folder = Path(tempfile.mkdtemp(prefix="four-machines-"))
    with networks() as hub, sftp_server(hub or "127.0.0.1") as server:
        world = Machines(folder / "world", seed=5, server=server, apart=bool(hub))
        try:
            world.begin()
            shutil.rmtree(world.folder / "post")
            for owner, table in people.items():
                shutil.copy(table, world.home(owner) / "suspect.csv")
            yield world
        finally:
            world.end()
            shutil.rmtree(folder, ignore_errors=True)


def two_epochs(world: World) -> None:
    """The whole story; ``AssertionError`` where anything is not as it should be."""
    world.start(FIRST)
    for _ in range(8):
        if not any((world.home("us") / "outbox").glob("contribution.*.sealed")):
            world._pass(None)
    world.off.add("us")  # its machine fails before it has encoded
    world.settle()
    early = world.links(FIRST, frozenset(["us"]))
    assert early and {record[:2] for link in early for record in link[:2]} == {"ca", "mx"}

    world.off.clear()
    world.settle()
    late = world.links(FIRST)
    assert early < late and {record[:2] for link in late for record in link[:2]} == set(OWNERS)

    gone = sorted(record for link in late for record in link[:2] if record.startswith("mx"))[0]
    world.call("mx", withdrawn, gone)
    world.settle()
    assert world.links(FIRST) == {link for link in late if gone not in link}

    world.now += SPAN
    world.rotate("ca")
    world.start(SECOND)
    world.settle()
    again = {link[:2] for link in world.links(SECOND)}
    assert again and not any(gone in link for link in again)

    another = sorted(record for link in world.links(FIRST) for record in link[:2] if record.startswith("ca"))[0]
    world.call("ca", withdrawn, another)  # from both epochs, of which one is of the former agreement and its own former keys
    world.settle()
    assert not any(another in link for epoch in (FIRST, SECOND) for link in world.links(epoch))

    request = world.call("mx", asked, SECOND)
    world.settle()
    world.call("us", answered, SECOND, request)
    world.settle()
    assert world.call("mx", told, SECOND, request) == ["surname_1"]

    world.check_ledgers()
    assert world.hidden() == 0 and all(party.deaths == 0 for party in world.running.values())


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
    return sorted(open_disclosed(exchanging, request, home / "core.json").core)


def _desk(home: Path, now: datetime, epoch: str, role: str) -> tuple[Exchanging, User]:
    profile, agreement = profile_and_agreement(home / "profile.toml")
    made = (home / "desk.sqlite").exists()
    desk = Desk(open_store(home / "desk.sqlite"), agreement, home.name, lambda: int(now.timestamp()))
    if not made:
        take_in(desk, home / "lists" / epoch / "linked-cases.json", "test")
        with desk.store.change() as connection:
            add_user(connection, "dora", "correct horse battery", role)
            grant(connection, "dora", "*")
    with desk.store.look() as connection:
        number = connection.exec_driver_sql("select id from users where name = 'dora'").scalar()
    ledger = ledger_of(profile, agreement, "disclose")
    return Exchanging(desk, unlock(profile), home / "desk", ledger), User(int(number), "dora", role, "en")


def are_apart(world: Machines) -> None:
    """The server is reached from a party's network, and no other party is."""
    assert world.server is not None
    assert world.call("mx", reaches, world.server.host, world.server.port), "the server is reached"
    others = world.server.host.rpartition(".")[0]
    assert not world.call("mx", reaches, f"{others}.{PARTIES.index('us') + 2}", 9), "and no other party"


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
