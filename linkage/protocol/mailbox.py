"""An exchange folder: where sealed files are left for others, on a disk, on an SFTP server or in an S3 bucket.

What a mailbox promises, wherever it lies:
1. Only files named like sealed ones are seen in it; unfinished ones have hidden names and are never taken for files.
2. A file appears whole or not at all, and never takes the place of another one of its name.
3. A transfer that was cut is continued where the place allows it, and begun anew where it does not; nobody sees the difference.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from fsspec import AbstractFileSystem

from linkage.protocol.atomic_files import sync_folder
from linkage.protocol.errors import TrilinkError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.sealed")
UNFINISHED = re.compile(rf"\.({NAME.pattern})\.[0-9a-f]+\.unfinished")
PIECE = 1 << 20  # bytes: what is in memory of a file on its way
HEAD = 64 * 1024  # bytes: header, wrapped key and most manifests; no two seals have the same


class Parcel:
    """One file on its way: its length in bytes, a mark that no other content has, its pieces from a byte on.

    ``gained`` is called when something has arrived that a new attempt need not send again.
    """

    def __init__(self, size: int, mark: str, pieces: Callable[[int], Iterator[bytes]], gained: Callable[[], object]) -> None:
        self.size, self.mark, self.pieces, self.gained = size, mark, pieces, gained

    def continue_into(self, write: Callable[[bytes], object], start: int) -> None:
        """Write what comes after ``start``; the first piece may have been there before, so it is no gain."""
        for number, piece in enumerate(self.pieces(start)):
            write(piece)
            if number:
                self.gained()


class AlreadyThere(TrilinkError):
    """A file of this name has come in between; whether it is the same one is looked at again."""


class Mailbox:
    """A folder that fsspec reaches and that can rename: the common way, which begins a cut transfer anew."""

    def __init__(self, system: AbstractFileSystem, path: str, address: str) -> None:
        self.system, self.path, self.address = system, path.rstrip("/") or path, address

    def create(self) -> None:
        """Make the folder, if it is not there."""
        self.system.makedirs(self.path, exist_ok=True)

    def sealed(self) -> dict[str, int]:
        """Names and lengths in bytes of the files that look like sealed ones, in name order."""
        listed = self.system.ls(self.path, detail=True)
        named = {str(entry["name"]).rpartition("/")[2]: entry for entry in listed if entry["type"] == "file"}
        return {name: int(named[name]["size"]) for name in sorted(named) if NAME.fullmatch(name)}

    def tidy(self) -> None:
        """Remove what is left of transfers whose file is there: of a process that was killed when the file had just taken its name."""
        names = {str(entry["name"]).rpartition("/")[2] for entry in self.system.ls(self.path, detail=True)}
        for left in sorted(names):
            whole = UNFINISHED.fullmatch(left)
            if whole and whole[1] in names:
                self.system.rm_file(self._at(left))

    def between(self, name: str, start: int, end: int) -> bytes:
        """The bytes of a file from ``start`` up to ``end``, or to its own end."""
        return bytes(self.system.cat_file(self._at(name), start=start, end=end))

    def pieces(self, name: str, start: int, size: int) -> Iterator[bytes]:
        """What a file of ``size`` bytes holds from ``start`` on, a piece at a time."""
        with self.system.open(self._at(name), "rb", block_size=PIECE) as file:
            file.seek(start)
            while piece := file.read(PIECE):
                yield piece

    def put(self, name: str, parcel: Parcel) -> None:
        """Take a file in; ``AlreadyThere`` when another transfer was first."""
        unfinished = self._unfinished(name, parcel)
        with self.system.open(unfinished, "wb") as target:
            for piece in parcel.pieces(0):
                target.write(piece)
        self.refuse_second(name)
        self.system.mv(unfinished, self._at(name))

    def refuse_second(self, name: str) -> None:
        if self.system.exists(self._at(name)):
            raise AlreadyThere(f"{self.address}: {name} is there already")

    def close(self, *, well: bool = False) -> None:
        """Let go of what is open towards a server; ``well``: nothing went wrong, so that others may use it."""

    def _at(self, name: str) -> str:
        return f"{self.path.rstrip('/')}/{name}"

    def _unfinished(self, name: str, parcel: Parcel) -> str:
        """The same content has the same hidden name, so that it can be continued; other content never has."""
        return self._at(f".{name}.{parcel.mark}.unfinished")


def continued(size: int, parcel: Parcel) -> int:
    """Where a transfer goes on of which ``size`` bytes are there: the last piece may be half written, so it is sent again."""
    return max(0, (size - 1) // PIECE * PIECE) if size <= parcel.size else 0


class FolderMailbox(Mailbox):
    """A folder of this machine or of a share that it has mounted: continued, fsynced, and linked into place."""

    def put(self, name: str, parcel: Parcel) -> None:
        unfinished, final = Path(self._unfinished(name, parcel)), Path(self._at(name))
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT, 0o666)
        with os.fdopen(descriptor, "r+b") as target:
            start = continued(os.fstat(descriptor).st_size, parcel)
            target.seek(start)
            target.truncate()
            parcel.continue_into(target.write, start)
            target.flush()
            os.fsync(descriptor)
        _linked(unfinished, final, self.address)
        for left in final.parent.glob(f".{name}.*unfinished"):
            left.unlink(missing_ok=True)
        sync_folder(final.parent)


def _linked(unfinished: Path, final: Path, address: str) -> None:
    """Unlike a rename, a link never takes the place of another file; shares without links get the rename."""
    taken = False
    try:
        os.link(unfinished, final)
    except FileExistsError:
        taken = True
    except OSError:
        taken = final.exists()
        if not taken:
            unfinished.replace(final)
    if taken:
        raise AlreadyThere(f"{address}: {final.name} is there already")
