"""A short statement that a party signs and everybody may read: signatures under the agreement, new keys, revoked keys (docs/spec/keys.md).

Rules of this room:
1. A statement is canonical JSON that names its format, who says it, with which key and when; the signature covers all of it.
2. The format is part of what is signed, so that a statement of one kind never passes for another.
3. A file proves nothing before ``verify``, and then only what the keys prove that the caller believes.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidStatement
from linkage.protocol.manifest import TIME, written_time
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PublicKeys

DOMAIN = b"trilink/v1/statement\0"
TEXTS = ("format", "by", "key", "made", "signature")
MAX_BYTES = 64 * 1024


@dataclass(frozen=True)
class Statement:
    """``by`` says ``about`` (texts by name) at ``made``, signed with the keys whose fingerprint is ``key``."""

    format: str
    by: str
    key: str
    made: str
    about: Mapping[str, str]
    signature: bytes

    def verify(self, keys: PublicKeys, name: str) -> None:
        """Raise ``InvalidStatement``, which begins with the file's ``name``, unless exactly these keys signed it."""
        if (self.by, self.key) != (keys.party, keys.fingerprint()):
            raise InvalidStatement(f"{name}: by {self.by} with the key {self.key}, expected {keys.party} with {keys.fingerprint()}")
        if not _is_signed(keys, self.signature, _signed_bytes(_content(self))):
            raise InvalidStatement(f"{name}: its signature is not that of {self.by}, or its text was altered")


def state(form: str, about: Mapping[str, str], by: PartyKeys, now: datetime) -> Statement:
    """A statement signed by us."""
    unsigned = Statement(form, by.party, by.public().fingerprint(), written_time(now), dict(about), b"")
    return Statement(form, unsigned.by, unsigned.key, unsigned.made, unsigned.about, by.sign(_signed_bytes(_content(unsigned))))


def save_statement(path: Path, statement: Statement) -> Path:
    """Write it, canonical JSON and a newline."""
    content = _content(statement) | {"signature": base64.b64encode(statement.signature).decode()}
    with written_whole(path) as file:
        file.write(canonical_json(content) + b"\n")
    return path


def read_statement(path: Path, form: str, about: set[str]) -> Statement:
    """A statement of this format that speaks about exactly these things; nothing of it is proven yet."""
    content = _json(path)
    if content is None:
        raise InvalidStatement(f"{path.name}: not there, or not canonical JSON of a statement")
    if content.get("format") != form:
        raise InvalidStatement(f"{path.name}: expected the format {form}")
    said, signature = content.get("about"), _from_base64(content.get("signature"))
    if set(content) != {*TEXTS, "about"} or not all(isinstance(content[key], str) for key in TEXTS):
        raise InvalidStatement(f"{path.name}: expected the texts {', '.join(TEXTS)} and the table about")
    if not isinstance(said, dict) or set(said) != about or not all(isinstance(text, str) for text in said.values()):
        raise InvalidStatement(f"{path.name}: expected about to hold the texts {', '.join(sorted(about))}")
    if signature is None or not TIME.fullmatch(content["made"]):
        raise InvalidStatement(f"{path.name}: its time or signature is not understandable")
    return Statement(form, content["by"], content["key"], content["made"], said, signature)


def _content(statement: Statement) -> dict[str, Any]:
    return {
        "format": statement.format, "by": statement.by, "key": statement.key, "made": statement.made, "about": dict(statement.about),
    }  # fmt: skip


def _signed_bytes(content: dict[str, Any]) -> bytes:
    return DOMAIN + canonical_json(content)


def _is_signed(keys: PublicKeys, signature: bytes, message: bytes) -> bool:
    try:
        keys.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _json(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            return read_canonical(file.read(MAX_BYTES).removesuffix(b"\n"))
    except OSError:
        return None


def _from_base64(text: object) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None
