"""Slow twin of ``linkage.protocol.sealing``: opens a container in the most obvious way, after docs/spec/sealed.md.

The whole file is in memory and HPKE is spelt out: X-Wing (draft-connolly-cfrg-xwing-kem), then the key schedule of RFC 9180.
Shares no code with the production side but the primitives of ``cryptography``.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE = 65_536 + 16


class Refused(Exception):
    """Wrong in some way."""


def must(true: object) -> None:
    if not true:
        raise Refused


def read_key_file(path: Path, passphrase: bytes) -> dict[str, Any]:
    """docs/spec/keys.md, party key file."""
    shell = json.loads(path.read_bytes())
    sealed = base64.b64decode(shell.pop("secret"))
    scrypt = shell["scrypt"]
    salt = base64.b64decode(scrypt["salt"])
    key = hashlib.scrypt(passphrase, salt=salt, n=scrypt["n"], r=scrypt["r"], p=scrypt["p"], maxmem=2**28, dklen=32)
    secret = AESGCM(key).decrypt(base64.b64decode(shell["nonce"]), sealed, dense(shell))
    return {
        "party": shell["party"],
        "fingerprint": shell["fingerprint"],
        "ml_kem": MLKEM768PrivateKey.from_seed_bytes(secret[32:96]),
        "x25519": X25519PrivateKey.from_private_bytes(secret[96:128]),
    }


def open_file(content: bytes, us: dict[str, Any], signing_keys: dict[str, bytes], expect: dict[str, Any]) -> tuple[Any, Any]:
    """(manifest, parts) of the file, or ``Refused``; ``expect`` has kind, agreement, epoch (or None) and now."""
    try:
        return _open(content, us, signing_keys, expect)
    except (InvalidTag, InvalidSignature, ValueError, KeyError, IndexError, TypeError) as error:
        raise Refused from error


def _open(content: bytes, us: dict[str, Any], signing_keys: dict[str, bytes], expect: dict[str, Any]) -> tuple[Any, Any]:
    must(content[:8] == b"TRILINK\x01")
    end = 12 + int.from_bytes(content[8:12], "big")
    prelude, wrapped, sealed = content[:end], content[end : end + 1168], content[end + 1168 :]
    header = strict(prelude[12:])
    must(header["format"] == "trilink/sealed/v1" and header["kind"] == expect["kind"])
    must(header["to"] == us["party"] and header["to_key"] == us["fingerprint"])

    content_key = hpke_open(wrapped, us, b"trilink/v1/sealed/content-key\0" + prelude)
    chunk_key = AESGCM(hkdf(content_key, b"trilink/v1/sealed/chunks\0" + prelude))
    pieces = [sealed[start : start + PIECE] for start in range(0, len(sealed), PIECE)]
    stream = b""
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        stream += chunk_key.decrypt(number.to_bytes(11, "big") + (b"\1" if last else b"\0"), piece, None)
    must(len(stream) == header["bytes"])

    length = int.from_bytes(stream[:4], "big")
    written, signature, rest = stream[4 : 4 + length], stream[4 + length : 68 + length], stream[68 + length :]
    signed = b"".join(len(field).to_bytes(4, "big") + field for field in (prelude[12:], written))
    sender = Ed25519PublicKey.from_public_bytes(signing_keys[header["from"]])
    sender.verify(signature, b"trilink/v1/sealed/signature\0" + signed)

    manifest = strict(written)
    check_manifest(manifest, header, expect)
    parts = {}
    for part in manifest["parts"]:
        parts[part["name"]], rest = rest[: part["bytes"]], rest[part["bytes"] :]
        must(hashlib.sha256(parts[part["name"]]).hexdigest() == part["sha256"])
    must(rest == b"")
    return manifest, parts


def check_manifest(manifest: dict[str, Any], header: dict[str, Any], expect: dict[str, Any]) -> None:
    keys = "agreement body created epoch expires format from kind nonce parts to"
    must(sorted(manifest) == keys.split() and manifest["format"] == "trilink/manifest/v1")
    must(all(manifest[key] == header[key] for key in ("kind", "from", "to")))
    must(manifest["agreement"] == expect["agreement"] and expect["epoch"] in (None, manifest["epoch"]))
    created, expires = (datetime.fromisoformat(manifest[key]) for key in ("created", "expires"))
    must(created - timedelta(minutes=10) <= expect["now"] < expires and created < expires)
    must(isinstance(manifest["body"], dict))
    names = [part["name"] for part in manifest["parts"]]
    must(len(set(names)) == len(names) and not any("/" in name or name.startswith(".") for name in names))


def dense(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def strict(data: bytes) -> dict[str, Any]:
    value = json.loads(data)
    must(isinstance(value, dict) and dense(value) == data)
    return value  # type: ignore[no-any-return]


def hkdf(secret: bytes, info: bytes) -> bytes:
    """One block of HKDF-SHA-256 without salt [RFC5869]."""
    return hmac.digest(hmac.digest(bytes(32), secret, "sha256"), info + b"\1", "sha256")


def hpke_open(wrapped: bytes, us: dict[str, Any], info: bytes) -> bytes:
    """RFC 9180, base mode, KEM 0x647a (X-Wing), KDF 0x0001 (HKDF-SHA-256), AEAD 0x0002 (AES-256-GCM), one message."""
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def extract(label: bytes, secret: bytes, salt: bytes = b"") -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")

    def expand(key: bytes, label: bytes, info: bytes, length: int) -> bytes:
        labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hmac.digest(key, labelled + b"\1", "sha256")[:length]

    context = b"\0" + extract(b"psk_id_hash", b"") + extract(b"info_hash", info)
    secret = extract(b"secret", b"", x_wing(wrapped[:1120], us))
    key, nonce = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, wrapped[1120:], b"")


def x_wing(encapsulation: bytes, us: dict[str, Any]) -> bytes:
    share = encapsulation[1088:]
    one = us["ml_kem"].decapsulate(encapsulation[:1088])
    two = us["x25519"].exchange(X25519PublicKey.from_public_bytes(share))
    ours = us["x25519"].public_key().public_bytes_raw()
    return hashlib.sha3_256(one + two + share + ours + bytes.fromhex("5c2e2f2f5e5c")).digest()
