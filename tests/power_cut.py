"""What a power cut leaves: of everything that was written, only what was synced is sure (fsync(2)); the rest is taken back or emptied.

The least that POSIX lets a program rely on, with one mercy that every file system with a journal has: a folder is there when something
in it was synced. Rules of this room:
1. Bytes of a file written since it was last synced are gone: it is as long as it was then.
2. Names made, changed or taken away in a folder since the folder was last synced are as they were before; or, for a file system may
   bring names before bytes to the disk, they are all there (``names=False``).
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.watched_disk import Change

Undo = Callable[[Callable[[Path], Path]], None]  # is given where a path of the watched folder lies in the copy


@dataclass
class Named:
    """One change of a name: in which folder, as that is called now; a rename keeps its ends, for what came before has other names."""

    folder: Path
    undo: Undo
    made: Path | None = None
    renamed: tuple[Path, Path] | None = None
    sure: bool = False


@dataclass
class Volatile:
    """What is not sure yet below ``root``; hears the same changes as the copier. Taken-over files are kept in ``kept``."""

    root: Path
    kept: Path
    _lengths: dict[Path, int] = field(default_factory=dict)
    _names: list[Named] = field(default_factory=list)
    _count: int = 0

    def __bool__(self) -> bool:
        return bool(self._lengths) or any(not one.sure for one in self._names)

    def hear(self, change: Change) -> None:
        """Called before the change is made."""
        kind, path, to, length = change
        if kind == "write":
            self._lengths.setdefault(path, path.stat().st_size)
        elif kind == "truncate":
            self._lengths[path] = min(self._lengths.get(path, length), length)
        elif kind == "sync":
            self._sync(path)
        elif kind == "create":
            self._add(Named(path.parent, lambda at: at(path).unlink(missing_ok=True), path))
        elif kind == "mkdir" and not path.exists():
            self._add(Named(path.parent, lambda at: shutil.rmtree(at(path), ignore_errors=True), path))
        elif kind == "link" and to is not None and not to.exists():
            self._add(Named(to.parent, lambda at: at(to).unlink(missing_ok=True), to))
        elif kind == "unlink" and path.exists():
            old = self._keep(path)
            self._add(Named(path.parent, lambda at: _put(old, at(path))))
        elif kind == "rename" and to is not None and path.exists():
            self._rename(path, to)

    def cut(self, copy: Path, *, names: bool = True) -> None:
        """Make of a copy of the folder what a power cut at this moment leaves, with or without the loss of names."""
        moved: list[tuple[Path, Path]] = []

        def at(path: Path) -> Path:
            for old, new in reversed(moved):
                path = _moved(path, old, new)
            return copy / path.relative_to(self.root)

        for path, length in self._lengths.items():
            there = copy / path.relative_to(self.root)
            if there.is_file() and there.stat().st_size > length:
                os.truncate(there, length)
        for one in reversed(self._names if names else []):
            if one.sure and one.renamed:
                moved.append(one.renamed)
            elif not one.sure:
                one.undo(at)

    def _add(self, one: Named) -> None:
        self._names.append(one)

    def _sync(self, path: Path) -> None:
        self._lengths.pop(path, None)
        for one in self._names:
            if one.folder == path or (one.made is not None and one.made in path.parents and one.renamed is None):
                one.sure = True
        self._names = [one for one in self._names if not one.sure or one.renamed]

    def _rename(self, path: Path, to: Path) -> None:
        old = self._keep(to) if to.is_file() else None

        def undo(at: Callable[[Path], Path]) -> None:
            if at(to).exists():
                os.replace(at(to), at(path))
            if old is not None:
                _put(old, at(to))

        for one in self._names:
            one.folder = _moved(one.folder, path, to)
            one.made = _moved(one.made, path, to) if one.made else None
        self._add(Named(to.parent, undo, None, (path, to)))
        self._lengths = {_moved(file, path, to): length for file, length in self._lengths.items() if file != to}

    def _keep(self, path: Path) -> Path:
        self._count += 1
        old = self.kept / str(self._count)
        os.link(path, old)
        return old


def _moved(path: Path, old: Path, new: Path) -> Path:
    return new / path.relative_to(old) if path == old or old in path.parents else path


def _put(old: Path, there: Path) -> None:
    if there.parent.is_dir():
        shutil.copy2(old, there)
