"""A folder at home for what is worked on: only the owner reads it, and it goes with everything in it."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX, HELD = ".encoding-", "held"


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A new folder in ``home``; those that a killed run left there, which nobody holds any more, are removed first."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for held in home.glob(f"{PREFIX}*/{HELD}"):
        with held.open("wb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(held.parent)
    with tempfile.TemporaryDirectory(dir=home, prefix=PREFIX) as folder, (Path(folder) / HELD).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Path(folder)
