"""Exchange folders on a disk, on a real OpenSSH server and on an S3 server keep the same promises, and say what is wrong in one line."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from linkage.protocol.delivery import Route, deliver, open_mailbox
from linkage.protocol.errors import InvalidProfile, TrilinkError
from linkage.protocol.mailbox import PIECE, FolderMailbox
from linkage.protocol.mailbox_access import check_address, read_accesses
from linkage.protocol.manifest import KINDS
from linkage.protocol.patience import Patience
from linkage.protocol.sealing import Draft, seal
from tests.s3_server import S3Server, s3_server
from tests.sftp_server import SftpServer, sftp_server
from tests.vectors.make_sealing import keys_for_tests

DRAFT = Draft("package", "a" * 64, "2026-11", {}, timedelta(days=1))
MX, UNIT = keys_for_tests("mx"), keys_for_tests("unit")
HASTY = Patience(silence=30, pauses=())
LARGE = 12 * PIECE + 12345


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    with sftp_server() as server:
        yield server


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


class Far:
    """An exchange folder of a test's own, somewhere, and how we get at it."""

    def __init__(self, address: str, access: Path | None) -> None:
        self.address, self.access = address, access
        open_mailbox(address, read_accesses(access)).create()

    def push(self, outbox: Path, patience: Patience = HASTY) -> int:
        return deliver(Route(str(outbox), self.address, self.access, patience), "unit", KINDS)["package"]

    def pull(self, inbox: Path) -> int:
        return deliver(Route(self.address, str(inbox), self.access, HASTY), "unit", KINDS)["package"]

    def sealed(self) -> dict[str, int]:
        return open_mailbox(self.address, read_accesses(self.access)).sealed()

    def content(self, name: str) -> bytes:
        return b"".join(open_mailbox(self.address, read_accesses(self.access)).pieces(name, 0, self.sealed()[name]))


