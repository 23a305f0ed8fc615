"""The epoch's encoding key: made by all owners together, known to no one else (docs/spec/keys.md).

Rules of this room:
1. The key is derived from one contribution of every owner, 32 random bytes each; no owner chooses it, the unit never has it.
2. It is bound to agreement, epoch, owners and declared sizes: owners who were told different things get different keys,
   and the unit sees at the key-check values that they differ.
3. Contributions exist on disk only sealed, to one owner each; the key itself is made anew from them when it is needed, never stored.
4. Everything is encoded under sub-keys derived by purpose, a name, never a position.
"""

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidKey, InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.sealing import Draft, Expectation, Manifest, open_sealed, seal

KEY_BYTES = 32
PURPOSE_PREFIX = "trilink/v1/"
MAX_DECLARED = 10**12
PART = "secret"

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


class Contributions(Guarded):
    """What all owners contributed to one epoch; ``declared_sizes`` is owner -> entity -> number of records.

    ``manifests`` are those of the other owners' messages, for the ledger.
    """

    __slots__ = ("_secrets", "_terms", "declared_sizes", "manifests")

    def __init__(
        self, secrets: Mapping[str, bytes], declared_sizes: Mapping[str, Sizes], terms: EpochTerms, manifests: Iterable[Manifest] = ()
    ) -> None:
        self.manifests = tuple(manifests)
        self._secrets = secrets
        self._terms = terms
        self.declared_sizes = declared_sizes

    def shown(self) -> str:
        return f"{len(self._secrets)} contributions, hidden"

    def combine(self) -> EncodingKey:
        return combine(self._secrets, self._terms.epoch, self._terms.agreement, self.declared_sizes)


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


def contribute(by: PartyKeys, others: Iterable[PublicKeys], terms: EpochTerms, out_dir: Path, declared_sizes: Sizes) -> dict[str, Path]:
    """Write our contribution sealed to every other owner and to ourselves; the files by addressee.

    The copy to ourselves comes first and is what a rerun continues from: the same secret, only missing files written.
    """
    return _contribute(by, others, terms, out_dir, (declared_sizes, os.urandom(KEY_BYTES)))


def _contribute(
    by: PartyKeys, others: Iterable[PublicKeys], terms: EpochTerms, out_dir: Path, drawn: tuple[Sizes, bytes]
) -> dict[str, Path]:
    declared_sizes, secret = drawn
    body = {"declared_sizes": dict(declared_sizes)}
    us = by.public()
    mine = contribution_path(out_dir, terms.epoch, us.party, us.party)
    if mine.exists():
        manifest, secret = _open_secret(mine, by, us, ("contribution", terms), datetime.now(UTC))
        if manifest.body != body:
            raise InvalidKey(f"{mine.name}: we already contributed to epoch {terms.epoch} with other declared sizes")
    draft = Draft("contribution", terms.agreement, terms.epoch, body, terms.lifetime)
    paths = {}
    for to in [us, *sorted(others, key=lambda keys: keys.party)]:
        paths[to.party] = contribution_path(out_dir, terms.epoch, us.party, to.party)
        if not paths[to.party].exists():
            seal(draft, {PART: secret}, to, by, paths[to.party])
    return paths


def collect(folder: Path, by: PartyKeys, owners: Mapping[str, PublicKeys], terms: EpochTerms, now: datetime) -> Contributions:
    """Open the contribution of every owner, our own included, that lies in ``folder`` under its agreed name."""
    secrets, sizes, manifests = {}, {}, []
    for owner in sorted({*owners, by.party}):
        path = contribution_path(folder, terms.epoch, owner, by.party)
        if not path.exists():
            raise InvalidPackage(f"{path.name}: the contribution of {owner} to epoch {terms.epoch} is not there yet")
        keys = by.public() if owner == by.party else owners[owner]
        manifest, secrets[owner] = _open_secret(path, by, keys, ("contribution", terms), now)
        sizes[owner] = _declared_sizes(manifest, path.name)
        if owner != by.party:
            manifests.append(manifest)
    if len(set(secrets.values())) != len(secrets):
        raise InvalidPackage(f"two owners sent the same contribution to epoch {terms.epoch}; begin a new epoch")
    return Contributions(secrets, sizes, terms, manifests)


def contribution_path(folder: Path, epoch: str, owner: str, to: str) -> Path:
    """Where a contribution lies: ``contribution.<epoch>.<from>.<to>.sealed``."""
    return folder / f"contribution.{epoch.replace(':', '_')}.{owner}.{to}.sealed"


def _open_secret(path: Path, by: PartyKeys, sender: PublicKeys, wanted: tuple[str, EpochTerms], now: datetime) -> tuple[Manifest, bytes]:
    """Manifest and the 32 bytes of a sealed secret of the wanted kind and epoch."""
    kind, terms = wanted
    expect = Expectation(kind, terms.agreement, terms.epoch, now)
    with open_sealed(path, by, {sender.party: sender}, expect) as message:
        parts = message.read_parts()
    if set(parts) != {PART} or len(parts[PART]) != KEY_BYTES:
        raise InvalidPackage(f"{path.name}: expected one part named {PART} of {KEY_BYTES} bytes")
    return message.manifest, parts[PART]


def _declared_sizes(manifest: Manifest, name: str) -> dict[str, int]:
    sizes = manifest.body.get("declared_sizes")
    if not isinstance(sizes, dict) or not all(type(size) is int and 0 <= size <= MAX_DECLARED for size in sizes.values()):
        raise InvalidPackage(f"{name}: declared_sizes is not a table of record numbers by entity")
    return sizes
