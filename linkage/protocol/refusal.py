"""Tell the sender that its sealed file was refused: message of kind ``refusal`` (docs/spec/sealed.md).

The rules of this room:
1. A refusal holds a code of the closed list and the digest of the refused file's beginning: no reason in words, no value, no count.
2. It goes to the party that the file's header names, if the agreement has it; it is written once per file, beside what leaves.
3. The receiver's own line says what is wrong, what to do, and where the refusal lies.
4. Both ledgers note it: the refuser's when it is sealed, the sender's when it is read.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, TypeVar

from linkage.protocol.agreement import Agreement
from linkage.protocol.container import WRAPPED_KEY_BYTES, Header, read_header
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import open_ledger
from linkage.protocol.ledger_events import refusal_facts
from linkage.protocol.ledger_notes import note_once
from linkage.protocol.mailbox import NAME
from linkage.protocol.manifest import Manifest
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.refusal_codes import CODES
from linkage.protocol.sealing import KINDS, Draft, Expectation, open_sealed, seal

T = TypeVar("T")

NO_EPOCH = "none"  # a refusal is about a file that may never have been opened
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Refusal:
    """Who refused which file of ours (its name, where it is still there), why by code, and what to do."""

    by: str
    code: str
    kind: str
    file: str

    def advice(self) -> str:
        return CODES[self.code][1]


def beginning(path: Path) -> tuple[Header, str] | None:
    """Header and digest of prelude and wrapped key: as unique as the seal, quick on a large file, the same on a cut one."""
    try:
        with path.open("rb") as file:
            return _beginning(file, path.name)
    except (OSError, InvalidPackage):
        return None


def _beginning(file: BinaryIO, name: str) -> tuple[Header, str]:
    header = read_header(file, name)
    return header, hashlib.sha256(header.prelude() + file.read(WRAPPED_KEY_BYTES)).hexdigest()


def telling(by: PartyKeys, agreement: Agreement, out: Path, step: Callable[[], T]) -> T:
    """What the step returns; whatever sealed file it refuses, the sender is told by a refusal in ``out``, and ours by one line."""
    try:
        return step()
    except InvalidPackage as error:
        refused = error
    written = write_refusals(refused, by, agreement, out)
    said = str(refused)
    advice = "" if ";" in said or refused.code not in CODES else f"; {CODES[refused.code][0]}"
    told = f"; {', '.join(str(path) for path in written)} tells its sender" if written else ""
    clean = InvalidPackage(f"{said}{advice}{told}", refused.code)
    clean.files = refused.files
    raise clean


def write_refusals(refused: InvalidPackage, by: PartyKeys, agreement: Agreement, out: Path) -> list[Path]:
    """One sealed refusal per refused file that has a header of a party we know; those that are there already are left alone."""
    written = []
    for header, digest in (found for found in map(beginning, refused.files) if found):
        party = agreement.parties.get(header.sender)
        if refused.code not in CODES or header.sender == by.party or party is None or not party.signing_key:
            continue
        path = out / f"refusal.{by.party}.{header.sender}.{digest[:16]}.sealed"
        written.append(path)
        if not path.exists():
            out.mkdir(parents=True, exist_ok=True, mode=0o700)
            body = {"code": refused.code, "kind": header.kind, "refused": digest}
            lifetime = timedelta(days=agreement.exchange.message_days)
            draft = Draft("refusal", agreement.fingerprint, NO_EPOCH, body, lifetime)
            seal(draft, {}, public_keys_of(agreement, header.sender), by, path)
    return written


def read_refusals(folder: Path, by: PartyKeys, agreement: Agreement, now: datetime, sent: Iterable[Path] = ()) -> list[Refusal]:
    """Every refusal to us that lies in ``folder``, in name order; ``sent`` are the files that it may be about."""
    known = {found[1]: path.name for path in sent if (found := beginning(path))}
    others = {name: public_keys_of(agreement, name) for name, rule in agreement.parties.items() if name != by.party and rule.signing_key}
    if not folder.is_dir():
        raise TrilinkError(f"{folder}: no such folder")
    refusals = []
    for path in sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name)):
        found = beginning(path)
        if found and found[0].kind == "refusal" and found[0].recipient == by.party:
            refusals.append(_opened(path, by, others, Expectation("refusal", agreement.fingerprint, None, now), known))
    return refusals


def _opened(path: Path, by: PartyKeys, others: Mapping[str, PublicKeys], expect: Expectation, known: Mapping[str, str]) -> Refusal:
    with open_sealed(path, by, others, expect) as message:
        manifest = message.manifest
    body, sender, parts = dict(manifest.body), manifest.sender, manifest.parts
    code, kind, digest = body.get("code"), body.get("kind"), body.get("refused")
    sound = set(body) == {"code", "kind", "refused"} and not parts and isinstance(digest, str) and DIGEST.fullmatch(digest) is not None
    if not sound or not isinstance(code, str) or code not in CODES or not isinstance(kind, str) or kind not in KINDS:
        raise InvalidPackage(f"{path.name}: is not a refusal as this version of trilink knows it")
    _note_taken(manifest, expect.now, by.party)
    return Refusal(sender, code, kind, known.get(str(digest), ""))


def _note_taken(manifest: Manifest, now: datetime, party: str) -> None:
    ledger = open_ledger(party)
    if ledger is not None:
        note_once(ledger, "refusal_taken", {"from": manifest.sender, **refusal_facts(manifest)}, now)
