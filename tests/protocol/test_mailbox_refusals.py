"""What a server of an exchange folder may refuse, and what we refuse: one clear line, and no secret in it."""

import os
import socket
from pathlib import Path

import pytest

from linkage.protocol.delivery import Route, deliver
from linkage.protocol.errors import InvalidProfile, TrilinkError
from linkage.protocol.mailbox_access import check_address, read_accesses
from linkage.protocol.manifest import KINDS
from linkage.protocol.patience import Patience
from tests.s3_server import S3Server
from tests.sftp_server import SftpServer

HASTY = Patience(silence=30, pauses=())


def refused(address: str, access: Path | None, outbox: Path, patience: Patience = HASTY) -> str:
    with pytest.raises(TrilinkError) as caught:
        deliver(Route(str(outbox), address, access, patience), "unit", KINDS)
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None
    return str(caught.value)


SFTP_REFUSALS = [  # what is wrong in the access file, what is said
    ({"known_hosts": "no_hosts"}, "its host key is not in no_hosts"),
    ({"known_hosts": "other_hosts"}, "another host key than the one in other_hosts"),
    ({"private_key": "stranger"}, "the server does not accept our login"),
]


@pytest.mark.parametrize(("changes", "says"), SFTP_REFUSALS, ids=[case[1] for case in SFTP_REFUSALS])
def test_sftp_refusals_are_clear(changes: dict[str, str], says: str, sftp: SftpServer, large: Path) -> None:
    access = sftp.access(**{key: str(sftp.folder / value) for key, value in changes.items()})
    assert says in refused(sftp.address("refused"), access, large)


def test_sftp_folder_that_is_not_ours(sftp: SftpServer, large: Path) -> None:
    assert "permission denied" in refused(f"sftp://127.0.0.1:{sftp.port}/proc/none", as_us(sftp), large) or os.geteuid() == 0


def as_us(sftp: SftpServer) -> Path:
    """The access file for any address on the server, the user named in it."""
    access = sftp.access(user="root")
    access.write_text(access.read_text(encoding="utf-8").replace(f"{sftp_user(sftp)}@", ""), encoding="utf-8")
    return access


def sftp_user(sftp: SftpServer) -> str:
    return sftp.address("").partition("//")[2].partition("@")[0]


def test_s3_refusals_are_clear(s3: S3Server, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such bucket" in refused("s3://nowhere/in", elsewhere(s3, "s3://nowhere"), large)
    assert "the line broke" in refused(s3.address("in"), s3.access(endpoint="http://127.0.0.1:9"), large)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    assert "no credentials" in refused(s3.address("in"), without_keys(s3), large)


def elsewhere(s3: S3Server, address: str) -> Path:
    access = s3.access()
    access.write_text(access.read_text(encoding="utf-8").replace("s3://exchange", address), encoding="utf-8")
    return access


def without_keys(s3: S3Server) -> Path:
    access = s3.access()
    lines = access.read_text(encoding="utf-8").splitlines()
    access.write_text("\n".join(line for line in lines if "access_key" not in line), encoding="utf-8")
    return access


def test_a_server_that_accepts_and_then_says_nothing(sftp: SftpServer, large: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"sftp://127.0.0.1:{silent.getsockname()[1]}/in"
        waits: list[float] = []
        said = refused(address, sftp.access(), large, Patience(silence=0.2, pauses=(1.0, 2.0), wait=waits.append))
    assert said.endswith("does not answer; tried 3 times; run the same command again to continue")
    assert waits == [1.0, 2.0]


BAD_ADDRESSES = ["sftp://mx:hunter2@host/in", "s3://key:hunter2@bucket/in", "sftp://host/in?password=hunter2", "sftp://host:hunter2/in"]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_with_a_secret_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(InvalidProfile) as caught:
        check_address(address)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


ACCESS_FILES = [  # what is in it, mode, what is said
    ("x", 0o644, "readable by others; chmod 600 it"),
    ("x", 0o600, "not TOML"),
    ('format = "trilink/mailboxes/v2"\n[mailboxes]', 0o600, "format: "),
    ('format = "trilink/mailboxes/v1"\n[mailboxes."sftp://h"]\npassword = "hunter2"', 0o600, "password: Extra inputs"),
    ('format = "trilink/mailboxes/v1"\n[mailboxes."s3://b"]\nendpoint = "http://s3.example.org"', 0o600, "endpoint: "),
    ('format = "trilink/mailboxes/v1"\n[mailboxes."sftp://mx:hunter2@h"]', 0o600, "does not belong there"),
]


@pytest.mark.parametrize(("text", "mode", "says"), ACCESS_FILES, ids=[case[2] for case in ACCESS_FILES])
def test_access_files_that_are_refused(text: str, mode: int, says: str, tmp_path: Path) -> None:
    path = tmp_path / "mailboxes.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(InvalidProfile) as caught:
        read_accesses(path)
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_longest_address_counts_and_secrets_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "mailboxes.toml"
    path.write_text(
        'format = "trilink/mailboxes/v1"\n[mailboxes."s3://b"]\nregion = "one"\n'
        '[mailboxes."s3://b/in"]\nregion = "two"\nsecret_access_key = "hunter2"\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    accesses = read_accesses(path)
    regions = [accesses.s3(address).region for address in ("s3://b/x", "s3://b/in/mx", "s3://b/inner", "s3://bb")]
    assert regions == ["one", "two", "one", None]
    assert "hunter2" not in repr(accesses.s3("s3://b/in"))
