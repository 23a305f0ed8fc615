"""A disk that is watched: every change below one folder is told before it happens, so that what a killed process leaves can be kept.

No line of the product knows of it: ``os`` and ``io`` are wrapped in the process of the test. Rules of this room:
1. A change is told before it is made; of a write of several bytes the half is told too, when it lies on the disk.
2. One change at a time, also of several threads, so that whoever is told can copy the folder.
3. What Python does not write itself (native writers) is not seen; ``strangers`` names files that came so, and whoever compares asks it.
4. SQLite writes natively, but only when it is told to: every statement and every commit of SQLAlchemy is a change of its database.
"""

import builtins
import io
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import sqlalchemy as sa

WRITES = frozenset("wax+")


class Change(NamedTuple):
    """``kind`` is one of create, write, half, truncate, rename, link, unlink, mkdir, rmdir, sync, statement, commit; ``to`` is the end of a
    rename or link, ``length`` what a truncated file is cut to, in bytes."""

    kind: str
    path: Path
    to: Path | None = None
    length: int = 0


Told = Callable[[Change], object]


class WatchedDisk:
    """The folder ``root`` (absolute) while ``watching`` lasts; ``told`` hears of each change."""

    def __init__(self, root: Path, told: Told) -> None:
        self.root, self._tell = root, told
        self._lock = threading.RLock()
        self._open: dict[int, Path] = {}
        self._seen: set[Path] = set()

    def strangers(self) -> list[Path]:
        """Files below the folder of whose making nobody was told (rule 3)."""
        return sorted(path for path in self.root.rglob("*") if path.is_file() and path not in self._seen)

    @contextmanager
    def watching(self) -> Iterator["WatchedDisk"]:
        opener = self._opener(io.open)
        with (
            mock.patch.multiple(os, **self._os()),
            mock.patch.object(io, "open", opener),
            mock.patch.object(builtins, "open", opener),
            mock.patch.object(shutil, "_USE_CP_SENDFILE", new=False),
            self._databases(),
        ):
            yield self

    @contextmanager
    def _databases(self) -> Iterator[None]:
        """Rule 4."""

        def heard(kind: str, connection: sa.Connection) -> None:
            where = self._where(connection.engine.url.database or "")
            if where is not None and connection.dialect.name == "sqlite":
                with self._lock:
                    self._tell(Change(kind, where))
                    self._seen |= {where.with_name(where.name + ending) for ending in ("", "-wal", "-shm")}

        hooks = {"before_cursor_execute": lambda connection, *_: heard("statement", connection), "commit": partial(heard, "commit")}
        for name, hook in hooks.items():
            sa.event.listen(sa.Engine, name, hook)
        try:
            yield
        finally:
            for name, hook in hooks.items():
                sa.event.remove(sa.Engine, name, hook)

    def written(self, path: Path, data: Any, write: Callable[[Any], int | None]) -> int:
        """Rule 1 for one write, in two halves where it has several bytes."""
        with self._lock:
            whole = memoryview(data).cast("B")
            self._tell(Change("write", path))
            if len(whole) > 1:
                write(whole[: len(whole) // 2])
                self._tell(Change("half", path))
                write(whole[len(whole) // 2 :])
            elif len(whole):
                write(whole)
            return len(whole)

    def told(self, change: Change, make: Callable[[], Any]) -> Any:
        """Make a change, told before where it will be one."""
        with self._lock:
            if _changes(change):
                self._tell(change)
            made = make()
            self._note(change)
            return made

    def _note(self, change: Change) -> None:
        kind, path, to, _ = change
        if kind == "create":
            self._seen.add(path)
        elif kind == "link" and to is not None:
            self._seen.add(to)
        elif kind == "unlink":
            self._seen.discard(path)
        elif kind == "rename" and to is not None:
            moved = {one for one in self._seen if one == path or path in one.parents}
            self._seen = (self._seen - moved) | {to / one.relative_to(path) if one != path else to for one in moved}

    def _where(self, path: Any, dir_fd: int | None = None) -> Path | None:
        """The absolute path, where it is below the folder."""
        if isinstance(path, int):
            return self._open.get(path)
        base = self._open.get(dir_fd) if dir_fd is not None else Path.cwd()
        where = base / os.fsdecode(path) if base is not None else None
        return where if where is not None and (where == self.root or self.root in where.parents) else None

    def _opener(self, honest: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, mode: str = "r", buffering: int = -1, *text: Any, **named: Any) -> Any:
            path = self._where(file)
            if path is None or not WRITES & set(mode):
                return honest(file, mode, buffering, *text, **named)
            raw = self._raw(path, file, mode, named.pop("closefd", True))
            if buffering == 0:
                return raw
            buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            named.pop("opener", None)
            return buffer if "b" in mode else io.TextIOWrapper(buffer, *text, **named)

        return opened

    def _raw(self, path: Path, file: Any, mode: str, closefd: bool) -> io.RawIOBase:
        plain = mode.replace("b", "").replace("t", "")
        make = lambda: WatchedFile(self, path, file, plain, closefd)  # noqa: E731
        if isinstance(file, int) or ("w" not in mode and path.exists()):
            return make()  # type: ignore[no-any-return]
        return self.told(Change("truncate" if path.exists() else "create", path), make)  # type: ignore[no-any-return]

    def _os(self) -> dict[str, Callable[..., Any]]:
        """The functions of ``os`` that change a disk, wrapped."""
        one = {name: self._one(kind, getattr(os, name)) for name, kind in
               (("unlink", "unlink"), ("remove", "unlink"), ("mkdir", "mkdir"), ("rmdir", "rmdir"), ("truncate", "truncate"))}  # fmt: skip
        two = {name: self._two(kind, getattr(os, name)) for name, kind in (("rename", "rename"), ("replace", "rename"), ("link", "link"))}
        on_open = {name: self._one(kind, getattr(os, name)) for name, kind in
                   (("fsync", "sync"), ("fdatasync", "sync"), ("ftruncate", "truncate"))}  # fmt: skip
        return {
            **one,
            **two,
            **on_open,
            "open": self._os_open(os.open),
            "close": self._os_close(os.close),
            "write": self._os_write(os.write),
        }

    def _one(self, kind: str, honest: Callable[..., Any]) -> Callable[..., Any]:
        def changed(path: Any, *arguments: Any, **named: Any) -> Any:
            where = self._where(path, named.get("dir_fd"))
            make = lambda: honest(path, *arguments, **named)  # noqa: E731
            length = int(arguments[0]) if kind == "truncate" else 0
            return make() if where is None else self.told(Change(kind, where, None, length), make)

        return changed

    def _two(self, kind: str, honest: Callable[..., Any]) -> Callable[..., Any]:
        def changed(path: Any, to: Any, **named: Any) -> Any:
            where, there = self._where(path), self._where(to)
            make = lambda: honest(path, to, **named)  # noqa: E731
            return make() if where is None or there is None else self.told(Change(kind, where, there), make)

        return changed

    def _os_open(self, honest: Callable[..., int]) -> Callable[..., int]:
        def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            where = self._where(path, dir_fd)
            make = lambda: honest(path, flags, mode, dir_fd=dir_fd)  # noqa: E731
            if where is None:
                return make()
            there = where.exists()
            kind = "truncate" if there and flags & os.O_TRUNC else "create" if not there and flags & os.O_CREAT else ""
            descriptor: int = self.told(Change(kind, where), make) if kind else make()
            self._open[descriptor] = where
            return descriptor

        return opened

    def _os_close(self, honest: Callable[[int], None]) -> Callable[[int], None]:
        def closed(descriptor: int) -> None:
            self._open.pop(descriptor, None)
            honest(descriptor)

        return closed

    def _os_write(self, honest: Callable[..., int]) -> Callable[..., int]:
        def wrote(descriptor: int, data: Any) -> int:
            where = self._where(descriptor)
            return honest(descriptor, data) if where is None else self.written(where, data, lambda some: honest(descriptor, some))

        return wrote


def _changes(change: Change) -> bool:
    """Whether it will change the disk: not the making of a folder that is there, nor the removal of what is not there."""
    there = change.path.exists()
    if change.kind == "truncate":
        return there and change.path.stat().st_size != change.length
    return not there if change.kind == "mkdir" else there or change.kind == "create"


class WatchedFile(io.FileIO):
    """A file below the folder, opened for writing; buffers above it write through it."""

    def __init__(self, disk: WatchedDisk, path: Path, file: Any, mode: str, closefd: bool) -> None:
        super().__init__(file, mode, closefd)
        self._disk, self._path = disk, path
        disk._open[self.fileno()] = path

    def write(self, data: Any) -> int:
        return self._disk.written(self._path, data, super().write)

    def truncate(self, size: int | None = None) -> int:
        length = self.tell() if size is None else size
        return self._disk.told(Change("truncate", self._path, None, length), lambda: io.FileIO.truncate(self, size))  # type: ignore[no-any-return]

    def close(self) -> None:
        if not self.closed:
            self._disk._open.pop(self.fileno(), None)
        super().close()
