"""A party's own keys (docs/spec/keys.md).

Private keys are used in here and never come out: other rooms ask to sign, to unwrap, or for a sub-key by purpose. ``key_files`` alone
takes the bytes, encrypted.
"""

import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linkage.protocol.errors import InvalidKey
from linkage.protocol.guarded import Guarded
from linkage.protocol.public_keys import SUITE, PublicKeys

SECRET_PARTS = {"signing": 32, "ml_kem_seed": 64, "x25519": 32, "storage": 32}  # in this order, bytes
SECRET_BYTES = sum(SECRET_PARTS.values())


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

    def at_home(self) -> "PartyKeys":
        """Keys for what is sealed to ourselves and stays at home: made from the storage key, hence the same after a rotation."""
        stretched = HKDF(SHA256(), SECRET_BYTES, salt=None, info=b"trilink/v1/home-keys")
        return PartyKeys(self.party, stretched.derive(self._part("storage")))

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


def renewed(old: PartyKeys) -> PartyKeys:
    """Fresh signing and sealing keys; the storage key is kept, so that pseudonyms stay those they were."""
    fresh = SECRET_BYTES - SECRET_PARTS["storage"]
    return PartyKeys(old.party, os.urandom(fresh) + old._part("storage"))
