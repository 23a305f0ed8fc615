"""Files that are there completely or not at all: temporary name in the same folder, fsync, rename."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
ORDINARY = 0o666  # less the umask: sealed files lie in folders that others read


@contextmanager
def written_whole(path: Path, mode: int = ORDINARY, *, replace: bool = True) -> Iterator[BinaryIO]:
    """A binary file that takes its name when the block ends well; after any failure nothing of it is left.

    With ``replace=False`` an existing file of that name stays as it is and ``FileExistsError`` is raised.
    """
    unfinished = unfinished_beside(path)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(unfinished, path)
        else:
            os.link(unfinished, path)  # unlike a rename, a link never takes the place of another file
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def unfinished_beside(path: Path) -> Path:
    """A hidden, fresh name in the same folder, hence on the same disk."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.unfinished")


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
