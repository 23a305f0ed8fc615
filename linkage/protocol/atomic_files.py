"""Files and folders that are there completely or not at all: a fresh hidden name beside, fsync, rename, fsync of the folder.

Rules of this room:
1. Whoever writes under a fresh name holds its lock, which the kernel lets go of however the process dies; where a share has no locks,
   nothing is held.
2. What nobody holds any more a killed run left. It is removed by the first that writes into the same folder in a process.
3. What has taken its name survives a power cut: its bytes and its name are synced before the call returns.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
ORDINARY = 0o666  # less the umask: sealed files lie in folders that others read
FRESH = re.compile(r"\..+\.[0-9a-f]{16}\.begun")
_SWEPT: set[Path] = set()


@contextmanager
def written_whole(path: Path, mode: int = ORDINARY, *, replace: bool = True) -> Iterator[BinaryIO]:
    """A binary file that takes its name when the block ends well; after any failure nothing of it is left.

    With ``replace=False`` an existing file of that name stays as it is and ``FileExistsError`` is raised.
    """
    _sweep_once(path.parent)
    begun, descriptor = _held(path, lambda fresh: os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(begun, path)
        else:
            os.link(begun, path)  # unlike a rename, a link never takes the place of another file
    finally:
        begun.unlink(missing_ok=True)
    sync_folder(path.parent)


def add_lines(path: Path, lines: Iterable[bytes], mode: int = PRIVATE) -> None:
    """Lines (without their ends) after those of a file that is there: all of them or none, whatever happens, and its name is sure too.

    An unfinished last line is of a write that never returned, by a release that appended; it goes.
    """
    before = path.read_bytes() if path.exists() else b""
    with written_whole(path, mode) as file:
        file.write(before[: before.rfind(b"\n") + 1] + b"".join(line + b"\n" for line in lines))


def deleted_for_good(path: Path) -> None:
    """Delete a file or folder, if it is there, so that no power cut brings it back."""
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    else:
        return
    sync_folder(path.parent)


def marked(path: Path) -> None:
    """An empty private file that says by its name that something is done; a power cut does not take it."""
    path.touch(mode=PRIVATE)
    sync_folder(path.parent)


@contextmanager
def scratch_folder(home: Path, what: str) -> Iterator[Path]:
    """A new folder in ``home``, 0700, named after ``what``: it goes with everything in it, also after a kill (rule 2)."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep_once(home)
    folder, descriptor = _held(home / what, _new_folder)
    try:
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def folder_whole(path: Path) -> Iterator[Path]:
    """A folder, 0700, that takes its name when the block ends well, with all files that the block wrote into it; no subfolders.

    An empty folder of that name is replaced; ``OSError`` where it has files.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with scratch_folder(path.parent, path.name) as begun:
        yield begun
        for file in sorted(begun.iterdir()):
            sync_folder(file)
        sync_folder(begun)
        begun.replace(path)
    sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what killed runs left in the folder (rule 2)."""
    with suppress(FileNotFoundError):
        for name in sorted(entry.name for entry in os.scandir(folder) if FRESH.fullmatch(entry.name)):
            _remove_unheld(folder / name)


def sweep_below(folder: Path) -> None:
    """The same for the folder and everything in it."""
    for inner, _, _ in os.walk(folder):
        sweep(Path(inner))


def _sweep_once(folder: Path) -> None:
    """Scratch folders are ours alone and have a new name each time: they need no sweep, and would be remembered for ever."""
    if folder not in _SWEPT and not any(FRESH.fullmatch(part) for part in folder.parts):
        _SWEPT.add(folder)
        sweep(folder)


def _remove_unheld(path: Path) -> None:
    with suppress(OSError):  # held by a process that lives, gone meanwhile, or not ours
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        finally:
            os.close(descriptor)


def _held(path: Path, make: Callable[[Path], int]) -> tuple[Path, int]:
    """A hidden, fresh name in the same folder, hence on the same disk, made and locked (rule 1).

    Whoever sweeps between the two takes it away; then another one is made.
    """
    while True:
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.begun")
        try:
            descriptor = make(fresh)
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise
            continue
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return fresh, descriptor
        os.close(descriptor)


def _new_folder(path: Path) -> int:
    path.mkdir(mode=0o700)
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut; of a file, its bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
