"""A story (``crash_stories``) that is stopped at every change of the disk and told again; the end is compared with an undisturbed one's.

Stopping is done twice over. At each change the folder is copied as it lies there, which is what a killed process leaves, and the copy is
run to its end; and for some of the changes a process is really killed. A power cut takes from the copy what was not synced
(``power_cut``). Everything is imported and compiled once, in a process that forks: a point costs what is left of the story. What lies
there twice is run once.
"""

import hashlib
import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.crash_stories import ENDED, Story
from tests.power_cut import Volatile
from tests.rehearsed_meaning import Meaning, differences, meaning_of
from tests.watched_disk import Change, WatchedDisk

WAYS = {  # how, what it leaves
    "killed": "what was done before the change",
    "torn": "half of a write",
    "cut": "after a power cut, what was synced",
    "emptied": "after a power cut, all names, and the bytes that were synced",
    "signal": "a process that was really killed",
}
UNCOUNTED = ("sync", "half")
WAITING = 6  # copies that wait to be run again, at most


class Point(NamedTuple):
    """Where it was stopped: ``how`` is a key of ``WAYS``; at which change. ``again``: the same lies there as at a point before."""

    number: int
    how: str
    change: str
    again: bool = False


class Outcome(NamedTuple):
    point: Point
    found: list[str]


