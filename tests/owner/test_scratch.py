"""The folder in which a package is made: gone afterwards, gone after a kill, left alone while another run works in its own."""

from pathlib import Path

from linkage.owner.scratch import scratch_folder


def test_a_folder_goes_with_everything_in_it(tmp_path: Path) -> None:
    with scratch_folder(tmp_path / "home") as folder:
        (folder / "features").mkdir()
        assert folder.parent == tmp_path / "home" and folder.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "home").iterdir()) == []


def test_what_a_killed_run_left_goes_and_what_a_running_one_holds_stays(tmp_path: Path) -> None:
    left = tmp_path / ".encoding-killed"
    left.mkdir()
    (left / "held").touch()
    with scratch_folder(tmp_path) as ours, scratch_folder(tmp_path) as other:
        assert sorted(tmp_path.iterdir()) == sorted([ours, other])
