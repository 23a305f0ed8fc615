"""Files and folders that are there whole or not at all; what a killed run left goes, what a running one holds stays."""

from pathlib import Path

import pytest

from linkage.protocol import atomic_files
from linkage.protocol.atomic_files import add_lines, folder_whole, scratch_folder, sweep_below, written_whole

LEFT = ".name.0123456789abcdef.begun"


def test_a_scratch_folder_goes_with_everything_in_it(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "home", "encoding") as folder:
        (folder / "features").mkdir()
        assert folder.parent == tmp_path / "home" and folder.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "home").iterdir()) == []


def test_what_a_killed_run_left_goes_and_what_a_running_one_holds_stays(tmp_path: Path) -> None:
    (tmp_path / LEFT / "features").mkdir(parents=True)
    (tmp_path / LEFT / "features" / "half").touch()
    with scratch_folder(tmp_path, "encoding") as ours, scratch_folder(tmp_path, "encoding") as other:
        assert sorted(tmp_path.iterdir()) == sorted([ours, other])
        (ours / "inner").mkdir()
        (ours / "inner" / LEFT).touch()
        with written_whole(tmp_path / "one") as file:
            sweep_below(tmp_path)
            file.write(b"whole")
        assert list((ours / "inner").iterdir()) == [] and (tmp_path / "one").read_bytes() == b"whole"


def test_the_first_write_into_a_folder_sweeps_it(tmp_path: Path) -> None:
    """Half transfers of exchange folders and other hidden files are not ours to remove."""
    for name in (LEFT, ".one.sealed.0123456789abcdef.unfinished", ".hidden"):
        (tmp_path / name).touch()
    with written_whole(tmp_path / "one") as file:
        file.write(b"1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", ".one.sealed.0123456789abcdef.unfinished", "one"]


def test_who_is_swept_between_making_and_locking_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, swept = atomic_files.fcntl.flock, []

    def slow(descriptor: int, operation: int) -> None:
        if not swept:
            swept.append(descriptor)
            atomic_files.sweep(tmp_path)
        honest(descriptor, operation)

    monkeypatch.setattr(atomic_files.fcntl, "flock", slow)
    with written_whole(tmp_path / "one") as file:
        file.write(b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["one"] and (tmp_path / "one").read_bytes() == b"1"


def test_a_folder_appears_with_all_its_files_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), folder_whole(tmp_path / "deep" / "one") as begun:
        begun.write_bytes(b"fails")
    assert list((tmp_path / "deep").iterdir()) == []
    with folder_whole(tmp_path / "deep" / "one") as begun:
        (begun / "a").write_bytes(b"a")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["one"] and (tmp_path / "deep" / "one" / "a").read_bytes() == b"a"
    with pytest.raises(OSError, match="not empty"), folder_whole(tmp_path / "deep" / "one"):
        pass


def test_lines_are_added_all_or_none_and_an_unfinished_one_goes(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    add_lines(path, [b"one", b"two"])
    path.write_bytes(path.read_bytes() + b"thr")  # as a killed append leaves it
    add_lines(path, [b"three"])
    assert path.read_bytes() == b"one\ntwo\nthree\n" and path.stat().st_mode & 0o077 == 0


def test_lines_that_cannot_be_had_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    add_lines(path, [b"one"])
    with pytest.raises(ZeroDivisionError):
        add_lines(path, (b"%d" % (1 // number) for number in (1, 0)))
    assert path.read_bytes() == b"one\n" and [one.name for one in tmp_path.iterdir()] == ["lines"]


def test_a_long_lived_process_does_not_remember_its_scratch_folders(tmp_path: Path) -> None:
    def used() -> None:
        with scratch_folder(tmp_path, "encoding") as folder, written_whole(folder / "part") as file:
            file.write(b"x")

    used()
    before = len(atomic_files._SWEPT)
    for _ in range(3):
        used()
    assert len(atomic_files._SWEPT) == before
