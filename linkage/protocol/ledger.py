"""What a party has received: an append-only file of message ids, so that no message counts twice.

Format ``trilink/received/v1``: JSON lines, the first naming the format; one ledger per party, at home, never sent.
A line is written and fsynced before ``record`` returns, so a line without its newline belongs to a power cut during a
``record`` that never returned: it is ignored, and the next record takes its place.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from linkage.protocol.atomic_files import sync_folder
from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.manifest import Manifest

FORMAT = "trilink/received/v1"
FIRST_LINE = canonical_json({"format": FORMAT}) + b"\n"
KEYS = {"entity", "epoch", "from", "id", "kind", "manifest", "run"}

Line = dict[str, str | None]


class Received:
    """The received-ledger in one file; processes take turns by a lock on it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, manifest: Manifest, run: str) -> bool:
        """Note the message for this run; True when it is new, False when this run has it already (a rerun continues).

        ``InvalidPackage`` when another run had it (a replay), or when its sender already sent another message of this
        kind for the same epoch and entity (``body["entity"]``): one of the two must be wrong, and a person decides.
        """
        return self.record_all([manifest], run) == 1

    def record_all(self, manifests: Iterable[Manifest], run: str) -> int:
        """Note all of the messages or, when one of them is refused as in ``record``, none; returns how many are new."""
        fresh: list[Line] = []
        with self._locked() as file:
            lines = self._read(file)
            for new in (_line(manifest, run) for manifest in manifests):
                if not any(_same_message(line, new, self._path.name) for line in lines + fresh):
                    _refuse_second(lines + fresh, new)
                    fresh.append(new)
            file.write(b"".join(canonical_json(line) + b"\n" for line in fresh))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._path.parent)  # the file itself may be new
        return len(fresh)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file closes
            yield file

    def _read(self, file: BinaryIO) -> list[Line]:
        """All whole lines; the file is cut after the last of them, ready to be written on."""
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        file.seek(len(whole))
        file.truncate()
        if not whole:
            file.write(FIRST_LINE)
            return []
        first, *written = whole.splitlines(keepends=True)
        if first != FIRST_LINE:
            raise TrilinkError(f"{self._path.name}: not a received-ledger of format {FORMAT}")
        lines = [read_canonical(line.removesuffix(b"\n")) for line in written]
        for number, line in enumerate(lines, start=2):
            if line is None or set(line) != KEYS:
                raise TrilinkError(f"{self._path.name}, line {number}: damaged; restore the ledger before going on")
        return [line for line in lines if line is not None]


def _line(manifest: Manifest, run: str) -> Line:
    entity = manifest.body.get("entity")
    return {
        "entity": entity if isinstance(entity, str) else None,
        "epoch": manifest.epoch,
        "from": manifest.sender,
        "id": manifest.nonce,
        "kind": manifest.kind,
        "manifest": manifest.digest(),
        "run": run,
    }


def _same_message(line: Line, new: Line, ledger: str) -> bool:
    """Whether this very message is noted for this very run; a replay or a reused id is refused."""
    if line["id"] != new["id"] and line["manifest"] != new["manifest"]:
        return False
    if line == new:
        return True
    raise InvalidPackage(
        f"{new['kind']} {new['id']} from {new['from']}: replayed, {ledger} has it from run {line['run']}"
        if line["manifest"] == new["manifest"]
        else f"{new['kind']} {new['id']} from {new['from']}: {ledger} has another message under this id",
        "replayed" if line["manifest"] == new["manifest"] else "second",
        (str(new["id"]),),
    )


def _refuse_second(lines: list[Line], new: Line) -> None:
    for line in lines:
        if all(line[key] == new[key] for key in ("from", "kind", "epoch", "entity")):
            about = f" about {new['entity']}" if new["entity"] else ""
            raise InvalidPackage(
                f"{new['kind']} {new['id']} from {new['from']}{about}: in epoch {new['epoch']} it already sent another one, "
                f"{line['id']} in run {line['run']}; ask which one holds",
                "second",
                (str(new["id"]),),
            )
