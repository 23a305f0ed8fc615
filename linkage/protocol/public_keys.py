"""The public half of a party's keys: what others need to seal to it and to recognise its signature.

Signing is Ed25519 (RFC 8032). Sealing is HPKE (RFC 9180) with the hybrid of ML-KEM-768 and X25519 (X-Wing), so that what
is recorded today does not open when one of the two falls. Byte layouts: docs/spec/keys.md.
"""

import base64
import binascii
import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import InvalidKey

FORMAT = "trilink/public-keys/v1"
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)  # one suite per format version, no choices
SIGNING_BYTES = 32
MLKEM_BYTES = 1184
SEALING_BYTES = MLKEM_BYTES + 32

PARTY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class PublicKeys:
    """One party's public keys, raw: Ed25519 (32 bytes) and ML-KEM-768 then X25519 (1,184 + 32 bytes). May be shown to all."""

    party: str
    signing: bytes
    sealing: bytes

    def __post_init__(self) -> None:
        if not PARTY_NAME.fullmatch(self.party):
            raise InvalidKey("a party's name is 1 to 64 of the characters A-Z a-z 0-9 _ -, the first a letter or digit")
        if len(self.signing) != SIGNING_BYTES:
            raise InvalidKey(f"signing_key of {self.party}: {len(self.signing)} bytes, expected {SIGNING_BYTES}")
        if len(self.sealing) != SEALING_BYTES:
            raise InvalidKey(f"sealing_key of {self.party}: {len(self.sealing)} bytes, expected {SEALING_BYTES}")
        if not self._usable():
            raise InvalidKey(f"sealing_key or signing_key of {self.party}: right length, but not a public key")

    @classmethod
    def from_text(cls, party: str, signing_key: str, sealing_key: str) -> "PublicKeys":
        """From the two base64 strings that the agreement and the public key file hold."""
        return cls(
            party,
            _from_base64(signing_key, f"signing_key of {party}"),
            _from_base64(sealing_key, f"sealing_key of {party}"),
        )

    @property
    def signing_key(self) -> str:
        """Base64 of the Ed25519 public key, as the agreement holds it."""
        return base64.b64encode(self.signing).decode()

    @property
    def sealing_key(self) -> str:
        """Base64 of the ML-KEM-768 and X25519 public keys, as the agreement holds it."""
        return base64.b64encode(self.sealing).decode()

    def fingerprint(self) -> str:
        """100 bits over the name and both keys, in five groups that two people can read to each other."""
        name = self.party.encode()
        content = b"trilink/v1/public-keys\0" + bytes([len(name)]) + name + self.signing + self.sealing
        digest = base64.b32encode(hashlib.sha256(content).digest()).decode().lower()
        return "-".join(digest[start : start + 4] for start in range(0, 20, 4))

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise cryptography's ``InvalidSignature`` unless this party signed exactly these bytes."""
        Ed25519PublicKey.from_public_bytes(self.signing).verify(signature, message)

    def wrap(self, content_key: bytes, info: bytes) -> bytes:
        """HPKE base mode, single shot, to this party: 1,136 bytes longer than what goes in; another result each time."""
        return SUITE.encrypt(content_key, self._sealing_key(), info=info)

    def _sealing_key(self) -> MLKEM768X25519PublicKey:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.sealing[:MLKEM_BYTES]),
            X25519PublicKey.from_public_bytes(self.sealing[MLKEM_BYTES:]),
        )

    def _usable(self) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.signing)
            self._sealing_key()
        except ValueError:
            return False
        return True


def save_public(folder: Path, public: PublicKeys) -> Path:
    """Write ``<party>.public.toml`` for the agreement's editor; an existing file with other keys is not replaced."""
    path = folder / f"{public.party}.public.toml"
    if path.exists() and load_public(path) != public:
        raise InvalidKey(f"{path.name} holds other keys: move it away before writing new ones")
    lines = [
        f"# Public keys of {public.party}: anyone may see them. Read the fingerprint to each other before using them.",
        f'format = "{FORMAT}"',
        f'party = "{public.party}"',
        f'fingerprint = "{public.fingerprint()}"',
        f'signing_key = "{public.signing_key}"',
        f'sealing_key = "{public.sealing_key}"',
    ]
    with written_whole(path) as file:
        file.write("\n".join([*lines, ""]).encode())
    return path


def load_public(path: Path) -> PublicKeys:
    """Read a public key file; the fingerprint in it must fit its keys."""
    table = _toml(path)
    expected = {"format", "party", "fingerprint", "signing_key", "sealing_key"}
    if table is None or set(table) != expected or not all(isinstance(value, str) for value in table.values()):
        raise InvalidKey(f"{path.name}: not a public key file (expected the texts {', '.join(sorted(expected))})")
    if table["format"] != FORMAT:
        raise InvalidKey(f"{path.name}: unknown format (expected {FORMAT})")
    public = PublicKeys.from_text(str(table["party"]), str(table["signing_key"]), str(table["sealing_key"]))
    if table["fingerprint"] != public.fingerprint():
        raise InvalidKey(f"{path.name}: its fingerprint does not fit its keys; ask {public.party} for the file again")
    return public


def _toml(path: Path) -> dict[str, object] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _from_base64(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None:
        raise InvalidKey(f"{where}: not base64")
    return data
