"""The sealed container's bytes: prelude, wrapped content key, encrypted chunks (docs/spec/sealed.md).

A plain stream of known length is encrypted in chunks, each under a counter and a last-chunk flag, after age's STREAM
[Hoang2015]; so a file larger than memory streams, and chunks cannot be dropped, repeated, swapped or appended. What the
stream means (manifest, signature, parts) is the business of ``sealing``.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import KINDS
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PARTY_NAME, PublicKeys

FORMAT = "trilink/sealed/v1"
MAGIC = b"TRILINK"
VERSION = 1
MAX_HEADER_BYTES = 4096
CONTENT_KEY_BYTES = 32
SIGNATURE_BYTES = 64
WRAPPED_KEY_BYTES = CONTENT_KEY_BYTES + 1136  # ML-KEM-768 ciphertext 1,088, X25519 share 32, tag 16
CHUNK_BYTES = 64 * 1024
TAG_BYTES = 16
MAX_STREAM_BYTES = 2**50

_FINGERPRINT = re.compile(r"[a-z2-7]{4}(-[a-z2-7]{4}){4}")


@dataclass(frozen=True)
class Header:
    """What anyone on the way may read: kind, addresses, the recipient's key fingerprint, the plain stream's length."""

    kind: str
    sender: str
    recipient: str
    recipient_key: str
    stream_bytes: int

    def canonical(self) -> bytes:
        return canonical_json(
            {
                "format": FORMAT,
                "kind": self.kind,
                "from": self.sender,
                "to": self.recipient,
                "to_key": self.recipient_key,
                "bytes": self.stream_bytes,
            }
        )

    def prelude(self) -> bytes:
        """Magic, version, length, header: the beginning of the file, bound into every key that follows."""
        header = self.canonical()
        return MAGIC + bytes([VERSION]) + len(header).to_bytes(4, "big") + header

    def file_bytes(self) -> int:
        """How long the whole file is, to the byte."""
        return len(self.prelude()) + WRAPPED_KEY_BYTES + self.stream_bytes + self.chunks() * TAG_BYTES

    def chunks(self) -> int:
        return -(-self.stream_bytes // CHUNK_BYTES)


class SealedWriter(Guarded):
    """Encrypts one plain stream of exactly ``header.stream_bytes`` bytes into a file, in constant memory."""

    __slots__ = ("_buffer", "_chunk", "_cipher", "_header", "_left", "_sink")

    def __init__(self, sink: BinaryIO, header: Header, to: PublicKeys, content_key: bytes) -> None:
        prelude = header.prelude()
        sink.write(prelude)
        sink.write(to.wrap(content_key, _wrapping_info(prelude)))
        self._sink = sink
        self._header = header
        self._cipher = AESGCM(_chunk_key(content_key, prelude))
        self._buffer = bytearray()
        self._chunk = 0
        self._left = header.stream_bytes

    def write(self, data: bytes) -> None:
        """Whole chunks are encrypted where they lie; only what is left over at an end waits in a buffer."""
        self._left -= len(data)
        rest = memoryview(data)
        if self._buffer:
            missing = CHUNK_BYTES - len(self._buffer)
            self._buffer += rest[:missing]
            rest = rest[missing:]
            if len(self._buffer) == CHUNK_BYTES:
                self._encrypt(self._buffer)
                self._buffer = bytearray()
        while len(rest) >= CHUNK_BYTES:
            self._encrypt(rest[:CHUNK_BYTES])
            rest = rest[CHUNK_BYTES:]
        self._buffer += rest

    def finish(self) -> None:
        """Write what is left; ``ValueError`` when the stream was not as long as its header says."""
        if self._buffer:
            self._encrypt(self._buffer)
        if self._left:
            raise ValueError("the stream is not as long as its header says")

    def _encrypt(self, plain: bytearray | memoryview) -> None:
        last = self._chunk == self._header.chunks() - 1
        self._sink.write(self._cipher.encrypt(_nonce(self._chunk, last), plain, None))
        self._chunk += 1


class SealedReader(Guarded):
    """Decrypts one container from an open file; every failure is an ``InvalidPackage`` that begins with ``name``."""

    __slots__ = ("_chunk", "_cipher", "_file", "_plain", "_prelude", "header", "name")

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self.name = name
        self.header = read_header(file, name)
        self._prelude = self.header.prelude()
        self._cipher: AESGCM | None = None
        self._plain = memoryview(b"")
        self._chunk = 0

    def check_length(self) -> None:
        """The file is there from first to last byte, and nothing follows."""
        found, expected = os.fstat(self._file.fileno()).st_size, self.header.file_bytes()
        if found < expected:
            raise InvalidPackage(f"{self.name}: cut short, {found} of {expected} bytes are there; fetch it again", "truncated")
        if found > expected:
            raise InvalidPackage(f"{self.name}: {found - expected} bytes follow its end", "oversized")

    def unlock(self, by: PartyKeys) -> None:
        """Unwrap the content key; what follows can then be read."""
        content_key = _unwrapped(by, self._file.read(WRAPPED_KEY_BYTES), _wrapping_info(self._prelude))
        if content_key is None or len(content_key) != CONTENT_KEY_BYTES:
            raise InvalidPackage(f"{self.name}: does not open with our key; its beginning was altered", "damaged")
        self._cipher = AESGCM(_chunk_key(content_key, self._prelude))

    def read(self, count: int) -> bytes:
        return b"".join(self.pieces(count))

    def pieces(self, count: int) -> Iterator[memoryview]:
        """The next ``count`` bytes of the plain stream, at most one chunk at a time."""
        while count:
            if not self._plain:
                self._plain = memoryview(self._decrypted_chunk())
            piece, self._plain = self._plain[:count], self._plain[count:]
            count -= len(piece)
            yield piece

    def _decrypted_chunk(self) -> bytes:
        chunks = self.header.chunks()
        if self._cipher is None or self._chunk >= chunks:
            raise InvalidPackage(f"{self.name}: holds less than it promises", "damaged")
        nonce = _nonce(self._chunk, self._chunk == chunks - 1)
        plain = _decrypted(self._cipher, nonce, self._file.read(CHUNK_BYTES + TAG_BYTES))
        self._chunk += 1
        if plain is None:
            raise InvalidPackage(f"{self.name}: altered in chunk {self._chunk} of {chunks}; fetch it again", "damaged")
        return plain


def signed_bytes(header: Header, manifest: bytes) -> bytes:
    """What the sender signs: the purpose, then header and manifest, each after its length."""
    fields = [header.canonical(), manifest]
    return b"trilink/v1/sealed/signature\0" + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def read_header(file: BinaryIO, name: str) -> Header:
    """Magic, version and header, each key understood; nothing in it is trusted yet."""
    start = file.read(len(MAGIC) + 5)
    if start[: len(MAGIC)] != MAGIC:
        raise InvalidPackage(f"{name}: not a sealed file of trilink", "not_sealed")
    if start[len(MAGIC) : len(MAGIC) + 1] != bytes([VERSION]):
        raise InvalidPackage(f"{name}: sealed in another format version; this version of trilink opens {FORMAT}", "other_version")
    length = int.from_bytes(start[len(MAGIC) + 1 :], "big")
    content = read_canonical(file.read(length)) if length <= MAX_HEADER_BYTES else None
    if content is None:
        raise InvalidPackage(f"{name}: its header is damaged", "damaged")
    if content.get("format") != FORMAT:
        raise InvalidPackage(f"{name}: sealed in another format version; this version of trilink opens {FORMAT}", "other_version")
    if not _is_header(content):
        raise InvalidPackage(f"{name}: its header is damaged, or of an unknown kind", "damaged")
    return Header(content["kind"], content["from"], content["to"], content["to_key"], content["bytes"])


def _is_header(content: dict[str, object]) -> bool:
    texts = {"kind": re.compile("|".join(KINDS)), "from": PARTY_NAME, "to": PARTY_NAME, "to_key": _FINGERPRINT}
    length = content.get("bytes")
    return (
        set(content) == {"format", "bytes", *texts}
        and all(isinstance(text := content[key], str) and pattern.fullmatch(text) for key, pattern in texts.items())
        and type(length) is int
        and 0 < length <= MAX_STREAM_BYTES
    )


def _unwrapped(by: PartyKeys, wrapped: bytes, info: bytes) -> bytes | None:
    try:
        return by.unwrap(wrapped, info)
    except (InvalidTag, ValueError):
        return None


def _decrypted(cipher: AESGCM, nonce: bytes, sealed: bytes) -> bytes | None:
    try:
        return cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        return None


def _wrapping_info(prelude: bytes) -> bytes:
    return b"trilink/v1/sealed/content-key\0" + prelude


def _chunk_key(content_key: bytes, prelude: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"trilink/v1/sealed/chunks\0" + prelude).derive(content_key)


def _nonce(chunk: int, last: bool) -> bytes:
    """Never twice under one content key: 11 bytes counter, 1 byte last-chunk flag."""
    return chunk.to_bytes(11, "big") + bytes([last])
