"""Seal a message to one party; everything that crosses the border goes through here (docs/spec/sealed.md).

The plain stream in the container is the manifest, the sender's signature, then the parts; the manifest comes first, so
that a wrong package is refused in a second whatever its size.

Rules of this room:
1. Signed, then sealed; the signature covers header and manifest, hence the addressee, and the manifest the parts' digests.
2. Written under a temporary name, noted in the sender's ledger, then renamed; after a failure nothing is left.
3. Where the length of a kind would tell a count, its stream is padded to a size class.
4. What this version would refuse to open it refuses to seal: the manifest is read back by the reader's own rules.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.container import CONTENT_KEY_BYTES, SIGNATURE_BYTES, Header, SealedWriter, signed_bytes
from linkage.protocol.errors import TrilinkError
from linkage.protocol.guarded import Guarded
from linkage.protocol.ledger import note_sealed, told_head
from linkage.protocol.manifest import KINDS, MAX_MANIFEST_BYTES, PADDING, Draft, Manifest, Part, read_manifest
from linkage.protocol.opening import Expectation, OpenedMessage, open_sealed
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.size_classes import padded_length

__all__ = ["KINDS", "Draft", "Expectation", "Manifest", "OpenedMessage", "Part", "open_sealed", "seal"]

READ_BYTES = 1024 * 1024

PADDED = ("package", "regroup_request", "regroup_answer", "list", "outcomes", "laboratory_links")

Parts = Mapping[str, Path | bytes]
Source = Path | bytes | int  # a file, content, or so many zeros


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
        stream_bytes=_stream_bytes(manifest),
    )
    with written_whole(out) as sink:
        writer = SealedWriter(sink, header, to, drawn.content_key)
        writer.write(len(written).to_bytes(4, "big") + written + by.sign(signed_bytes(header, written)))
        for part in manifest.parts:
            _write_part(writer, part, parts.get(part.name, part.bytes))
        writer.finish()
        note_sealed(manifest)
    return manifest


def _manifest(draft: Draft, parts: Parts, between: tuple[PartyKeys, PublicKeys], drawn: _Drawn) -> Manifest:
    """The manifest as its reader will see it: written out, then read by the reader's own rules."""
    if PADDING in parts:
        raise TrilinkError(f"{PADDING} is no name for a part")
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
    if draft.padded and draft.kind in PADDED:
        manifest = _padded(manifest)
    written = manifest.canonical()
    if len(written) > MAX_MANIFEST_BYTES or manifest.expires <= created:
        raise TrilinkError(f"{draft.kind} to {to.party}: its manifest is too large, or its lifetime not positive")
    return read_manifest(written, f"{draft.kind} to {to.party}")


def _padded(manifest: Manifest) -> Manifest:
    """With zeros as a further part, so many that the whole stream is as long as its size class, their own number included."""
    bare = _with_padding(manifest, 0)
    length = _stream_bytes(bare)
    target = padded_length(length)
    while True:
        for digits in range(1, 16):
            zeros = target - length - (digits - 1)
            if zeros >= 0 and len(str(zeros)) == digits:
                return _with_padding(manifest, zeros)
        target = padded_length(target + 1)  # no number of zeros is that long together with its digits


def _with_padding(manifest: Manifest, zeros: int) -> Manifest:
    parts = [*manifest.parts, _part(PADDING, zeros)]
    return replace(manifest, parts=tuple(sorted(parts, key=lambda part: part.name)))


def _stream_bytes(manifest: Manifest) -> int:
    return 4 + len(manifest.canonical()) + SIGNATURE_BYTES + manifest.parts_bytes()


def _part(name: str, source: Source) -> Part:
    digest, length = hashlib.sha256(), 0
    for piece in _pieces(source):
        digest.update(piece)
        length += len(piece)
    return Part(name, length, digest.hexdigest())


def _write_part(writer: SealedWriter, part: Part, source: Source) -> None:
    again = hashlib.sha256()
    for piece in _pieces(source):
        again.update(piece)
        writer.write(piece)
    if again.hexdigest() != part.sha256:
        raise TrilinkError(f"part {part.name} changed while it was being sealed")


def _pieces(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    if isinstance(source, int):
        for start in range(0, source, READ_BYTES):
            yield bytes(min(READ_BYTES, source - start))
        return
    with source.open("rb") as file:
        while piece := file.read(READ_BYTES):
            yield piece
