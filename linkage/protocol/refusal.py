"""Tell the sender that its sealed file was refused: message of kind ``refusal`` (docs/spec/sealed.md).

The rules of this room:
1. A refusal holds a code of the closed list and the digest of the refused file's beginning: no reason in words, no value, no count.
2. It goes to the party that the file's header names, if the agreement has it; it is written once per file, beside what leaves.
3. The receiver's own line says what is wrong, what to do, and where the refusal lies.
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
from linkage.protocol.mailbox import NAME
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.sealing import KINDS, Draft, Expectation, open_sealed, seal

T = TypeVar("T")

CODES = {  # code: what the receiver does, what the sender does
    "not_sealed": ("fetch it again", "deliver it again"),
    "other_version": ("install the release that the agreement names", "install the release that the agreement names"),
    "damaged": ("fetch it again", "deliver it again"),
    "truncated": ("fetch it again", "deliver it again"),
    "oversized": ("ask its sender what it is", "seal it again, smaller"),
    "missing": ("fetch it again", "deliver it again"),
    "other_kind": ("give it to the command that awaits its kind", "nothing, it was given to the wrong command"),
    "misaddressed": ("leave it to whom it is addressed to", "deliver it to whom it is addressed to"),
    "foreign": ("take no file from there", "take no part, or be enrolled in the agreement"),
    "old_key": ("send our public keys", "get our public keys again and seal anew"),
    "not_signed": ("ask its sender whether it is theirs", "find out who seals in your name, or enrol the keys you use"),
    "other_agreement": ("compare the files", "compare agreements and seal under the one in force"),
    "other_epoch": ("link each epoch by itself", "seal it for the epoch that is being linked"),
    "clock": ("compare the clocks", "set the clock and seal it again"),
    "expired": ("ask for a new one", "seal it again"),
    "replayed": ("it counted when it came first", "nothing; if you did not send it again, somebody else did"),
    "second": ("ask which one holds", "say which of your two messages holds"),
    "mis_keyed": ("collect the contributions again", "collect all contributions again and encode anew"),
    "mis_normalised": ("install the same release", "install the same release as the others and encode anew"),
    "other_sizes": ("collect the contributions again", "collect all contributions again and encode anew"),
    "unsound": ("ask its sender to make it anew", "install the same release as the others and make it anew"),
}
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
        body, sender, parts = dict(message.manifest.body), message.manifest.sender, message.manifest.parts
    code, kind, digest = body.get("code"), body.get("kind"), body.get("refused")
    sound = set(body) == {"code", "kind", "refused"} and not parts and isinstance(digest, str) and DIGEST.fullmatch(digest) is not None
    if not sound or not isinstance(code, str) or code not in CODES or not isinstance(kind, str) or kind not in KINDS:
        raise InvalidPackage(f"{path.name}: is not a refusal as this version of trilink knows it")
    return Refusal(sender, code, kind, known.get(str(digest), ""))
