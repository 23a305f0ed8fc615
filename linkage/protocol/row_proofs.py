"""A proof that a record belonged to a case before the run: what an owner shows, and how anybody with a ledger checks it.

Format ``trilink/row-proof/v1``: canonical JSON with the owner, epoch and entity type, record id and case id, salt, path and root. It names
a record and a case: whoever makes one discloses them, and only them.
"""

from pathlib import Path
from typing import Any, NamedTuple

from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger_entries import Entry
from linkage.protocol.ledger_verification import ReadLedger
from linkage.protocol.manifest import SHA256
from linkage.protocol.row_commitments import climb, leaf

FORMAT = "trilink/row-proof/v1"
TEXTS = ("owner", "epoch", "entity", "record_id", "case_id", "salt", "root")
MOST_STEPS = 64


class Row(NamedTuple):
    """A record and its case; ``case_id`` is empty when there is none."""

    entity: str
    record_id: str
    case_id: str

    def said(self) -> bytes:
        """The bytes that are committed to."""
        return canonical_json(list(self))


class RowProof(NamedTuple):
    """One row opened."""

    owner: str
    epoch: str
    row: Row
    salt: str
    steps: tuple[tuple[str, str], ...]
    root: str

    def to_bytes(self) -> bytes:
        return canonical_json({
            "format": FORMAT, "owner": self.owner, "epoch": self.epoch, **self.row._asdict(), "salt": self.salt,
            "path": [list(step) for step in self.steps], "root": self.root,
        })  # fmt: skip


def read_proof(source: Path) -> RowProof:
    """A proof from its file; ``InvalidPackage`` when it is none."""
    content = read_canonical(source.read_bytes()) if source.is_file() else None
    if content is None or content.get("format") != FORMAT or set(content) != {"format", "path", *TEXTS} or not _is_sound(content):
        raise InvalidPackage(f"{source.name}: not a proof of format {FORMAT}")
    row = Row(content["entity"], content["record_id"], content["case_id"])
    steps = tuple((side, digest) for side, digest in content["path"])
    return RowProof(content["owner"], content["epoch"], row, content["salt"], steps, content["root"])


def check_proof(proof: RowProof, ledger: ReadLedger, name: str) -> Entry:
    """The entry of the verified ledger, the owner's or the receiver's, that holds the commitment; ``InvalidPackage`` when none does."""
    steps = [(side, bytes.fromhex(digest)) for side, digest in proof.steps]
    if climb(leaf(bytes.fromhex(proof.salt), proof.row.said()), steps).hex() != proof.root:
        raise InvalidPackage(f"{name}: record and case are not those that were committed to")
    for entry in ledger.told("sealed", "received"):
        facts, sender = entry.facts, entry.facts.get("from", ledger.party)
        if facts["rows"] == proof.root and (sender, facts["epoch"], facts["entity"]) == (proof.owner, proof.epoch, proof.row.entity):
            return entry
    raise InvalidPackage(f"{name}: no package in {ledger.name} commits to it")


def _is_sound(content: dict[str, Any]) -> bool:
    texts = all(isinstance(content[key], str) for key in TEXTS)
    steps = content["path"]
    return (
        texts
        and SHA256.fullmatch(content["salt"]) is not None
        and SHA256.fullmatch(content["root"]) is not None
        and isinstance(steps, list)
        and len(steps) <= MOST_STEPS
        and all(_is_step(step) for step in steps)
    )


def _is_step(step: object) -> bool:
    return (
        isinstance(step, list)
        and len(step) == 2
        and step[0] in ("left", "right")
        and isinstance(step[1], str)
        and SHA256.fullmatch(step[1]) is not None
    )
