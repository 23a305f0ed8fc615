"""Keys that are believed no more: a party takes its own back, or all the others do when it has lost them (docs/spec/keys.md).

Rules of this room:
1. A revocation names a party and the fingerprint of its keys. It counts when the party signed it with these very keys, or when every
   other party of the agreement did: one or two alone can shut nobody out.
2. It counts from the moment that it lies beside the agreement, for everything: whoever has a stolen key can date what it signs as it likes.
3. A revocation of the keys that an agreement pins, or of one of the others' that is not what it should be, is never passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidAgreement, InvalidStatement
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.statements import Statement, read_statement, save_statement, state

FORMAT = "trilink/revocation/v1"
ABOUT = {"key", "party", "why"}
REASONS = ("lost", "replaced", "stolen")


@dataclass(frozen=True)
class Revocation:
    """Who revokes these keys of a party, why, and who would have to join; it counts when nobody is awaited."""

    keys: PublicKeys
    by: tuple[str, ...]
    why: tuple[str, ...]
    awaited: tuple[str, ...]

    def __str__(self) -> str:
        return f"{' and '.join(self.why)}, says {', '.join(self.by)}"


def revoke(folder: Path, agreement: Agreement, about: tuple[str, str], by: PartyKeys, now: datetime) -> Path:
    """Our statement that a party's keys, as the agreement pins them, are revoked; ``about`` is the party and one of ``REASONS``."""
    party, why = about
    if party not in agreement.parties or by.party not in agreement.parties:
        raise InvalidAgreement(f"parties: {party} or {by.party} is not one of {', '.join(agreement.parties)}")
    if why not in REASONS:
        raise InvalidStatement(f"why: expected one of {', '.join(REASONS)}")
    key = public_keys_of(agreement, party).fingerprint()
    said = state(FORMAT, {"party": party, "key": key, "why": why}, by, now)
    return save_statement(folder / f"{party}.{key}.revoked-by.{by.party}.json", said)


def revocation_of(folder: Path, agreement: Agreement, keys: PublicKeys) -> Revocation | None:
    """What lies in the folder against these keys, every statement verified; None when there is nothing."""
    said = dict(_statements(folder, agreement, keys))
    if not said:
        return None
    others = {party for party in agreement.parties if party != keys.party}
    awaited = () if keys.party in said else tuple(sorted(others - said.keys()))
    reasons = tuple(sorted({statement.about["why"] for statement in said.values()}))
    return Revocation(keys, tuple(sorted(said)), reasons, awaited)


def require_unrevoked(path: Path, agreement: Agreement) -> None:
    """Refuse to work under an agreement that pins revoked keys; ``path`` is its file, beside which revocations lie."""
    for party in agreement.parties:
        if not agreement.parties[party].signing_key:
            continue
        found = revocation_of(path.parent, agreement, public_keys_of(agreement, party))
        if found and not found.awaited:
            raise InvalidAgreement(
                f"{path.name} pins the keys {found.keys.fingerprint()} of {party}, which are revoked ({found}): "
                "enrol its new ones, sign the agreement again, and begin another epoch"
            )


def _statements(folder: Path, agreement: Agreement, keys: PublicKeys) -> Iterator[tuple[str, Statement]]:
    for path in sorted(folder.glob(f"{keys.party}.{keys.fingerprint()}.revoked-by.*.json")):
        said = read_statement(path, FORMAT, ABOUT)
        if (said.about["party"], said.about["key"]) != (keys.party, keys.fingerprint()) or said.about["why"] not in REASONS:
            raise InvalidStatement(f"{path.name}: revokes other keys than its name says, or for no reason that there is")
        if said.by not in agreement.parties:
            raise InvalidStatement(f"{path.name}: by {said.by}, which is no party of the agreement")
        said.verify(keys if said.by == keys.party else public_keys_of(agreement, said.by), path.name)
        yield said.by, said
