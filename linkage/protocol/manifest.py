"""What a sealed file says about itself: the signed manifest, format ``trilink/manifest/v1`` (docs/spec/sealed.md).

It holds names, counts and digests, nothing of a person, and may therefore be printed. The ``body`` belongs to the kind.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.public_keys import PARTY_NAME

FORMAT = "trilink/manifest/v1"
KINDS = (
    "package", "commitment", "contribution", "regroup_request", "regroup_answer", "list", "withdrawal", "recall", "acknowledgement",
    "disclosure", "receipt", "refusal", "crosswalk", "answered", "seizure_aggregates", "outcomes", "laboratory_links",
)  # fmt: skip
PADDING = "padding"  # a part of zeros that hides how long the others are; it is read and never handed out
MAX_MANIFEST_BYTES = 16 * 1024 * 1024
MAX_PART_BYTES = 2**48
MAX_PARTS = 65_536

TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._-]{0,127}")  # agreement fingerprints and epochs
PART_NAME = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,99}")  # never hidden, never a way out of the folder
NONCE = re.compile(r"[0-9a-f]{32}")
SHA256 = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(r"[A-Za-z0-9+/]{85}[AQgw]==")  # Ed25519, 64 bytes in the one base64 that they have
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)

# key of the manifest -> what its text must look like
TEXTS = {
    "kind": re.compile("|".join(KINDS)),
    "from": PARTY_NAME,
    "to": PARTY_NAME,
    "agreement": TOKEN,
    "epoch": TOKEN,
    "nonce": NONCE,
    "created": TIME,
    "expires": TIME,
}


@dataclass(frozen=True)
class Draft:
    """What a sender decides about a message; chance, time, parts and addresses are added by sealing it.

    ``agreement`` is the agreement's fingerprint; ``body`` a JSON object of this kind: counts, key-check value. ``padded``: whether the
    stream is padded to a size class, where the kind's length would tell a count.
    """

    kind: str
    agreement: str
    epoch: str
    body: Mapping[str, Any]
    lifetime: timedelta
    padded: bool = True


@dataclass(frozen=True)
class Part:
    """One file inside: its name, length in bytes, SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A message's manifest; ``nonce`` is the message's id (128 random bits in hex), times are UTC in whole seconds.

    ``head``: how far the sender's ledger goes (number, digest, signature), where it keeps one; whether it is true is the ledger's question.
    """

    kind: str
    sender: str
    recipient: str
    agreement: str
    epoch: str
    nonce: str
    created: datetime
    expires: datetime
    parts: tuple[Part, ...]
    body: Mapping[str, Any]
    head: Mapping[str, Any] | None = None

    def canonical(self) -> bytes:
        """The bytes that are signed; the same for the same content."""
        return canonical_json(
            ({} if self.head is None else {"head": self.head})
            | {
                "format": FORMAT,
                "kind": self.kind,
                "from": self.sender,
                "to": self.recipient,
                "agreement": self.agreement,
                "epoch": self.epoch,
                "nonce": self.nonce,
                "created": written_time(self.created),
                "expires": written_time(self.expires),
                "parts": [{"name": part.name, "bytes": part.bytes, "sha256": part.sha256} for part in self.parts],
                "body": self.body,
            }
        )

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def content_digest(self) -> str:
        """SHA-256 over what is said to whomever: kind, agreement, epoch, body and parts, without addresses, id and times; hex."""
        said = {
            "agreement": self.agreement, "body": self.body, "epoch": self.epoch, "kind": self.kind,
            "parts": [[part.name, part.sha256] for part in self.parts],
        }  # fmt: skip
        return hashlib.sha256(canonical_json(said)).hexdigest()

    def parts_bytes(self) -> int:
        """Bytes of all parts together."""
        return sum(part.bytes for part in self.parts)


def read_manifest(data: bytes, name: str) -> Manifest:
    """The manifest with these bytes; ``InvalidPackage`` begins with the file's ``name`` and says which key is wrong."""
    content = read_canonical(data)
    if content is None:
        raise InvalidPackage(f"{name}: its manifest is not canonical JSON")
    if content.get("format") != FORMAT:
        raise InvalidPackage(f"{name}: its manifest has an unknown format; this version of trilink reads {FORMAT}")
    if content.keys() - {"head"} != {"format", "parts", "body", *TEXTS}:
        raise InvalidPackage(f"{name}: its manifest has missing or unknown keys")
    for key, pattern in TEXTS.items():
        if not isinstance(content[key], str) or not pattern.fullmatch(content[key]):
            raise InvalidPackage(f"{name}: {key} in its manifest is not understandable")
    if not isinstance(content["body"], dict):
        raise InvalidPackage(f"{name}: body in its manifest is not an object")
    if "head" in content and not _is_head(content["head"]):
        raise InvalidPackage(f"{name}: head in its manifest is not understandable")
    return Manifest(
        kind=content["kind"],
        sender=content["from"],
        recipient=content["to"],
        agreement=content["agreement"],
        epoch=content["epoch"],
        nonce=content["nonce"],
        created=_time(content["created"], f"{name}: created"),
        expires=_time(content["expires"], f"{name}: expires"),
        parts=_parts(content["parts"], name),
        body=content["body"],
        head=content.get("head"),
    )


def written_time(moment: datetime) -> str:
    """``2026-11-22T09:30:00Z``: UTC, whole seconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _time(text: str, where: str) -> datetime:
    moment = _moment(text)
    if moment is None:
        raise InvalidPackage(f"{where} in its manifest is not a time")
    return moment


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _parts(listed: object, name: str) -> tuple[Part, ...]:
    if not isinstance(listed, list) or len(listed) > MAX_PARTS or not all(_is_part(entry) for entry in listed):
        raise InvalidPackage(f"{name}: a part in its manifest is not understandable")
    parts = tuple(Part(entry["name"], entry["bytes"], entry["sha256"]) for entry in listed)
    if len({part.name for part in parts}) != len(parts):
        raise InvalidPackage(f"{name}: its manifest names a part twice")
    return parts


def _is_head(head: object) -> bool:
    return (
        isinstance(head, dict)
        and set(head) == {"number", "digest", "signature"}
        and type(head["number"]) is int
        and 0 <= head["number"] <= MAX_PART_BYTES
        and all(isinstance(head[key], str) for key in ("digest", "signature"))
        and SHA256.fullmatch(head["digest"]) is not None
        and SIGNATURE.fullmatch(head["signature"]) is not None
    )


def _is_part(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == {"name", "bytes", "sha256"}
        and isinstance(entry["name"], str)
        and PART_NAME.fullmatch(entry["name"]) is not None
        and type(entry["bytes"]) is int
        and 0 <= entry["bytes"] <= MAX_PART_BYTES
        and isinstance(entry["sha256"], str)
        and SHA256.fullmatch(entry["sha256"]) is not None
    )
