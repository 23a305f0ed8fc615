"""What the watcher does with steps that work, fail, refuse single files, or die; with steps made for the test, and no flow engine."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows._alone import RUN, Busy, held
from flows.watch.due import Due, by_epoch, named
from flows.watch.notes import FIRST_PAUSE, LONGEST_PAUSE, Notes
from flows.watch.watcher import Outcome, _step
from linkage.protocol.errors import InvalidPackage, TrilinkError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Step:
    """Takes files in, refuses those that are named bad, and remembers what it was asked."""

    def __init__(self, *bad: str, names: bool = True) -> None:
        self.bad, self.names, self.asked = bad, names, list[list[str]]()

    def __call__(self, files: Sequence[Path]) -> dict[str, Any]:
        self.asked.append([file.name for file in files])
        refused = tuple(file for file in files if file.name in self.bad)
        if refused:
            error = InvalidPackage(f"{refused[0].name}: altered")
            error.files = refused if self.names else ()
            raise error
        return {"files": len(files)}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, ...]:
    paths = tuple(tmp_path / f"{name}.sealed" for name in "abc")
    for path in paths:
        path.write_bytes(b"1")
    return paths


def round_of(step: Any, files: tuple[Path, ...], home: Path, now: datetime = NOW) -> Outcome | None:
    """One round about one step, as a new process would go: what is remembered is read from the disk."""
    due, notes = Due("link 2026-11", files, step), Notes(home)
    return None if notes.rests(due, now) else _step(due, notes, now)


def test_done_once_and_again_when_something_came(files: tuple[Path, ...], tmp_path: Path) -> None:
    step = Step()
    assert round_of(step, files[:2], tmp_path) == Outcome("link 2026-11", "done", counts={"files": 2})
    assert round_of(step, files[:2], tmp_path) is None
    assert round_of(step, files, tmp_path) == Outcome("link 2026-11", "done", counts={"files": 1})
    assert step.asked == [["a.sealed", "b.sealed"], ["c.sealed"]], "what was taken in is not opened again: it may have expired"
    assert round_of(step, files[1:], tmp_path) is None, "a file that is gone is no news"


@pytest.mark.parametrize("names", [True, False], ids=["the refusal names its file", "it does not"])
def test_one_bad_file_costs_no_good_one(names: bool, files: tuple[Path, ...], tmp_path: Path) -> None:
    step = Step("b.sealed", names=names)
    found = round_of(step, files, tmp_path)
    assert found is not None and found.state == "failed" and "b.sealed: altered" in found.said
    taken = {name for asked in step.asked if "b.sealed" not in asked for name in asked}
    assert taken == {"a.sealed", "c.sealed"} and "link 2026-11" in Notes(tmp_path).done()
    assert round_of(step, files, tmp_path) is None, "it rests"
    files[1].unlink()
    found = round_of(step, (files[0], files[2]), tmp_path)
    assert found is None, "without the bad file there is nothing new to do"


def test_what_fails_is_tried_again_after_growing_pauses(files: tuple[Path, ...], tmp_path: Path) -> None:
    def fails(_: Sequence[Path]) -> dict[str, Any]:
        raise TrilinkError("no room left there")

    now, pauses = NOW, list[timedelta]()
    for _ in range(12):
        assert round_of(fails, files, tmp_path, now) is not None
        again = datetime.fromisoformat(Notes(tmp_path).steps["link 2026-11"]["again"])
        assert round_of(fails, files, tmp_path, again - timedelta(seconds=1)) is None
        pauses.append(again - now)
        now = again
    assert pauses[0] == FIRST_PAUSE and pauses == sorted(pauses) and pauses[-1] == LONGEST_PAUSE
    assert Notes(tmp_path).failing() == {"link 2026-11": "no room left there"}
    assert round_of(Step(), files, tmp_path, now) is not None and Notes(tmp_path).failing() == {}


def test_an_error_that_is_not_ours_says_no_value(files: tuple[Path, ...], tmp_path: Path) -> None:
    def stumbles(_: Sequence[Path]) -> dict[str, Any]:
        raise ValueError("Guadalupe Muñoz")

    found = round_of(stumbles, files, tmp_path)
    assert found is not None and "ValueError" in found.said and "Guadalupe" not in found.said
    assert "Guadalupe" not in Notes(tmp_path).path.read_text(encoding="utf-8")


def test_a_held_home_is_no_failure(files: tuple[Path, ...], tmp_path: Path) -> None:
    def locked(_: Sequence[Path]) -> dict[str, Any]:
        with held(tmp_path, RUN):
            return {}

    with held(tmp_path, RUN):
        found = round_of(locked, files, tmp_path)
    assert found is not None and found.state == "busy" and not Notes(tmp_path).path.exists()
    assert round_of(locked, files, tmp_path) == Outcome("link 2026-11", "done")


def test_the_lock_is_one(tmp_path: Path) -> None:
    with held(tmp_path, RUN), pytest.raises(Busy, match="another run"), held(tmp_path, RUN):
        raise AssertionError("never reached")
    with held(tmp_path, RUN):
        assert (tmp_path / RUN).stat().st_mode & 0o777 == 0o600


def test_killed_before_the_note_is_written(files: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step is done again, and must not mind."""
    step = Step()
    with monkeypatch.context() as patched:
        patched.setattr(Notes, "_write", _killed)
        with pytest.raises(KeyboardInterrupt):
            round_of(step, files, tmp_path)
    assert round_of(step, files, tmp_path) is not None and len(step.asked) == 2
    assert round_of(step, files, tmp_path) is None


def _killed(_: Notes) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": "trilink/watch/v9", "steps": {}}', b'{"steps": 7}'])
def test_notes_that_are_damaged_are_begun_anew(damage: bytes, files: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "watch.json").write_bytes(damage)
    assert round_of(Step(), files, tmp_path) is not None and Notes(tmp_path).done() == {"link 2026-11"}


NAMES = [  # file, its epoch and what follows, when two words do
    ("package.2026-11.mx.suspect.sealed", ("2026-11", ("mx", "suspect"))),
    ("package.2026.w47.mx.suspect.sealed", ("2026.w47", ("mx", "suspect"))),
    ("package.mx.suspect.sealed", None),
    ("package.sealed", None),
    (".package.2026-11.mx.suspect.sealed.0123.unfinished", None),
    ("list.2026-11.mx.1.sealed", None),
]


@pytest.mark.parametrize(("name", "said"), NAMES)
def test_names_of_files(name: str, said: tuple[str, tuple[str, ...]] | None, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert [(one.epoch, one.rest) for one in named(tmp_path, "package", 2)] == ([said] if said else [])
    assert list(by_epoch(named(tmp_path, "package", 2))) == ([said[0]] if said else [])
