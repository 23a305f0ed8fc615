"""The encrypted file that keeps a party's keys (docs/spec/keys.md).

Rules of this room:
1. Encrypted under a passphrase: scrypt [RFC7914], then AES-256-GCM. The file is 0600 and written whole.
2. A file that others may read or write is refused, and a process that opens one leaves no core file (``process_guard``).
3. An existing key file is never overwritten, but by the same keys under another passphrase.
4. Passphrase and stretched key are wiped after use; the private keys stay in memory as long as the process lives.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidKey
from linkage.protocol.party_keys import SECRET_BYTES, PartyKeys
from linkage.protocol.passphrases import checked
from linkage.protocol.private_files import read_private
from linkage.protocol.process_guard import guard_process
from linkage.protocol.wiping import wiped

FORMAT = "trilink/party-keys/v1"
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1  # 128 MiB, about 0.3 s: OWASP's figures for scrypt
SCRYPT_N_BOUNDS = (2**12, 2**20)  # a file may not ask for more than 1 GiB
MAX_FILE_BYTES = 64 * 1024
SPLIT = {"set", "shares", "threshold"}  # what the file says of a passphrase that is split

Passphrase = bytes | bytearray  # a bytearray is wiped


def save_private(path: Path, keys: PartyKeys, passphrase: Passphrase, *, scrypt_n: int = SCRYPT_N) -> None:
    """Write the encrypted key file, mode 0600. A cheaper ``scrypt_n`` is for tests and rehearsals alone."""
    content = _encrypted(keys, passphrase, scrypt_n, {})
    taken = False
    try:
        with written_whole(path, PRIVATE, replace=False) as file:
            file.write(content)
    except FileExistsError:
        taken = True
    if taken:
        raise InvalidKey(f"{path.name} exists already: keys are never overwritten; move it away first")


def save_split(path: Path, keys: PartyKeys, passphrase: Passphrase, split: Mapping[str, int | str], *, scrypt_n: int = SCRYPT_N) -> None:
    """Put the same keys under a passphrase of which nobody knows the whole; ``split`` says its set, shares and threshold."""
    content = _encrypted(keys, passphrase, scrypt_n, {"split": dict(split)})
    if _read_shell(path)[0]["fingerprint"] != keys.public().fingerprint():
        raise InvalidKey(f"{path.name}: holds other keys")
    with written_whole(path, PRIVATE) as file:
        file.write(content)


def load_private(path: Path, passphrase: Passphrase) -> PartyKeys:
    """Read a key file; ``InvalidKey`` says whether the file or the passphrase is wrong."""
    guard_process()
    with wiped(checked(passphrase)) as known:
        shell, salt, nonce, secret = _read_shell(path)
        with wiped(_stretched(known, salt, shell["scrypt"]["n"])) as key:
            opened = _decrypted(AESGCM(key), nonce, secret, canonical_json(shell))
    if opened is None:
        raise InvalidKey(f"{path.name}: wrong {'shares' if 'split' in shell else 'passphrase'}, or the file was altered")
    return PartyKeys(shell["party"], opened)


def fingerprint_of(path: Path) -> str:
    """Which keys a file holds, by what it says openly; opening it proves that."""
    return str(_read_shell(path)[0]["fingerprint"])


def split_of(path: Path) -> dict[str, Any] | None:
    """How the passphrase of this key file is split, if it is: ``set``, ``shares``, ``threshold``, and the keys' ``fingerprint``."""
    shell = _read_shell(path)[0]
    return shell["split"] | {"fingerprint": shell["fingerprint"]} if "split" in shell else None


def _encrypted(keys: PartyKeys, passphrase: Passphrase, scrypt_n: int, more: Mapping[str, object]) -> bytes:
    salt, nonce = os.urandom(16), os.urandom(12)
    shell = {
        "format": FORMAT,
        "party": keys.party,
        "fingerprint": keys.public().fingerprint(),
        "scrypt": {"n": scrypt_n, "r": SCRYPT_R, "p": SCRYPT_P, "salt": base64.b64encode(salt).decode()},
        "nonce": base64.b64encode(nonce).decode(),
        **more,
    }
    with wiped(checked(passphrase)) as known, wiped(_stretched(known, salt, scrypt_n)) as key:
        secret = AESGCM(key).encrypt(nonce, keys._secret, canonical_json(shell))
    return canonical_json(shell | {"secret": base64.b64encode(secret).decode()}) + b"\n"


def _read_shell(path: Path) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """The key file without its secret, then salt, nonce and secret; every parameter within its bounds."""
    content = read_canonical(bytes(read_private(path, MAX_FILE_BYTES)).removesuffix(b"\n"))
    if content is None or content.get("format") != FORMAT:
        raise InvalidKey(f"{path.name}: not a key file of format {FORMAT}")
    scrypt: Any = content.get("scrypt")
    secret = _bytes_of(content.pop("secret", None), SECRET_BYTES + 16)
    nonce = _bytes_of(content.get("nonce"), 12)
    salt = _bytes_of(scrypt.get("salt"), 16) if isinstance(scrypt, dict) else None
    texts = (content.get("party"), content.get("fingerprint"))
    if secret is None or nonce is None or salt is None or not all(isinstance(text, str) for text in texts):
        raise InvalidKey(f"{path.name}: incomplete, or a part of the wrong length")
    if (scrypt.get("r"), scrypt.get("p")) != (SCRYPT_R, SCRYPT_P) or "n" not in scrypt:
        raise InvalidKey(f"{path.name}: unknown scrypt parameters")
    if "split" in content and not _is_split(content["split"]):
        raise InvalidKey(f"{path.name}: says in no understandable way how its passphrase is split")
    return content, salt, nonce, secret


def _is_split(said: object) -> bool:
    return (
        isinstance(said, dict)
        and set(said) == SPLIT
        and isinstance(said["set"], str)
        and all(type(said[key]) is int for key in ("shares", "threshold"))
        and 2 <= said["threshold"] <= said["shares"]
    )


def _stretched(passphrase: bytearray, salt: bytes, n: object) -> bytearray:
    low, high = SCRYPT_N_BOUNDS
    if not isinstance(n, int) or not low <= n <= high or n & (n - 1):
        raise InvalidKey(f"scrypt n: expected a power of two from {low} to {high}")
    key = bytearray(32)
    Scrypt(salt=salt, length=32, n=n, r=SCRYPT_R, p=SCRYPT_P).derive_into(passphrase, key)
    return key


def _decrypted(cipher: AESGCM, nonce: bytes, secret: bytes, shell: bytes) -> bytes | None:
    try:
        return cipher.decrypt(nonce, secret, shell)
    except InvalidTag:
        return None


def _bytes_of(text: object, length: int) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        return None
    return data if len(data) == length else None
