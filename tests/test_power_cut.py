"""The watched disk and the power cut on writers that everyone can judge: the careful one's file is there, the careless one's is not."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from linkage.protocol.atomic_files import folder_whole, written_whole
from tests.power_cut import Volatile
from tests.watched_disk import Change, WatchedDisk

OLD, NEW = b"the old content", b"the new content, longer"
Files = dict[str, bytes]


def careless(root: Path) -> None:
    (root / "file").write_bytes(NEW)


def renamed_only(root: Path) -> None:
    (root / "fresh").write_bytes(NEW)
    (root / "fresh").replace(root / "file")


def name_not_synced(root: Path) -> None:
    with (root / "fresh").open("wb") as file:
        file.write(NEW)
        file.flush()
        os.fsync(file.fileno())
    (root / "fresh").replace(root / "file")


def careful(root: Path) -> None:
    with written_whole(root / "file") as file:
        file.write(NEW)


def careful_folder(root: Path) -> None:
    with folder_whole(root / "deep" / "folder") as begun:
        (begun / "a").write_bytes(NEW)


def careless_folder(root: Path) -> None:
    (root / "deep" / "folder").mkdir(parents=True)
    (root / "deep" / "folder" / "a").write_bytes(NEW)


def appended(root: Path) -> None:
    with (root / "file").open("ab") as file:
        file.write(NEW)
        file.flush()
        os.fsync(file.fileno())
        file.write(b"more")


def unlinked(root: Path) -> None:
    (root / "file").unlink()


AFTER_THE_END = [  # writer, what a power cut right after it leaves: with the loss of names, and with all names there
    (careless, {"file": b""}, {"file": b""}),
    (renamed_only, {"file": OLD}, {"file": b""}),
    (name_not_synced, {"file": OLD}, {"file": NEW}),
    (careful, {"file": NEW}, {"file": NEW}),
    (careful_folder, {"file": OLD, "deep/folder/a": NEW}, {"file": OLD, "deep/folder/a": NEW}),
    (careless_folder, {"file": OLD}, {"file": OLD, "deep/folder/a": b""}),
    (appended, {"file": OLD + NEW}, {"file": OLD + NEW}),
    (unlinked, {"file": OLD}, {}),
]


def run(writer: Callable[[Path], None], folder: Path, names: bool = True) -> tuple[list[Change], Files]:
    """The changes that it made, and the files after a cut."""
    root, kept = folder / "root", folder / "kept"
    for made in (root, kept):
        made.mkdir(parents=True)
    (root / "file").write_bytes(OLD)
    volatile, changes = Volatile(root, kept), list[Change]()

    def told(change: Change) -> None:
        changes.append(change)
        volatile.hear(change)

    with WatchedDisk(root, told).watching():
        writer(root)
    shutil.copytree(root, folder / "cut")
    volatile.cut(folder / "cut", names=names)
    return changes, {str(path.relative_to(folder / "cut")): path.read_bytes() for path in (folder / "cut").rglob("*") if path.is_file()}


@pytest.mark.parametrize(("writer", "without", "named"), AFTER_THE_END, ids=lambda one: getattr(one, "__name__", ""))
def test_a_power_cut_takes_what_was_not_synced(writer: Callable[[Path], None], without: Files, named: Files, tmp_path: Path) -> None:
    assert run(writer, tmp_path / "1")[1] == without
    assert run(writer, tmp_path / "2", names=False)[1] == named


def test_every_change_of_a_whole_write_is_told_in_its_order(tmp_path: Path) -> None:
    changes, _ = run(careful, tmp_path)
    assert [one.kind for one in changes] == ["create", "write", "half", "sync", "rename", "sync"]
    assert changes[-2].to == tmp_path / "root" / "file"


def test_writers_that_are_not_seen_are_named(tmp_path: Path) -> None:
    disk = WatchedDisk(tmp_path, lambda _: None)
    with disk.watching():
        (tmp_path / "seen").write_bytes(NEW)
    os.close(os.open(tmp_path / "behind its back", os.O_CREAT))
    assert disk.strangers() == [tmp_path / "behind its back"]
