"""Open a sealed message: verify, then hand out (docs/spec/sealed.md).

Rules of this room:
1. Nothing is handed out before it is verified; ``open_sealed`` walks its numbered steps in their order.
2. Whatever is wrong is one ``InvalidPackage``: the file's name, a colon, one sentence; raised outside the ``except``.
3. Memory does not grow with the parts, and nothing is written but by ``extract``, which leaves all of them or none.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature

from linkage.protocol.atomic_files import PRIVATE, folder_whole
from linkage.protocol.container import SIGNATURE_BYTES, Header, SealedReader, signed_bytes
from linkage.protocol.errors import InvalidPackage, TrilinkError, about
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import MAX_MANIFEST_BYTES, PADDING, Manifest, Part, read_manifest, written_time
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PublicKeys

CLOCK_SKEW = timedelta(minutes=10)
SMALL_MESSAGE_BYTES = 64 * 1024 * 1024
MOST_BYTES = {
    "package": 2**40,
    "contribution": 2**16,
    "refusal": 2**16,
    "seizure_aggregates": 2**23,
    "outcomes": 2**27,
    "laboratory_links": 2**27,
}  # of a plain stream, by kind
MOST_BYTES_ELSE = 2**33


@dataclass(frozen=True)
class Expectation:
    """What the opening party awaits; ``epoch`` and ``senders`` are None where any known one will do."""

    kind: str
    agreement: str
    epoch: str | None
    now: datetime
    senders: frozenset[str] | None = None


@contextmanager
def open_sealed(path: Path, by: PartyKeys, senders: Mapping[str, PublicKeys], expect: Expectation) -> Iterator["OpenedMessage"]:
    """Verify everything but the parts, whose turn comes with ``extract`` or ``read_parts``; nothing is written here.

    ``senders`` are the public keys of the parties that may be believed, by name.
    """
    file = _opened_file(path)
    if file is None:
        raise InvalidPackage(f"{path.name}: not there, or not readable", "missing")
    with about(path), file:
        # 1. A container of this format version, complete
        reader = SealedReader(file, path.name)
        reader.check_length()
        # 2. Of the awaited kind, no larger than that gets, to us, by someone we await
        sender = _check_header(reader.header, by.public(), senders, expect, path.name)
        # 3. Sealed to our key, with exactly this header
        reader.unlock(by)
        # 4. The manifest arrived as it was written
        written, signature = _read_manifest_bytes(reader)
        # 5. Signed by the sender, for this header
        _check_signature(sender, signature, signed_bytes(reader.header, written), path.name)
        # 6. Understandable, and at one with the header
        manifest = read_manifest(written, path.name)
        _check_manifest_fits(manifest, reader.header, len(written), path.name)
        # 7. Under our agreement, of this epoch
        _check_agreement(manifest, expect, path.name)
        # 8. Neither expired nor from the future
        _check_time(manifest, expect.now, path.name)
        yield OpenedMessage(manifest, reader)


class OpenedMessage(Guarded):
    """A message whose manifest is verified; its parts can be read once, while the ``with`` block lasts."""

    __slots__ = ("_reader", "manifest")

    def __init__(self, manifest: Manifest, reader: SealedReader) -> None:
        self.manifest = manifest
        self._reader = reader

    def shown(self) -> str:
        return f"{self.manifest.kind} from {self.manifest.sender}, hidden"

    def extract(self, folder: Path) -> dict[str, Path]:
        """Write the parts into a new folder, mode 0700, that appears only when all of them are verified; constant memory."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise TrilinkError(f"{folder}: exists already and is not empty")
        if self.manifest.parts_bytes() > shutil.disk_usage(folder.parent).free:
            raise TrilinkError(f"{folder.parent}: no room for the {self.manifest.parts_bytes()} bytes of {self._reader.name}; make some")
        with folder_whole(folder) as begun:
            for part in self.manifest.parts:
                if part.name == PADDING:
                    self._read_padding(part)
                else:
                    self._extract_part(part, begun / part.name)
        return {part.name: folder / part.name for part in self.manifest.parts if part.name != PADDING}

    def read_parts(self, most: int | None = None) -> dict[str, bytes]:
        """The parts of a message of at most ``most`` bytes (64 MiB unless said), verified, in memory."""
        if self.manifest.parts_bytes() > (SMALL_MESSAGE_BYTES if most is None else most):
            raise InvalidPackage(f"{self._reader.name}: too large for a {self.manifest.kind} that is read into memory", "oversized")
        parts = {part.name: b"".join(self._verified(part)) for part in self.manifest.parts}
        parts.pop(PADDING, None)
        return parts

    def _read_padding(self, part: Part) -> None:
        for _ in self._verified(part):
            pass

    def _extract_part(self, part: Part, target: Path) -> None:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            for piece in self._verified(part):
                file.write(piece)

    def _verified(self, part: Part) -> Iterator[memoryview]:
        """The part's pieces; raises after the last one unless the digest is the signed one."""
        digest = hashlib.sha256()
        for piece in self._reader.pieces(part.bytes):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != part.sha256:
            raise InvalidPackage(f"{self._reader.name}: part {part.name} is not the one its manifest was signed for", "damaged")