@pytest.fixture(params=["folder", "sftp", "s3"])
def far(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Far:
    box = tmp_path.name
    if request.param == "folder":
        return Far(str(tmp_path / "far"), None)
    if request.param == "s3":
        server = request.getfixturevalue("s3")
        monkeypatch.setattr("linkage.protocol.mailbox_s3.PART", 5 << 20)  # the smallest that S3 takes
    else:
        server = request.getfixturevalue("sftp")
    return Far(server.address(box), server.access())


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An outbox with one sealed file of thirteen pieces."""
    folder = tmp_path_factory.mktemp("large")
    seal(DRAFT, {"part": os.urandom(LARGE)}, UNIT.public(), MX, folder / "large.sealed")
    return folder


def sealed_in(folder: Path, name: str, part: bytes = b"for the unit") -> Path:
    folder.mkdir(exist_ok=True)
    seal(DRAFT, {"part": part}, UNIT.public(), MX, folder / name)
    return folder


def cut_after(pieces: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on reading from a folder breaks after so many pieces, as a line does."""
    whole = FolderMailbox.pieces

    def cut(self: FolderMailbox, name: str, start: int, size: int) -> Iterator[bytes]:
        for number, piece in enumerate(whole(self, name, start, size)):
            if number == pieces:
                raise ConnectionResetError
            yield piece

    monkeypatch.setattr(FolderMailbox, "pieces", cut)


def test_there_and_back_again_byte_for_byte(far: Far, large: Path, tmp_path: Path) -> None:
    assert far.push(large) == 1
    assert far.pull(tmp_path / "in") == 1
    assert (tmp_path / "in" / "large.sealed").read_bytes() == (large / "large.sealed").read_bytes()
    assert (far.push(large), far.pull(tmp_path / "in")) == (0, 0), "once is enough"


def test_a_cut_transfer_shows_nothing_and_continues(far: Far, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        cut_after(11, broken)
        with pytest.raises(TrilinkError, match=r"the line broke \(ConnectionResetError\); tried 1 times; run the same command again"):
            far.push(large)
    assert far.sealed() == {}
    sent = []
    with monkeypatch.context() as watched:
        count_sent(sent, watched)
        assert far.push(large) == 1
    assert sum(sent) < LARGE / 2, "what was there was not sent again"
    assert far.content("large.sealed") == (large / "large.sealed").read_bytes()


def count_sent(sent: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes the bytes that are read for sending from a folder or, where a part is read to be recognised, the parts that go up."""
    mailbox_s3 = pytest.importorskip("linkage.protocol.mailbox_s3")
    whole, call, put = FolderMailbox.pieces, mailbox_s3.S3Mailbox._call, mailbox_s3.S3Mailbox.put

    def watched(self: FolderMailbox, name: str, start: int, size: int) -> Iterator[bytes]:
        for piece in whole(self, name, start, size):
            sent.append(len(piece))
            yield piece

    def putting(self: object, name: str, parcel: object) -> None:
        put(self, name, parcel)
        sent[:] = uploaded

    def called(self: object, what: str, name: str, **options: object) -> object:
        if what == "upload_part":
            uploaded.append(len(options["Body"]))  # type: ignore[arg-type]
        return call(self, what, name, **options)

    uploaded: list[int] = []
    monkeypatch.setattr(FolderMailbox, "pieces", watched)
    monkeypatch.setattr(mailbox_s3.S3Mailbox, "_call", called)
    monkeypatch.setattr(mailbox_s3.S3Mailbox, "put", putting)


@pytest.mark.parametrize("far", ["folder", "sftp"], indirect=True)
def test_a_line_that_breaks_again_and_again_but_gains_ends_well(far: Far, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_after(6, monkeypatch)
    waits: list[float] = []
    assert far.push(large, Patience(silence=30, pauses=(1.0, 2.0), wait=waits.append)) == 1
    assert waits == [1.0, 1.0]


@pytest.mark.parametrize("pieces", [0, 1])
def test_a_line_that_breaks_without_gain_is_given_up(far: Far, pieces: int, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_after(pieces, monkeypatch)
    waits: list[float] = []
    with pytest.raises(TrilinkError, match="the line broke"):
        far.push(large, Patience(silence=30, pauses=(1.0, 2.0), wait=waits.append))
    assert waits in ([1.0, 2.0], [1.0, 1.0, 2.0])


def test_other_content_under_the_same_name_is_never_mixed_in(
    far: Far, large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        cut_after(11, broken)
        with pytest.raises(TrilinkError):
            far.push(large)
    other = sealed_in(tmp_path / "other", "large.sealed", os.urandom(LARGE))
    assert far.push(other) == 1
    assert far.content("large.sealed") == (other / "large.sealed").read_bytes()
    with pytest.raises(TrilinkError, match=r"large\.sealed: another file of this name has arrived before"):
        far.push(large)
    assert far.content("large.sealed") == (other / "large.sealed").read_bytes()


def test_one_file_that_cannot_travel_does_not_keep_the_others(far: Far, tmp_path: Path) -> None:
    outbox = sealed_in(tmp_path / "out", "a.sealed")
    whole = sealed_in(outbox, "whole.sealed") / "whole.sealed"
    (outbox / "half.sealed").write_bytes(whole.read_bytes()[:-1])
    with pytest.raises(TrilinkError, match=r"^half\.sealed: \d+ bytes lie there, its header says \d+; it is not all written yet"):
        far.push(outbox)
    assert sorted(far.sealed()) == ["a.sealed", "whole.sealed"]


@pytest.mark.parametrize("name", [".hidden.sealed", "new\nline.sealed", "-rf.sealed", "a b.sealed", "x.sealed.unfinished", "é.sealed"])
def test_files_of_odd_names_stay_where_they_are(name: str, tmp_path: Path) -> None:
    outbox = sealed_in(tmp_path / "out", name)
    assert deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)["package"] == 0


KILLED = """
import os, signal, sys
from linkage.protocol.delivery import Route, deliver
from linkage.protocol.mailbox import FolderMailbox
from pathlib import Path
whole = FolderMailbox.pieces
def killed(self, name, start, size):
    for number, piece in enumerate(whole(self, name, start, size)):
        if number == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        yield piece
FolderMailbox.pieces = killed
deliver(Route(sys.argv[1], sys.argv[2], Path(sys.argv[3]) if len(sys.argv) > 3 else None), "unit", ("package",))
"""


def test_a_killed_delivery_is_run_again_and_continues(far: Far, large: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(large), far.address, *([str(far.access)] if far.access else [])]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    assert subprocess.run(command, env=environment, check=False, timeout=120).returncode == -signal.SIGKILL
    assert far.sealed() == {}
    assert far.push(large) == 1
    assert far.content("large.sealed") == (large / "large.sealed").read_bytes()


# ---------------------------------------------------------------- what a server may refuse, and what we refuse


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
