"""What is due: a step, and the sealed files that it stands on. Names of files are hints; the flows verify what is in them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Run = Callable[[Sequence[Path]], Mapping[str, Any]]


@dataclass(frozen=True)
class Due:
    """``what`` names the step and its epoch; it is done again, on the new ones, when ``inputs`` has files that it has not taken in.

    ``again``: it stands on no files and is done whenever it is due.
    """

    what: str
    inputs: tuple[Path, ...]
    run: Run
    again: bool = False


class Named(NamedTuple):
    """What a sealed file's name says: kind, epoch, and the rest between the dots (docs/spec/)."""

    path: Path
    epoch: str
    rest: tuple[str, ...]


def named(folder: Path, kind: str, parts: int) -> Iterator[Named]:
    """Files ``<kind>.<epoch>.<part>…​.sealed`` with so many parts after the epoch, in name order; an epoch may have dots of its own."""
    if folder.is_dir():
        for path in sorted(folder.glob(f"{kind}.*.sealed")):
            words = path.name.split(".")[1:-1]
            if len(words) > parts:
                yield Named(path, ".".join(words[: len(words) - parts]), tuple(words[len(words) - parts :]))


def by_epoch(files: Iterator[Named]) -> dict[str, list[Named]]:
    found: dict[str, list[Named]] = {}
    for one in files:
        found.setdefault(one.epoch, []).append(one)
    return found


def texts(paths: Sequence[Path]) -> list[str]:
    """Paths as flows take them."""
    return [str(path) for path in paths]