@dataclass
class Crashing:
    """A work folder, a story, what it means when nobody disturbs it, and how many changes of the disk it makes."""

    folder: Path
    story: Story
    expected: Meaning = field(default_factory=dict)
    changes: int = 0
    _statuses: dict[int, int] = field(default_factory=dict)

    def prepare(self) -> "Crashing":
        """Tell it undisturbed, watched, which also compiles what is compiled."""
        out = self.folder / "undisturbed"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.story.begin(out)
        counted: list[Change] = []
        disk = WatchedDisk(out, counted.append)
        before = {path for path in out.rglob("*") if path.is_file()}
        with disk.watching():
            self.story.tell(out)
        assert set(disk.strangers()) <= before, "files that were not seen being made"
        self.changes = sum(one.kind not in UNCOUNTED for one in counted)
        self.expected = meaning_of(out)
        return self

    def run(self, chosen: Callable[[int, str], bool], workers: int = 1) -> Iterator[Outcome]:
        """Stop at the chosen points (number of the change, how) and run each to the end; a sound one has nothing found."""
        points_in, points_out = os.pipe()
        tokens_in, tokens_out = os.pipe()
        os.write(tokens_out, b"." * WAITING)
        self._statuses.clear()
        recorder = _forked(lambda: self._record(chosen, points_out, tokens_in), (points_in, tokens_out))
        os.close(points_out)
        running: dict[int, tuple[Point, Path]] = {}
        try:
            with os.fdopen(points_in, "rb") as points:
                for point in _read(points):
                    if point.again:
                        yield Outcome(point, [])
                        continue
                    out = self.folder / f"{point.number}-{point.how}"
                    running[_forked(lambda: self._again(point, out), ())] = point, out  # noqa: B023
                    while len(running) >= workers:
                        yield self._ended(running, tokens_out)
            while running:
                yield self._ended(running, tokens_out)
            while recorder not in self._statuses:
                self._wait()
            assert self._statuses[recorder] == 0, "the watched story failed"
        finally:
            self._stop({recorder, *running} - self._statuses.keys())
            for pipe in (tokens_in, tokens_out):
                os.close(pipe)

    def _record(self, chosen: Callable[[int, str], bool], points: int, tokens: int) -> None:
        """In a process of its own: the watched story, and a copy at every chosen point that nothing else was like."""
        out, kept = self.folder / "watched", self.folder / "kept"
        kept.mkdir()
        self.story.begin(out)
        volatile, number, seen = Volatile(out, kept), 0, set[bytes]()

        def told(change: Change) -> None:
            nonlocal number
            if change.kind not in UNCOUNTED:
                number += 1
            for how in _ways(change.kind, bool(volatile)):
                if chosen(number, how):
                    copy = self._copied(out, number, how)
                    if how in ("cut", "emptied"):
                        volatile.cut(copy / "out", names=how == "cut")
                    digest = _digest(copy)
                    again = digest in seen and how != "signal"
                    seen.add(digest)
                    if again:
                        shutil.rmtree(copy)
                    else:
                        os.read(tokens, 1)
                    os.write(points, _line(Point(number, how, f"{change.kind} {change.path.relative_to(out)}", again)))
            volatile.hear(change)

        with WatchedDisk(out, told).watching():
            self.story.tell(out)

    def _copied(self, out: Path, number: int, how: str) -> Path:
        copy = self.folder / f"{number}-{how}"
        copy.mkdir()
        if out.exists():
            shutil.copytree(out, copy / "out")
        if (ended := Path(f"{out}{ENDED}")).exists():
            shutil.copy(ended, copy / f"out{ENDED}")
        return copy

    def _again(self, point: Point, folder: Path) -> None:
        out = folder / "out"
        if point.how == "signal":
            shutil.rmtree(out, ignore_errors=True)
            Path(f"{out}{ENDED}").unlink(missing_ok=True)
            self._killed(point.number, out)
        try:
            self.story.tell(out)
            found = differences(self.expected, meaning_of(out))
        except Exception:
            found = [traceback.format_exc(chain=True)]
        (folder / "found").write_bytes(pickle.dumps(found))

    def _killed(self, number: int, out: Path) -> None:
        """A process of its own, killed at the change with this number."""
        self.story.begin(out)

        def killed() -> None:
            seen = 0

            def told(change: Change) -> None:
                nonlocal seen
                seen += change.kind not in UNCOUNTED
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

            with WatchedDisk(out, told).watching():
                self.story.tell(out)

        assert os.waitpid(_forked(killed, ()), 0)[1] == signal.SIGKILL

    def _ended(self, running: dict[int, tuple[Point, Path]], tokens: int) -> Outcome:
        process = self._wait()
        while process not in running:
            process = self._wait()
        point, folder = running.pop(process)
        said = folder / "found"
        found = pickle.loads(said.read_bytes()) if said.exists() else ["it ends without a result"]
        shutil.rmtree(folder)
        os.write(tokens, b".")
        return Outcome(point, found)

    def _wait(self) -> int:
        process, status = os.wait()
        self._statuses[process] = status
        return process

    def _stop(self, processes: set[int]) -> None:
        """Whoever still runs when nobody asks for more."""
        for process in processes:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
        for left in [self.folder / "watched", self.folder / "kept", *self.folder.glob("*-*")]:
            shutil.rmtree(left, ignore_errors=True)
        Path(f"{self.folder / 'watched'}{ENDED}").unlink(missing_ok=True)


def _ways(kind: str, volatile: bool) -> Sequence[str]:
    if kind == "sync":
        return ()
    if kind == "half":
        return ("torn",)
    return tuple(how for how in WAYS if how != "torn" and (volatile or how in ("killed", "signal")))


def _digest(folder: Path) -> bytes:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(f"{path.relative_to(folder)}\0".encode() + (path.read_bytes() if path.is_file() else b""))
    return digest.digest()


def _line(point: Point) -> bytes:
    content = pickle.dumps(point)
    return len(content).to_bytes(4, "big") + content


def _read(points: "os.PathLike[str] | object") -> Iterator[Point]:
    while head := points.read(4):  # type: ignore[attr-defined]
        yield pickle.loads(points.read(int.from_bytes(head, "big")))  # type: ignore[attr-defined]


def _forked(work: Callable[[], None], closed: Sequence[int]) -> int:
    """A child that does the work and ends; 0 when it went well."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        for descriptor in closed:
            os.close(descriptor)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
