"""One line of a ledger: an entry, signed; or of an entry that is not shown, its digest and the same signature (docs/spec/ledger.md).

The signature is over the head that the entry makes, party, number and digest; so a head can be told to others and believed without the
entry, and an entry can be kept back without breaking the chain.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linkage.protocol.canonical import canonical_json, read_canonical
from linkage.protocol.errors import InvalidLedger
from linkage.protocol.ledger_events import Facts, complete
from linkage.protocol.manifest import SHA256, SIGNATURE, TIME, TOKEN
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.public_keys import PARTY_NAME

NOTHING = "0" * 64  # the digest before the first entry
LONGEST_TEXT = 200
PURPOSE = b"trilink/v1/ledger/head\0"
TEXTS = {"agreement": TOKEN, "at": TIME, "party": PARTY_NAME, "previous": SHA256}
STATED = ("who", "basis", "purpose")


@dataclass(frozen=True)
class Grounds:
    """Who works, on what legal basis, for what purpose: each a line of at most 200 characters that names no person of the data."""

    who: str
    basis: str
    purpose: str


@dataclass(frozen=True)
class Head:
    """How far a ledger goes: the number of its last entry, from 0, that entry's digest, and the party's signature over both, base64."""

    party: str
    number: int
    digest: str
    signature: str

    def is_signed_by(self, signing_key: bytes) -> bool:
        """Whether the holder of this Ed25519 key (32 bytes) signed it."""
        try:
            Ed25519PublicKey.from_public_bytes(signing_key).verify(base64.b64decode(self.signature), _signed(self))
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Entry:
    """One entry, understood; ``event`` is empty and everything of its content absent when it is not shown."""

    head: Head
    event: str
    facts: Facts
    at: str
    agreement: str
    grounds: Grounds
    previous: str | None

    @property
    def number(self) -> int:
        return self.head.number


class Place(NamedTuple):
    """Where a new entry goes."""

    party: str
    number: int
    previous: str


def written(place: Place, said: tuple[str, Facts], about: tuple[str, str, Grounds], by: PartyKeys) -> tuple[bytes, Head]:
    """The line of a new entry, newline included, and its head; ``said`` is event and facts, ``about`` agreement, time and grounds."""
    (event, facts), (agreement, at, grounds) = said, about
    content = canonical_json({
        "agreement": agreement, "at": at, "basis": grounds.basis, "event": event, "facts": complete(event, facts), "number": place.number,
        "party": place.party, "previous": place.previous, "purpose": grounds.purpose, "who": grounds.who,
    })  # fmt: skip
    head = signed_head(place.party, place.number, hashlib.sha256(content).hexdigest(), by)
    return b'{"entry":' + content + b',"signature":"' + head.signature.encode() + b'"}\n', head


def remembered(path: Path) -> Head | None:
    """The head that a file remembers, or None where there is no such file."""
    if not path.exists():
        return None
    with suppress(ValueError, TypeError):
        return Head(**json.loads(path.read_bytes()))
    raise InvalidLedger(f"{path.name}: damaged; restore it, or compare the ledger with the heads that the other parties were told")


def signed_head(party: str, number: int, digest: str, by: PartyKeys) -> Head:
    signature = by.sign(_signed(Head(party, number, digest, "")))
    return Head(party, number, digest, base64.b64encode(signature).decode())


def not_shown(entry: Entry) -> bytes:
    """The line that stands for an entry whose content is kept back."""
    head = entry.head
    return canonical_json({"digest": head.digest, "number": head.number, "party": head.party, "signature": head.signature}) + b"\n"


def read_line(line: bytes, where: str) -> Entry:
    """The entry of one line without its newline; ``InvalidLedger`` begins with ``where``. Chain and signature are not looked at here."""
    content = read_canonical(line)
    if content is None:
        raise InvalidLedger(f"{where}: not canonical JSON; the line was altered")
    signature = content.get("signature")
    if not isinstance(signature, str) or not SIGNATURE.fullmatch(signature):
        raise InvalidLedger(f"{where}: has no signature")
    if set(content) == {"digest", "number", "party", "signature"}:
        return _hidden(content, where)
    entry = content.get("entry")
    if set(content) != {"entry", "signature"} or not isinstance(entry, dict):
        raise InvalidLedger(f"{where}: neither an entry nor the digest of one")
    _check_keys(entry, where)
    problem, facts = "", {}
    try:
        facts = complete(entry["event"], entry["facts"])
    except InvalidLedger as error:
        problem = str(error)
    if problem or facts != entry["facts"]:
        raise InvalidLedger(f"{where}: {problem or 'its facts are incomplete'}")
    head = Head(entry["party"], entry["number"], hashlib.sha256(canonical_json(entry)).hexdigest(), signature)
    grounds = Grounds(entry["who"], entry["basis"], entry["purpose"])
    return Entry(head, entry["event"], facts, entry["at"], entry["agreement"], grounds, entry["previous"])


def _hidden(content: Mapping[str, Any], where: str) -> Entry:
    party, number, digest = content["party"], content["number"], content["digest"]
    if type(number) is not int or not all(isinstance(text, str) for text in (party, digest)) or not SHA256.fullmatch(digest):
        raise InvalidLedger(f"{where}: neither an entry nor the digest of one")
    return Entry(Head(party, number, digest, content["signature"]), "", {}, "", "", Grounds("", "", ""), None)


def _check_keys(entry: Mapping[str, Any], where: str) -> None:
    if set(entry) != {"event", "facts", "number", *TEXTS, *STATED}:
        raise InvalidLedger(f"{where}: has missing or unknown keys")
    sound = all(isinstance(entry[key], str) and pattern.fullmatch(entry[key]) for key, pattern in TEXTS.items())
    sound = sound and all(is_stated(entry[key]) for key in STATED) and isinstance(entry["facts"], dict)
    if not sound or not isinstance(entry["event"], str) or type(entry["number"]) is not int or entry["number"] < 0:
        raise InvalidLedger(f"{where}: a key is not of its type")


def is_stated(text: object) -> bool:
    """Whether this may stand as who, legal basis or purpose: one printable line that says something."""
    return isinstance(text, str) and 0 < len(text.strip()) <= len(text) <= LONGEST_TEXT and text.isprintable()


def _signed(head: Head) -> bytes:
    return PURPOSE + canonical_json({"digest": head.digest, "number": head.number, "party": head.party})
