"""Commit to (record, case) pairs when a package is sealed, and open one of them later (docs/spec/ledger.md, Rows).

Salts come from a key that never leaves home, so that nothing needs to be kept but the crosswalk. Leaves are in order of their digests,
which is nobody's order, so that a proof tells nothing of its neighbours.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from linkage.owner.crosswalk import OwnRecord, crosswalk_path, read_crosswalk
from linkage.owner.profile import OwnerProfile
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.guarded import Guarded
from linkage.protocol.kept_agreement import kept_agreement
from linkage.protocol.ledger import Ledger
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.row_commitments import leaf, path, root
from linkage.protocol.row_proofs import Row, RowProof


class CommittedRows(Guarded):
    """The leaves of one package's rows, gathered while the table streams."""

    __slots__ = ("_entity", "_key", "_leaves")

    def __init__(self, by: PartyKeys, epoch: str, entity: str) -> None:
        self._entity, self._key = entity, by.derive(f"trilink/v1/rows/{epoch}/{entity}")
        self._leaves: list[bytes] = []

    def add(self, entities: Iterable[Iterable[OwnRecord]]) -> None:
        """The records of further entities."""
        self._leaves += [self.leaf(record_id, case_id) for records in entities for record_id, case_id in records]

    def root(self) -> str:
        """SHA-256 root in hex; the same rows make the same, in whatever order they came."""
        return root(sorted(self._leaves)).hex()

    def leaf(self, record_id: str, case_id: str) -> bytes:
        said = Row(self._entity, record_id, case_id).said()
        return leaf(hmac.digest(self._key, said, "sha256"), said)

    def salt(self, record_id: str, case_id: str) -> bytes:
        return hmac.digest(self._key, Row(self._entity, record_id, case_id).said(), "sha256")

    def path(self, record_id: str, case_id: str) -> tuple[tuple[str, str], ...]:
        leaves = sorted(self._leaves)
        return tuple((side, digest.hex()) for side, digest in path(leaves, leaves.index(self.leaf(record_id, case_id))))


def prove_row(
    profile: OwnerProfile, ledger: Ledger, about: tuple[str, str], wanted: tuple[str, str | None], out: Path, now: datetime
) -> dict[str, int]:
    """Write the proof of one record to ``out``, and note the disclosure first; ``about`` is epoch and entity type, ``wanted`` record id
    and the party that is to see it. Returns how many rows the package committed to.
    """
    (epoch, entity), (record_id, to) = about, wanted
    agreement = kept_agreement(profile.home / "epochs" / epoch, ledger.agreement)
    crosswalk = read_crosswalk(crosswalk_path(profile.home, epoch, entity), agreement, epoch, ledger.by, now)
    rows, cases = CommittedRows(ledger.by, epoch, entity), dict[str, str]()
    for own in crosswalk.all_entities():
        rows.add([own.records])
        cases |= dict(own.records)
    if record_id not in cases:
        raise TrilinkError(f"{entity} of epoch {epoch}: has no such record; nothing is written")
    committed = rows.root()
    if not any(entry.facts["rows"] == committed and entry.facts["epoch"] == epoch for entry in ledger.entries("sealed")):
        raise TrilinkError(f"{entity} of epoch {epoch}: no package in our ledger commits to these rows")
    row = Row(entity, record_id, cases[record_id])
    salt, steps = rows.salt(record_id, row.case_id).hex(), rows.path(record_id, row.case_id)
    content = RowProof(ledger.by.party, epoch, row, salt, steps, committed).to_bytes()
    proof = hashlib.sha256(content).hexdigest()
    ledger.note("disclosed", {"epoch": epoch, "entity": entity, "to": to, "rows": committed, "proof": proof}, now)
    with written_whole(out, PRIVATE) as file:
        file.write(content)
    return {"rows": len(cases)}
