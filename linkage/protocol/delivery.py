"""Carry sealed files from one folder to another: any folder that fsspec can reach, local by default.

The rules of this room:
1. Only sealed files travel, and only to the party that their open header names; nothing is opened.
2. A file arrives whole or not at all: it is written under a hidden temporary name and then renamed.
3. What has arrived stays: the same file is not carried twice, and another file of the same name is refused.
"""

from pathlib import PurePosixPath

import fsspec
from fsspec import AbstractFileSystem

from linkage.protocol.container import Header, read_header
from linkage.protocol.errors import InvalidPackage, TrilinkError

SUFFIX = ".sealed"
PIECE = 1 << 20  # bytes


def deliver(source: str, target: str, recipient: str, kinds: tuple[str, ...]) -> dict[str, int]:
    """Copy the sealed files of these kinds addressed to ``recipient``; returns how many were carried, by kind.

    Files that are not sealed files of this version stay where they are; whoever opens the folder will say so.
    """
    (here, from_folder), (there, to_folder) = _reached(source), _reached(target)
    there.makedirs(to_folder, exist_ok=True)
    carried = dict.fromkeys(kinds, 0)
    for path in sorted(here.glob(f"{from_folder}/*{SUFFIX}")):
        header = _header(here, path)
        if header is None or header.recipient != recipient or header.kind not in kinds:
            continue
        carried[header.kind] += _carry((here, path), (there, f"{to_folder}/{PurePosixPath(path).name}"))
    return carried


def _reached(folder: str) -> tuple[AbstractFileSystem, str]:
    system, path = fsspec.url_to_fs(folder)
    return system, str(path).rstrip("/")


def _header(system: AbstractFileSystem, path: str) -> Header | None:
    try:
        with system.open(path, "rb") as file:
            return read_header(file, PurePosixPath(path).name)
    except InvalidPackage:
        return None


def _carry(origin: tuple[AbstractFileSystem, str], goal: tuple[AbstractFileSystem, str]) -> int:
    """Copy one file; 1 if it was carried, 0 if it was there already."""
    (here, path), (there, arrived) = origin, goal
    if there.exists(arrived):
        if _same(origin, goal):
            return 0
        raise TrilinkError(f"{PurePosixPath(arrived).name}: another file of this name has arrived before; ask its sender which one holds")
    name = PurePosixPath(arrived)
    unfinished = str(name.with_name(f".{name.name}.unfinished"))
    with here.open(path, "rb") as source, there.open(unfinished, "wb") as target:
        while piece := source.read(PIECE):
            target.write(piece)
    there.mv(unfinished, arrived)
    return 1


def _same(one: tuple[AbstractFileSystem, str], other: tuple[AbstractFileSystem, str]) -> bool:
    with one[0].open(one[1], "rb") as left, other[0].open(other[1], "rb") as right:
        while piece := left.read(PIECE):
            if piece != right.read(len(piece)):
                return False
        return not right.read(1)
