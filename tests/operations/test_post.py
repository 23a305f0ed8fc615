"""The watcher's post over SFTP: one sign-in for all boxes of a server, and no waiting for a server that has just not answered."""

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import linkage.protocol.mailbox_sftp as sftp_boxes
from flows.watch.post import fetch, send
from linkage.protocol.mailbox_sftp import open_sftp
from linkage.protocol.party_profile import PartyProfile, read_party
from linkage.protocol.patience import Patience
from linkage.protocol.sealing import Draft, seal
from tests.party_processes import PROFILE
from tests.sftp_server import SftpServer, sftp_server
from tests.vectors.make_sealing import keys_for_tests

HASTY = Patience(pauses=())
DRAFT = Draft("package", "a" * 64, "2026-11", {}, timedelta(days=1))


@pytest.fixture(scope="module")
def server() -> Iterator[SftpServer]:
    with sftp_server() as running:
        yield running


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ports of the servers that were signed in at, one for each time."""
    ports: list[int] = []

    def opened(host: str, port: int | None, user: str | None, access: Any) -> Any:
        ports.append(port or 22)
        return open_sftp(host, port, user, access)

    monkeypatch.setattr(sftp_boxes, "open_sftp", opened)
    return ports


def party(folder: Path, fetched: list[str], sent: dict[str, str], access: Path) -> PartyProfile:
    """Mexico, with these exchange folders, and a package for the unit in its outbox."""
    for name in ("outbox", "home/refusals"):
        (folder / name).mkdir(parents=True)
    seal(DRAFT, {"part": b"for the unit"}, keys_for_tests("unit").public(), keys_for_tests("mx"), folder / "outbox" / "package.sealed")
    text = PROFILE.format(
        role="owner", party="mx", sources="", access=f'access = "{access}"', watch="", fetch=", ".join(f'"{one}"' for one in fetched),
        send=", ".join(f'{to} = "{address}"' for to, address in sent.items()),
    )  # fmt: skip
    (folder / "profile.toml").write_text(text, encoding="utf-8")
    return read_party(folder / "profile.toml")


def test_all_boxes_of_a_server_take_one_sign_in(server: SftpServer, signed_in: list[int], tmp_path: Path) -> None:
    post = {to: server.address(f"one/{to}") for to in ("unit", "us", "ca")}
    profile = party(tmp_path, list(post.values()), post, server.access())
    assert [carried for what, carried, _ in send(profile, HASTY) if what == "leave for unit"] == [0, 1]  # refusals, outbox
    assert signed_in == [server.port]
    assert [why for _, _, why in fetch(profile, HASTY)] == ["", "", ""] and signed_in == [server.port] * 2


def test_a_connection_that_failed_or_ended_is_not_used_again(server: SftpServer, signed_in: list[int], tmp_path: Path) -> None:
    post = {to: server.address(f"two/{to}") for to in ("ca", "unit", "us")}
    profile = party(tmp_path, [], post, server.access())
    (server.shared / "two").mkdir()
    (server.shared / "two" / "ca").touch()  # where a folder should be
    said = [bool(why) for _, _, why in send(profile, HASTY)]
    assert said == [True, True, False, False, False, False]
    assert len(signed_in) == 3, "one for each that failed, one for all that went well"


def test_a_server_that_is_gone_is_asked_once_a_round(server: SftpServer, tmp_path: Path) -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        gone = f"sftp://mx@127.0.0.1:{probe.getsockname()[1]}"
    profile = party(tmp_path, [f"{gone}/a", server.address("three"), f"{gone}/b"], {}, server.access())
    (server.shared / "three").mkdir()
    first, other, second = (why for _, _, why in fetch(profile, HASTY))
    assert "the line broke" in first and other == ""
    assert second == f"{gone.replace('mx@', '')} did not answer a moment ago; it is asked again in the next round"
    assert "the line broke" in next(fetch(profile, HASTY))[2]