def _opened_file(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _check_header(header: Header, us: PublicKeys, senders: Mapping[str, PublicKeys], expect: Expectation, name: str) -> PublicKeys:
    """The sender's keys, when the open header is what we await; nothing in it is proven yet."""
    if header.kind != expect.kind:
        raise InvalidPackage(f"{name}: is a {header.kind}, expected a {expect.kind}", "other_kind")
    most = MOST_BYTES.get(header.kind, MOST_BYTES_ELSE)
    if header.stream_bytes > most:
        raise InvalidPackage(f"{name}: {header.stream_bytes} bytes inside, and a {header.kind} has {most} at the most", "oversized")
    if header.recipient != us.party:
        raise InvalidPackage(f"{name}: addressed to {header.recipient}, and we are {us.party}", "misaddressed")
    awaited = sorted(senders if expect.senders is None else expect.senders & senders.keys())
    if header.sender not in awaited:
        raise InvalidPackage(f"{name}: from {header.sender}, awaited from {' or '.join(awaited) or 'nobody'}", "foreign")
    if header.recipient_key != us.fingerprint():
        raise InvalidPackage(
            f"{name}: sealed to the key {header.recipient_key}, ours is {us.fingerprint()}; "
            f"send {header.sender} our public keys and ask for it again",
            "old_key",
        )
    return senders[header.sender]


def _read_manifest_bytes(reader: SealedReader) -> tuple[bytes, bytes]:
    length = int.from_bytes(reader.read(4), "big")
    if length > MAX_MANIFEST_BYTES:
        raise InvalidPackage(f"{reader.name}: its manifest is larger than {MAX_MANIFEST_BYTES} bytes", "oversized")
    return reader.read(length), reader.read(SIGNATURE_BYTES)


def _check_signature(sender: PublicKeys, signature: bytes, message: bytes, name: str) -> None:
    if not _signed_by(sender, signature, message):
        raise InvalidPackage(f"{name}: not signed by {sender.party} with the key {sender.fingerprint()}", "not_signed")


def _signed_by(sender: PublicKeys, signature: bytes, message: bytes) -> bool:
    try:
        sender.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _check_manifest_fits(manifest: Manifest, header: Header, length: int, name: str) -> None:
    if (manifest.kind, manifest.sender, manifest.recipient) != (header.kind, header.sender, header.recipient):
        raise InvalidPackage(f"{name}: its manifest names another kind, sender or addressee than its header")
    if 4 + length + SIGNATURE_BYTES + manifest.parts_bytes() != header.stream_bytes:
        raise InvalidPackage(f"{name}: its parts are not as long as its manifest says")


def _check_agreement(manifest: Manifest, expect: Expectation, name: str) -> None:
    if manifest.agreement != expect.agreement:
        raise InvalidPackage(
            f"{name}: made under the agreement {manifest.agreement[:16]}, ours is {expect.agreement[:16]}; compare the files",
            "other_agreement",
        )
    if expect.epoch is not None and manifest.epoch != expect.epoch:
        raise InvalidPackage(f"{name}: of epoch {manifest.epoch}, expected {expect.epoch}", "other_epoch")


def _check_time(manifest: Manifest, now: datetime, name: str) -> None:
    if manifest.expires <= manifest.created:
        raise InvalidPackage(f"{name}: expires before it was created")
    if manifest.created > now + CLOCK_SKEW:
        raise InvalidPackage(f"{name}: created in the future, {written_time(manifest.created)}; compare the clocks", "clock")
    if manifest.expires <= now:
        raise InvalidPackage(f"{name}: expired on {written_time(manifest.expires)}; ask {manifest.sender} for a new one", "expired")
