"""Exchange folders on a disk, on a real OpenSSH server and on an S3 server keep the same promises, and say what is wrong in one line."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.protocol.delivery import Route, deliver, open_mailbox
from linkage.protocol.errors import TrilinkError
from linkage.protocol.mailbox import FolderMailbox
from linkage.protocol.mailbox_access import read_accesses
from linkage.protocol.manifest import KINDS
from linkage.protocol.patience import Patience
from tests.sealed_files import LARGE, sealed_in

HASTY = Patience(silence=30, pauses=())


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
