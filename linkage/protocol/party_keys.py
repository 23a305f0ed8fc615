"""A party's own keys and the encrypted file that keeps them (docs/spec/keys.md).

Rules of this room:
1. Private keys are used in here and never come out; other rooms ask to sign, to unwrap, or for a sub-key by purpose.
2. On disk they are encrypted under a passphrase: scrypt (RFC 7914), then AES-256-GCM. The file is 0600 and written whole.
3. A passphrase comes from a file, an environment variable or a prompt; never from the command line, never empty.
4. An existing key file is never overwritten: the packages sealed to it would be lost.
"""

import base64
import binascii
import getpass
import os
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidKey
from linkage.protocol.guarded import Guarded
from linkage.protocol.public_keys import SUITE, PublicKeys, load_public, save_public

__all__ = [
    "PartyKeys", "PublicKeys", "load_private", "load_public", "new_party_keys", "passphrase_from",
    "save_private", "save_public",
]  # fmt: skip

FORMAT = "trilink/party-keys/v1"
SECRET_PARTS = {"signing": 32, "ml_kem_seed": 64, "x25519": 32, "storage": 32}  # in this order, bytes
SECRET_BYTES = sum(SECRET_PARTS.values())
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**17, 8, 1  # 128 MiB, about 0.3 s: OWASP's figures for scrypt
SCRYPT_N_BOUNDS = (2**12, 2**20)  # a file may not ask for more than 1 GiB
MAX_FILE_BYTES = 64 * 1024
MAX_PASSPHRASE_BYTES = 4096


class PartyKeys(Guarded):
    """Signing, sealing and storage keys of one party."""

    __slots__ = ("_sealing", "_secret", "_signing", "party")

    def __init__(self, party: str, secret: bytes) -> None:
        """From the 160 secret bytes in the order of ``SECRET_PARTS``."""
        if len(secret) != SECRET_BYTES:
            raise InvalidKey(f"the private keys of {party}: {len(secret)} bytes, expected {SECRET_BYTES}")
        self.party = party
        self._secret = secret
        self._signing = Ed25519PrivateKey.from_private_bytes(self._part("signing"))
        self._sealing = MLKEM768X25519PrivateKey(
            MLKEM768PrivateKey.from_seed_bytes(self._part("ml_kem_seed")),
            X25519PrivateKey.from_private_bytes(self._part("x25519")),
        )

    def shown(self) -> str:
        return f"{self.party}, hidden"

    def public(self) -> PublicKeys:
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(self._part("ml_kem_seed")).public_key().public_bytes_raw()
        x25519 = X25519PrivateKey.from_private_bytes(self._part("x25519")).public_key().public_bytes_raw()
        return PublicKeys(self.party, self._signing.public_key().public_bytes_raw(), ml_kem + x25519)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes; the caller separates domains."""
        return self._signing.sign(message)

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Reverse of ``PublicKeys.wrap``; cryptography's ``InvalidTag`` when it was not wrapped so for us."""
        return SUITE.decrypt(wrapped, self._sealing, info=info)

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose at home (pseudonyms, local stores), the same as long as these keys live."""
        return HKDF(SHA256(), 32, salt=None, info=b"trilink/v1/storage\0" + purpose.encode()).derive(self._part("storage"))

    def _part(self, wanted: str) -> bytes:
        start = 0
        for name, length in SECRET_PARTS.items():
            if name == wanted:
                break
            start += length
        return self._secret[start : start + SECRET_PARTS[wanted]]


def new_party_keys(party: str) -> PartyKeys:
    """Fresh keys from the operating system's generator; a bad party name is refused."""
    keys = PartyKeys(party, os.urandom(SECRET_BYTES))
    keys.public()  # checks the name before anything is written under it
    return keys


