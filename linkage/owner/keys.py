"""The epoch's encoding key: made by all owners together, known to no one else (docs/spec/keys.md).

Rules of this room:
1. The key is derived from one contribution of every owner, 32 random bytes each; no owner chooses it, the unit never has it.
2. It is bound to agreement, epoch, owners and declared sizes: owners who were told different things get different keys,
   and the unit sees at the key-check values that they differ.
3. The key itself is made anew from the contributions (``contributions``) when it is needed, never stored.
4. Everything is encoded under sub-keys derived by purpose, a name, never a position.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidKey
from linkage.protocol.guarded import Guarded

KEY_BYTES = 32
PURPOSE_PREFIX = "trilink/v1/"

Sizes = Mapping[str, int]  # entity -> declared number of records


class EncodingKey(Guarded):
    """The secret of one epoch, 32 bytes; only sub-keys and the check value come out."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise InvalidKey(f"an encoding key is {KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, for instance ``trilink/v1/filter/suspect/surname_1``; HKDF-SHA-256 [RFC5869]."""
        if not purpose.startswith(PURPOSE_PREFIX) or purpose == PURPOSE_PREFIX:
            raise InvalidKey(f"a purpose is a name that begins with {PURPOSE_PREFIX}")
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._key)

    def key_check_value(self) -> str:
        """128 bits in hex that tell whether two owners hold the same key, and nothing else; travels in manifests."""
        return hmac.digest(self._key, b"trilink/v1/key-check-value", "sha256")[:16].hex()


@dataclass(frozen=True)
class EpochTerms:
    """What a contribution is for: the agreement's fingerprint, the epoch's name, and how long its files are good for."""

    agreement: str
    epoch: str
    lifetime: timedelta


def combine(
    contributions: Mapping[str, bytes], epoch: str, agreement: str, declared_sizes: Mapping[str, Sizes] | None = None
) -> EncodingKey:
    """The epoch key from every owner's 32 bytes, in the order of the owners' names; the same for all who were told the same."""
    if len(contributions) < 2:
        raise InvalidKey(f"an epoch key needs contributions of two or more owners, not {len(contributions)}")
    for owner in sorted(contributions):
        if len(contributions[owner]) != KEY_BYTES:
            raise InvalidKey(f"the contribution of {owner} is {len(contributions[owner])} bytes, expected {KEY_BYTES}")
    owners = sorted(contributions)
    told = {
        "agreement": agreement,
        "declared_sizes": {owner: dict(sizes) for owner, sizes in (declared_sizes or {}).items()},
        "epoch": epoch,
        "owners": owners,
    }
    secret = b"".join(contributions[owner] for owner in owners)
    return EncodingKey(HKDF(SHA256(), KEY_BYTES, salt=None, info=b"trilink/v1/epoch-key\0" + canonical_json(told)).derive(secret))
