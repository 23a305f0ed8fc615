"""First step of an epoch's key: every owner commits to its contribution before anyone shows one, so that nobody chooses last [Blum1983].

Rules of this room:
1. A commitment is SHA-256 over a fresh 32-byte nonce, the 32 secret bytes and all that is declared: it hides the secret, and no other
   secret, size or date opens it.
2. It travels sealed and signed to each owner. Our own copy alone holds secret and nonce, sealed to ourselves; a rerun continues from it.
3. All owners state the same dates, or the epoch does not begin.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from linkage.owner.ceremony import Ceremony
from linkage.owner.epoch_dates import EpochDates
from linkage.owner.keys import KEY_BYTES, EpochTerms, Sizes
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import SHA256
from linkage.protocol.sealing import Manifest

MAX_DECLARED = 10**12
KIND = "commitment"


class Drawn(Guarded):
    """An owner's 32 secret bytes and the 32 bytes that hide them in the commitment."""

    __slots__ = ("nonce", "secret")

    def __init__(self, secret: bytes, nonce: bytes) -> None:
        self.secret, self.nonce = secret, nonce

    def parts(self) -> dict[str, bytes]:
        return {"nonce": self.nonce, "secret": self.secret}


@dataclass(frozen=True)
class Declared:
    """What an owner declares for the epoch: its dates, and the size of each of its tables, rounded up."""

    dates: EpochDates
    sizes: Sizes

    def body(self) -> dict[str, Any]:
        return {"declared_sizes": dict(self.sizes), "ends": self.dates.ends.isoformat(), "starts": self.dates.starts.isoformat()}


@dataclass(frozen=True)
class Commitment:
    """What one owner committed to: ``value`` in hex, what it declared, and the message that said so."""

    owner: str
    value: str
    declared: Declared
    manifest: Manifest = field(compare=False)


def commitment_value(owner: str, terms: EpochTerms, declared: Declared, drawn: Drawn) -> str:
    """Rule 1, in hex."""
    told = declared.body() | {"agreement": terms.agreement, "epoch": terms.epoch, "owner": owner}
    return hashlib.sha256(b"trilink/v1/commitment\0" + drawn.nonce + drawn.secret + canonical_json(told)).hexdigest()


def commit(ceremony: Ceremony, outbox: Path, declared: Declared) -> Commitment:
    """Draw our contribution and write its commitment, sealed to every owner; what we committed to before stays as it is."""
    return _commit(ceremony, outbox, declared, Drawn(os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)))


def _commit(ceremony: Ceremony, outbox: Path, declared: Declared, drawn: Drawn) -> Commitment:
    us = ceremony.by.public()
    body = declared.body() | {"commitment": commitment_value(us.party, ceremony.terms, declared, drawn)}
    ceremony.write(KIND, (body, drawn.parts()), (us, ceremony.arrived(KIND, us.party)), declared.dates.ends)
    ours, _ = own_commitment(ceremony)
    ceremony.send(KIND, (ours.declared.body() | {"commitment": ours.value}, {}), outbox, ours.declared.dates.ends)
    return ours


def own_commitment(ceremony: Ceremony) -> tuple[Commitment, Drawn]:
    """What we committed to, with what opens it."""
    path = ceremony.arrived(KIND, ceremony.by.party)
    manifest, parts = ceremony.opened(path, ceremony.by.party, KIND)
    return _commitment(manifest, path.name), drawn_of(parts, path.name)


def has_committed(ceremony: Ceremony) -> bool:
    """Whether we have taken the first step."""
    return ceremony.arrived(KIND, ceremony.by.party).exists()


def read_commitments(ceremony: Ceremony) -> dict[str, Commitment]:
    """The commitments that are in, by owner; refused unless all state the same dates."""
    found = {}
    for owner in ceremony.owners:
        path = ceremony.arrived(KIND, owner)
        if path.exists():
            found[owner] = _commitment(ceremony.opened(path, owner, KIND)[0], path.name)
    dates = {owner: commitment.declared.dates for owner, commitment in found.items()}
    if len(set(dates.values())) > 1:
        said = "; ".join(f"{owner}: {stated}" for owner, stated in dates.items())
        raise InvalidPackage(
            f"epoch {ceremony.terms.epoch}: the owners state different dates ({said}); agree on them and begin another epoch"
        )
    return found


def declared_of(manifest: Manifest, name: str) -> Declared:
    """What the body of a commitment or contribution declares."""
    sizes = manifest.body.get("declared_sizes")
    if not isinstance(sizes, dict) or not all(type(size) is int and 0 <= size <= MAX_DECLARED for size in sizes.values()):
        raise InvalidPackage(f"{name}: declared_sizes is not a table of record numbers by entity")
    starts, ends = (_day(manifest.body.get(key)) for key in ("starts", "ends"))
    if starts is None or ends is None or ends < starts:
        raise InvalidPackage(f"{name}: starts and ends are not two days, one after the other")
    return Declared(EpochDates(starts, ends), sizes)


def drawn_of(parts: Mapping[str, bytes], name: str) -> Drawn:
    """Secret and nonce of a message."""
    if set(parts) != {"nonce", "secret"} or any(len(part) != KEY_BYTES for part in parts.values()):
        raise InvalidPackage(f"{name}: expected two parts, nonce and secret, of {KEY_BYTES} bytes each")
    return Drawn(parts["secret"], parts["nonce"])


def is_value(value: object) -> bool:
    """Whether this can be a commitment's value."""
    return isinstance(value, str) and SHA256.fullmatch(value) is not None


def _commitment(manifest: Manifest, name: str) -> Commitment:
    value = manifest.body.get("commitment")
    if not is_value(value):
        raise InvalidPackage(f"{name}: its manifest holds no commitment")
    return Commitment(manifest.sender, str(value), declared_of(manifest, name), manifest)


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