def save_private(path: Path, keys: PartyKeys, passphrase: bytes, *, scrypt_n: int = SCRYPT_N) -> None:
    """Write the encrypted key file, mode 0600. A cheaper ``scrypt_n`` is for tests and rehearsals alone."""
    _check_passphrase(passphrase)
    salt, nonce = os.urandom(16), os.urandom(12)
    shell = {
        "format": FORMAT,
        "party": keys.party,
        "fingerprint": keys.public().fingerprint(),
        "scrypt": {"n": scrypt_n, "r": SCRYPT_R, "p": SCRYPT_P, "salt": base64.b64encode(salt).decode()},
        "nonce": base64.b64encode(nonce).decode(),
    }
    cipher = AESGCM(_stretched(passphrase, salt, scrypt_n))
    secret = cipher.encrypt(nonce, keys._secret, canonical_json(shell))
    content = canonical_json(shell | {"secret": base64.b64encode(secret).decode()}) + b"\n"
    taken = False
    try:
        with written_whole(path, PRIVATE, replace=False) as file:
            file.write(content)
    except FileExistsError:
        taken = True
    if taken:
        raise InvalidKey(f"{path.name} exists already: keys are never overwritten; move it away first")


def load_private(path: Path, passphrase: bytes) -> PartyKeys:
    """Read a key file; ``InvalidKey`` says whether the file or the passphrase is wrong."""
    _check_passphrase(passphrase)
    shell, salt, nonce, secret = _read_shell(path)
    opened = _decrypted(AESGCM(_stretched(passphrase, salt, shell["scrypt"]["n"])), nonce, secret, canonical_json(shell))
    if opened is None:
        raise InvalidKey(f"{path.name}: wrong passphrase, or the file was altered")
    return PartyKeys(shell["party"], opened)


def passphrase_from(file: Path | None, variable: str | None, prompt: bool, *, twice: bool = False) -> bytes:
    """The passphrase from the first source that is there: a file, an environment variable (its name), the terminal.

    One trailing newline is not part of it. ``twice`` asks again at the terminal, for new keys.
    """
    if file is not None:
        return _check_passphrase(_without_newline(_read(file, MAX_PASSPHRASE_BYTES + 2)))
    if variable is not None and variable in os.environ:
        return _check_passphrase(_without_newline(os.environb[os.fsencode(variable)]))
    if not prompt or not sys.stdin.isatty():
        named = f", set {variable}" if variable else ""
        raise InvalidKey(f"no passphrase: give a file{named}, or run this in a terminal")
    passphrase = getpass.getpass("Passphrase: ").encode()
    if twice and getpass.getpass("Once more: ").encode() != passphrase:
        raise InvalidKey("the two passphrases differ")
    return _check_passphrase(passphrase)


def _read_shell(path: Path) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """The key file without its secret, then salt, nonce and secret; every parameter within its bounds."""
    content = read_canonical(_without_newline(_read(path, MAX_FILE_BYTES)))
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
    return content, salt, nonce, secret


def _stretched(passphrase: bytes, salt: bytes, n: object) -> bytes:
    low, high = SCRYPT_N_BOUNDS
    if not isinstance(n, int) or not low <= n <= high or n & (n - 1):
        raise InvalidKey(f"scrypt n: expected a power of two from {low} to {high}")
    return Scrypt(salt=salt, length=32, n=n, r=SCRYPT_R, p=SCRYPT_P).derive(passphrase)


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


def _read(path: Path, limit: int) -> bytes:
    reason = ""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        reason = error.strerror or "cannot be read"
    if reason:
        raise InvalidKey(f"{path}: {reason}")
    if len(data) > limit:
        raise InvalidKey(f"{path}: longer than {limit} bytes")
    return data


def _without_newline(data: bytes) -> bytes:
    return data.removesuffix(b"\r\n") if data.endswith(b"\r\n") else data.removesuffix(b"\n")


def _check_passphrase(passphrase: bytes) -> bytes:
    if not passphrase:
        raise InvalidKey("the passphrase is empty")
    if len(passphrase) > MAX_PASSPHRASE_BYTES:
        raise InvalidKey(f"the passphrase is longer than {MAX_PASSPHRASE_BYTES} bytes")
    return passphrase
