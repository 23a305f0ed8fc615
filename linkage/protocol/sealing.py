"""Seal a message to one party; everything that crosses the border goes through here (docs/spec/sealed.md).

The plain stream in the container is the manifest, the sender's signature, then the parts; the manifest comes first, so
that a wrong package is refused in a second whatever its size.

Rules of this room:
1. Signed, then sealed; the signature covers header and manifest, hence the addressee, and the manifest the parts' digests.
2. Written under a temporary name, noted in the sender's ledger, then renamed; after a failure nothing is left.
3. What this version would refuse to open it refuses to seal: the manifest is read back by the reader's own rules.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.container import CONTENT_KEY_BYTES, SIGNATURE_BYTES, Header, SealedWriter, signed_bytes
from linkage.protocol.errors import TrilinkError
from linkage.protocol.guarded import Guarded
from linkage.protocol.ledger import note_sealed, told_head
from linkage.protocol.manifest import KINDS, MAX_MANIFEST_BYTES, Draft, Manifest, Part, read_manifest
from linkage.protocol.opening import Expectation, OpenedMessage, open_sealed
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PublicKeys

__all__ = ["KINDS", "Draft", "Expectation", "Manifest", "OpenedMessage", "Part", "open_sealed", "seal"]

READ_BYTES = 1024 * 1024

Parts = Mapping[str, Path | bytes]


class _Drawn(Guarded):
    """The chance and time of one sealing: content key (32 bytes), message id (16 bytes), now."""

    __slots__ = ("content_key", "nonce", "now")

    def __init__(self, content_key: bytes, nonce: bytes, now: datetime) -> None:
        self.content_key = content_key
        self.nonce = nonce
        self.now = now


def seal(draft: Draft, parts: Parts, to: PublicKeys, by: PartyKeys, out: Path) -> Manifest:
    """Write the message to ``out``, signed by ``by`` and readable by ``to`` alone; parts stream, ordered by name."""
    drawn = _Drawn(os.urandom(CONTENT_KEY_BYTES), os.urandom(16), datetime.now(UTC))
    return _seal(draft, parts, (by, to), out, drawn)


def _seal(draft: Draft, parts: Parts, between: tuple[PartyKeys, PublicKeys], out: Path, drawn: _Drawn) -> Manifest:
    by, to = between
    manifest = _manifest(draft, parts, between, drawn)
    written = manifest.canonical()
    header = Header(
        kind=manifest.kind,
        sender=manifest.sender,
        recipient=manifest.recipient,
        recipient_key=to.fingerprint(),
        stream_bytes=4 + len(written) + SIGNATURE_BYTES + manifest.parts_bytes(),
    )
    with written_whole(out) as sink:
        writer = SealedWriter(sink, header, to, drawn.content_key)
        writer.write(len(written).to_bytes(4, "big") + written + by.sign(signed_bytes(header, written)))
        for part in manifest.parts:
            _write_part(writer, part, parts[part.name])
        writer.finish()
        note_sealed(manifest)
    return manifest


def _manifest(draft: Draft, parts: Parts, between: tuple[PartyKeys, PublicKeys], drawn: _Drawn) -> Manifest:
    """The manifest as its reader will see it: written out, then read by the reader's own rules."""
    by, to = between
    created = drawn.now.astimezone(UTC).replace(microsecond=0)
    manifest = Manifest(
        kind=draft.kind,
        sender=by.party,
        recipient=to.party,
        agreement=draft.agreement,
        epoch=draft.epoch,
        nonce=drawn.nonce.hex(),
        created=created,
        expires=created + draft.lifetime,
        parts=tuple(_part(name, parts[name]) for name in sorted(parts)),
        body=draft.body,
        head=told_head(by.party, to.party),
    )
    written = manifest.canonical()
    if len(written) > MAX_MANIFEST_BYTES or manifest.expires <= created:
        raise TrilinkError(f"{draft.kind} to {to.party}: its manifest is too large, or its lifetime not positive")
    return read_manifest(written, f"{draft.kind} to {to.party}")


def _part(name: str, source: Path | bytes) -> Part:
    digest, length = hashlib.sha256(), 0
    for piece in _pieces(source):
        digest.update(piece)
        length += len(piece)
    return Part(name, length, digest.hexdigest())


def _write_part(writer: SealedWriter, part: Part, source: Path | bytes) -> None:
    again = hashlib.sha256()
    for piece in _pieces(source):
        again.update(piece)
        writer.write(piece)
    if again.hexdigest() != part.sha256:
        raise TrilinkError(f"part {part.name} changed while it was being sealed")


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while piece := file.read(READ_BYTES):
            yield piece
