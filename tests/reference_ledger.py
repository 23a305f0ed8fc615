"""The slow twin of ledger verification: the specification read aloud, with the standard library and one signature check."""

import base64
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def spelt(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_whole(ledger: bytes, party: str, signing_key: bytes) -> bool:
    """Whether every line is one entry of this party, in its place, following the one before it, and signed with this key."""
    last, lines = "0" * 64, ledger.split(b"\n")
    if lines.pop() or not lines:
        return False
    for number, line in enumerate(lines):
        try:
            said = json.loads(line)
            entry, signature = said["entry"], base64.b64decode(said["signature"])
            place = entry["party"], entry["number"], entry["previous"]
        except (ValueError, KeyError, TypeError):
            return False
        if spelt(said) != line or place != (party, number, last) or base64.b64encode(signature).decode() != said["signature"]:
            return False
        last = hashlib.sha256(spelt(entry)).hexdigest()
        head = spelt({"digest": last, "number": number, "party": party})
        try:
            Ed25519PublicKey.from_public_bytes(signing_key).verify(signature, b"trilink/v1/ledger/head\0" + head)
        except InvalidSignature:
            return False
    return True
