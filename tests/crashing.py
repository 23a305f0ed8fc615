"""A small rehearsal that is stopped at every change of the disk and run again: what came of it is compared with an undisturbed one.

Stopping is done twice over. At each change the folder is copied as it lies there, which is what a killed process leaves, and the copy is
run to its end; and for some of the changes a process is really killed. A power cut takes from the copy what was not synced
(``power_cut``). Everything is imported and compiled once, in a process that forks: a point costs what is left of the rehearsal.
"""

import hashlib
import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from prefect import Flow, Task

import flows._tasks
import flows.rehearsal
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from tests.power_cut import Volatile
from tests.rehearsed_meaning import Meaning, differences, meaning_of
from tests.watched_disk import Change, WatchedDisk

AGREEMENT = Path(__file__).resolve().parents[1] / "configs" / "agreement.toml"
SEED = 7
WAYS = {  # how, what it leaves
    "killed": "what was done before the change",
    "torn": "half of a write",
    "cut": "after a power cut, what was synced",
    "emptied": "after a power cut, all names, and the bytes that were synced",
    "signal": "a process that was really killed",
}
WAITING = 6  # copies that wait to be run again, at most


class Point(NamedTuple):
    """Where it was stopped: ``how`` is a key of ``WAYS``; at which change."""

    number: int
    how: str
    change: str


class Outcome(NamedTuple):
    point: Point
    found: list[str]


def small_corpus(folder: Path) -> Path:
    """Two owners with two dozen suspects, one of them with firearms: the least that has links and an entity type that one owner lacks."""
    invent(folder, plan("24", 0.3, "typical", seed=SEED))
    shutil.rmtree(folder / "ca")
    for name in ("mx/organization.csv", "us/organization.csv", "us/firearm.csv"):
        (folder / name).unlink()
    return folder


@contextmanager
def without_prefect() -> Iterator[None]:
    """The same flows as plain functions; and without the lab's page, which is drawn from files that are compared."""
    with ExitStack() as patches:
        for kind in (Flow, Task):
            patches.enter_context(mock.patch.object(kind, "__call__", lambda self, *args, **named: self.fn(*args, **named)))
        patches.enter_context(mock.patch.object(flows._tasks, "create_table_artifact"))
        patches.enter_context(mock.patch.object(flows.rehearsal, "write_report"))
        yield


def rehearse(data: Path, out: Path) -> None:
    with without_prefect():
        flows.rehearsal.rehearsal_flow(str(data), str(out), str(AGREEMENT), "threads", 1, SEED)


@dataclass
class Crashing:
    """A work folder with the corpus, what an undisturbed rehearsal of it means, and how many changes of the disk it makes."""

    folder: Path
    expected: Meaning = field(default_factory=dict)
    changes: int = 0
    _statuses: dict[int, int] = field(default_factory=dict)

    def prepare(self) -> "Crashing":
        """Run it undisturbed, watched, which also compiles what is compiled; twice, so that we know that nothing else differs."""
        data, out = small_corpus(self.folder / "data"), self.folder / "undisturbed"
        counted: list[Change] = []
        disk = WatchedDisk(out, counted.append)
        with disk.watching():
            rehearse(data, out)
        assert disk.strangers() == [], "files that were not seen being made"
        self.changes = sum(one.kind not in ("sync", "half") for one in counted)
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
        with os.fdopen(points_in, "rb") as points:
            for point in _read(points):
                out = self.folder / f"{point.number}-{point.how}"
                running[_forked(lambda: self._again(point, out), ())] = point, out  # noqa: B023
                while len(running) >= workers:
                    yield self._ended(running, tokens_out)
        while running:
            yield self._ended(running, tokens_out)
        while recorder not in self._statuses:
            self._wait()
        assert self._statuses[recorder] == 0, "the watched rehearsal failed"

    def _record(self, chosen: Callable[[int, str], bool], points: int, tokens: int) -> None:
        """In a process of its own: the watched rehearsal, and a copy at every chosen point."""
        out, kept = self.folder / "watched", self.folder / "kept"
        kept.mkdir()
        volatile, number, last = Volatile(out, kept), 0, dict[str, bytes]()

        def told(change: Change) -> None:
            nonlocal number
            if change.kind not in ("sync", "half"):
                number += 1
            for how in _ways(change.kind, bool(volatile)):
                if chosen(number, how):
                    copy = self._copied(out, number, how)
                    if how in ("cut", "emptied"):
                        volatile.cut(copy / "out", names=how == "cut")
                        before, last[how] = last.get(how), _digest(copy)
                        if before == last[how]:
                            shutil.rmtree(copy)
                            continue
                    os.read(tokens, 1)
                    os.write(points, _line(Point(number, how, f"{change.kind} {change.path.relative_to(out)}")))
            volatile.hear(change)

        with WatchedDisk(out, told).watching():
            rehearse(self.folder / "data", out)

    def _copied(self, out: Path, number: int, how: str) -> Path:
        copy = self.folder / f"{number}-{how}"
        copy.mkdir()
        if out.exists():
            shutil.copytree(out, copy / "out")
        return copy

    def _again(self, point: Point, folder: Path) -> None:
        out = folder / "out"
        if point.how == "signal":
            shutil.rmtree(out, ignore_errors=True)
            self._killed(point.number, out)
        try:
            rehearse(self.folder / "data", out)
            found = differences(self.expected, meaning_of(out))
        except Exception:
            found = [traceback.format_exc(chain=True)]
        (folder / "found").write_bytes(pickle.dumps(found))

    def _killed(self, number: int, out: Path) -> None:
        """A process of its own, killed at the change with this number."""

        def killed() -> None:
            seen = 0

            def told(change: Change) -> None:
                nonlocal seen
                seen += change.kind not in ("sync", "half")
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

            with WatchedDisk(out, told).watching():
                rehearse(self.folder / "data", out)

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
