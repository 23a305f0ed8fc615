"""Second step of an epoch's key: contributions are shown when all commitments are in, and hold only if they open them.

Rules of this room:
1. Ours is shown after every owner has committed. It says which commitments we were told; those stay ours, and another one is refused.
2. A contribution must open the commitment that its owner made to us.
3. Every owner must have been told the same commitments as we; who may have told two owners different ones is named.
4. Contributions exist on disk only sealed, to one owner each.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from linkage.owner.ceremony import Ceremony
from linkage.owner.commitments import Commitment, Declared, Drawn, commitment_value, declared_of, drawn_of, is_value, own_commitment
from linkage.owner.epoch_dates import EpochDates
from linkage.owner.keys import EncodingKey, EpochTerms, Sizes, combine
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.manifest import Manifest

KIND = "contribution"

Told = Mapping[str, str]  # owner -> the commitment that it made, in hex


class Opened(Guarded):
    """One owner's contribution: the file's name, what it declares, which commitments its owner was told, what was drawn."""

    __slots__ = ("declared", "drawn", "name", "told")

    def __init__(self, name: str, declared: Declared, told: Told, drawn: Drawn) -> None:
        self.name, self.declared, self.told, self.drawn = name, declared, told, drawn


class Contributions(Guarded):
    """What all owners contributed to one epoch; ``declared_sizes`` is owner -> entity -> number of records.

    For the ledger: ``manifests`` are those of the other owners' messages, ``told`` the commitments that they open.
    """

    __slots__ = ("_secrets", "_terms", "dates", "declared_sizes", "manifests", "told")

    def __init__(
        self,
        secrets: Mapping[str, bytes],
        declared: tuple[EpochDates, Mapping[str, Sizes]],
        terms: EpochTerms,
        noted: tuple[tuple[Manifest, ...], Told] = ((), MappingProxyType({})),
    ) -> None:
        self._secrets, self._terms = secrets, terms
        self.manifests, self.told = noted
        self.dates, self.declared_sizes = declared

    def shown(self) -> str:
        return f"{len(self._secrets)} contributions, hidden"

    def combine(self) -> EncodingKey:
        return combine(self._secrets, self._terms.epoch, self._terms.agreement, self.declared_sizes)

    def key_to_encode(self, today: date) -> EncodingKey:
        """The epoch's key, on a day on which it may be used."""
        self.dates.require_open(self._terms.epoch, today)
        return self.combine()


def show_ours(ceremony: Ceremony, outbox: Path, committed: Mapping[str, Commitment]) -> None:
    """Write our contribution, sealed to every owner, our own copy first; ``committed`` are the commitments of all owners."""
    us = ceremony.by.public()
    ours, drawn = own_commitment(ceremony)
    told = {owner: committed[owner].value for owner in ceremony.owners}
    content = (ours.declared.body() | {"commitments": told}, drawn.parts())
    mine, ends = ceremony.arrived(KIND, us.party), ours.declared.dates.ends
    ceremony.write(KIND, content, (us, mine), ends)
    _refuse_second(_told(ceremony.opened(mine, us.party, KIND)[0], mine.name), told, ceremony.terms.epoch)
    ceremony.send(KIND, content, outbox, ends)


def missing_contributions(ceremony: Ceremony) -> list[str]:
    """The owners whose contribution to us is not in."""
    return [owner for owner in ceremony.owners if not ceremony.arrived(KIND, owner).exists()]


def collect(ceremony: Ceremony) -> Contributions:
    """Open and verify the contribution of every owner, our own included."""
    terms, opened, manifests = ceremony.terms, {}, []
    for owner in ceremony.owners:
        path = ceremony.arrived(KIND, owner)
        if not path.exists():
            raise InvalidPackage(f"{path.name}: the contribution of {owner} to epoch {terms.epoch} is not there yet")
        manifest, parts = ceremony.opened(path, owner, KIND)
        if owner != ceremony.by.party:
            manifests.append(manifest)
        opened[owner] = Opened(path.name, declared_of(manifest, path.name), _told(manifest, path.name), drawn_of(parts, path.name))
    ours = opened[ceremony.by.party]
    for owner, message in opened.items():
        _check_opens(owner, message, ours.told, terms)
    for owner, message in opened.items():
        _check_told_alike(owner, message.told, ours.told, terms.epoch)
    sizes = {owner: message.declared.sizes for owner, message in opened.items()}
    secrets = {owner: message.drawn.secret for owner, message in opened.items()}
    return Contributions(secrets, (ours.declared.dates, sizes), terms, (tuple(manifests), ours.told))


def _check_opens(owner: str, message: Opened, told: Told, terms: EpochTerms) -> None:
    """Rule 2."""
    if commitment_value(owner, terms, message.declared, message.drawn) != told.get(owner):
        raise InvalidPackage(
            f"{message.name}: does not open the commitment that {owner} made; ask {owner} why, and begin another epoch than {terms.epoch}"
        )


def _check_told_alike(witness: str, theirs: Told, ours: Told, epoch: str) -> None:
    """Rule 3."""
    for owner in ours:
        if theirs.get(owner) != ours[owner]:
            raise InvalidPackage(
                f"epoch {epoch}: {witness} was told another commitment of {owner} than we were; one of the two lies, {owner} to the owners "
                f"or {witness} about it: compare on another channel, and begin another epoch"
            )


def _refuse_second(before: Told, now: Told, epoch: str) -> None:
    for owner, value in now.items():
        if before.get(owner) != value:
            raise InvalidPackage(
                f"epoch {epoch}: {owner} sent a second commitment after we had shown our contribution; ask why, and begin another epoch"
            )


def _told(manifest: Manifest, name: str) -> Told:
    told = manifest.body.get("commitments")
    if not isinstance(told, dict) or not all(is_value(value) for value in told.values()):
        raise InvalidPackage(f"{name}: commitments is not a table of commitments by owner")
    return told
