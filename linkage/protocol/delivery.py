"""Carry sealed files from one exchange folder to another: on disk, over SFTP, to and from S3.

The rules of this room:
1. Only whole sealed files travel, and only to the party that their open header names; nothing is opened.
2. A file arrives whole or not at all, under its own name at the very end; a cut transfer is continued by the next one.
3. What has arrived stays: the same file is not carried twice, and another file of the same name is refused.
4. One file that cannot be carried does not keep the others back; it is told at the end.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec

from linkage.protocol.container import Header, read_header
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.lines import Lines
from linkage.protocol.mailbox import HEAD, AlreadyThere, FolderMailbox, Mailbox, Parcel
from linkage.protocol.mailbox_access import Accesses, check_address, read_accesses
from linkage.protocol.patience import Patience, Pulse, persist

Counts = dict[str, int]


class Route:
    """From where to where, with what access and how much patience; ``lines``: connections that other deliveries use too."""

    def __init__(
        self, source: str, target: str, access: Path | None = None, patience: Patience | None = None, lines: Lines | None = None
    ) -> None:
        self.source, self.target, self.lines = source, target, lines
        self.accesses, self.patience = read_accesses(access), patience or Patience()

    def shown(self) -> str:
        return f"from {self.source} to {self.target}"


def deliver(route: Route, recipient: str, kinds: tuple[str, ...]) -> Counts:
    """Copy the sealed files of these kinds addressed to ``recipient``; returns how many were carried, by kind.

    Files that are not sealed files of this version stay where they are; whoever opens the folder will say so. ``TrilinkError``
    names every file that should have travelled and could not, after the others have arrived.
    """
    carried, refused = dict.fromkeys(kinds, 0), dict[str, str]()

    def attempt(pulse: Pulse) -> None:
        with _opened(route, route.source) as here, _opened(route, route.target) as there:
            there.create()
            there.tidy()
            arrived = there.sealed()
            for name, header, parcel in _addressed(here, recipient, kinds, refused, pulse):
                carried[header.kind] += _carry((here, there), name, parcel, arrived.get(name), refused)

    persist(attempt, route.shown(), route.patience)
    if refused:
        raise TrilinkError("; ".join(f"{name}: {refused[name]}" for name in sorted(refused)))
    return carried


@contextmanager
def _opened(route: Route, address: str) -> Iterator[Mailbox]:
    mailbox, well = open_mailbox(address, route.accesses, route.lines), False
    try:
        yield mailbox
        well = True
    finally:
        mailbox.close(well=well)


def open_mailbox(address: str, accesses: Accesses, lines: Lines | None = None) -> Mailbox:
    """The exchange folder at an address: a path, ``sftp://``, ``s3://``, or anything else that fsspec knows."""
    check_address(address)
    scheme = address.partition("://")[0] if "://" in address else "file"
    if scheme in ("sftp", "ssh"):
        from linkage.protocol.mailbox_sftp import SftpMailbox

        return SftpMailbox(address, accesses.sftp(address), lines)
    if scheme == "s3":
        from linkage.protocol.mailbox_s3 import S3Mailbox, open_s3

        return S3Mailbox(open_s3(accesses.s3(address)), address.removeprefix("s3://"), address)
    system, path = fsspec.url_to_fs(address)
    return (FolderMailbox if scheme == "file" else Mailbox)(system, str(path), address)


def _addressed(
    here: Mailbox, recipient: str, kinds: tuple[str, ...], refused: dict[str, str], pulse: Pulse
) -> Iterator[tuple[str, Header, Parcel]]:
    """Every file for this recipient, ready to travel, in name order."""
    for name, size in here.sealed().items():
        head = here.between(name, 0, min(HEAD, size))
        header = _header(head, name)
        pulse.beat()
        if header is None or header.recipient != recipient or header.kind not in kinds:
            continue
        if size != header.file_bytes():
            refused[name] = f"{size} bytes lie there, its header says {header.file_bytes()}; it is not all written yet, or was damaged"
            continue
        yield name, header, _parcel(here, name, size, head, pulse)


def _header(head: bytes, name: str) -> Header | None:
    try:
        return read_header(io.BytesIO(head), name)
    except InvalidPackage:
        return None


def _parcel(here: Mailbox, name: str, size: int, head: bytes, pulse: Pulse) -> Parcel:
    """The mark is the digest of the file's length and beginning, which holds the wrapped key: no two seals share it."""

    def pieces(start: int) -> Iterator[bytes]:
        left = size - start
        for piece in here.pieces(name, start, size):
            left -= len(piece)
            pulse.beat()
            yield piece
        if left:
            raise TrilinkError(f"{name}: changed while it was being carried; it is not carried")

    return Parcel(size, hashlib.sha256(size.to_bytes(8, "big") + head).hexdigest()[:16], pieces, pulse.gain)


def _carry(between: tuple[Mailbox, Mailbox], name: str, parcel: Parcel, arrived: int | None, refused: dict[str, str]) -> int:
    """Copy one file; 1 if it was carried, 0 if it was there already or is refused."""
    here, there = between
    if arrived is None:
        try:
            there.put(name, parcel)
        except AlreadyThere:
            arrived = there.sealed().get(name)
        else:
            return 1
    if arrived != parcel.size or not _same(here, there, name, parcel.size):
        refused[name] = "another file of this name has arrived before; ask its sender which one holds"
    return 0


def _same(here: Mailbox, there: Mailbox, name: str, size: int) -> bool:
    """Whether beginning and end are the same: the wrapped key in the one, the last authenticated chunk in the other."""
    ends = [(0, min(HEAD, size)), (max(0, size - HEAD), size)]
    return all(here.between(name, *end) == there.between(name, *end) for end in ends)
