"""What a rehearsal's folder means: equal for two runs that differ in nothing but chance and time.

Files that chance and time do not touch count byte for byte. In texts the run's random id and the times are named instead. A sealed file
is what it decrypts to. A desk's database is its rows. A ledger is what it says happened, as a set, and must hold together, also with the
others. Every file counts: one that is there too many, also a hidden one, is a difference.
"""

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from linkage.lab.parties import secret_of
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.container import read_header
from linkage.protocol.ledger import FILE
from linkage.protocol.ledger_comparison import compare
from linkage.protocol.ledger_verification import read_ledger, verify
from linkage.protocol.manifest import PADDING
from linkage.protocol.party_keys import SECRET_BYTES, PartyKeys
from linkage.protocol.public_keys import PublicKeys
from linkage.protocol.sealing import Expectation, open_sealed

Meaning = dict[str, str]
Chance = list[tuple[bytes, bytes]]  # what chance and place made, and how it is called instead

BY_CHANCE = ("private.json", "passphrase", "ledger.head", "timings.json")  # there, and no more than that
TEXTS = (".json", ".csv", ".html", ".toml", ".jsonl")
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
MESSAGE = re.compile(r"\.[0-9a-f]{12}\.")  # the beginning of a message's id in the name of its receipt
NONCE = re.compile(rb'("message": ?)"[0-9a-f]{32}"')  # which message a note is about
ROWS_OF_CHANCE = ("at", "digest", "imported", "token_digest", "form_key", "began", "seen", "sealed_words", "nonce")  # columns of a database
ABOUT_CHANCE = ("head", "manifest", "of", "request", "run", "seen")  # keys of a manifest's body
FACTS_OF_CHANCE = (
    "beginning", "content", "head_digest", "head_number", "head_signature", "manifest", "message", "of", "receipt", "run", "seen_digest",
    "seen_number", "statement",
)  # fmt: skip


def differences(expected: Meaning, found: Meaning) -> list[str]:
    """What is missing, too many, or otherwise, one line each."""
    return [
        f"{name}: {'missing' if name not in found else 'too many' if name not in expected else f'{expected[name]} became {found[name]}'}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def meaning_of(out: Path, seed: int = 7) -> Meaning:
    agreement = read_agreement(out / "agreement.toml")
    keys = {party: PartyKeys(party, secret_of(seed, f"party/{party}", SECRET_BYTES)) for party in agreement.parties}
    public = {party: one.public() for party, one in keys.items()}
    chance = _named(out)
    meaning: Meaning = {}
    counts: Counter[str] = Counter()
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        name = MESSAGE.sub(".MESSAGE.", str(path.relative_to(out)))
        counts[name] += 1
        if path.name.endswith((".sqlite-wal", ".sqlite-shm")):
            continue
        said = (
            _sealed(path, agreement, (keys, public), chance) if path.suffix == ".sealed" and path.stat().st_size else _plain(path, chance)
        )
        meaning[f"{name} #{counts[name]}" if "MESSAGE" in name else name] = said
    return meaning | _ledgers(out, agreement)


def _named(out: Path) -> Chance:
    """What chance and place made, and how it is called instead."""
    runs = [json.loads(path.read_text(encoding="utf-8"))["run"] for path in out.rglob("run.json")]
    return [(run.encode(), b"RUN") for run in runs] + [(str(out.resolve()).encode(), b"OUT")]


def _plain(path: Path, chance: Chance) -> str:
    if path.name in BY_CHANCE or path.name == FILE or path.parent.name == "ledgers" or path.name.endswith(".signature.json"):
        return "there"
    if path.suffix == ".sqlite":
        return _rows(path, chance)
    return _digest(path.read_bytes(), path.suffix in TEXTS, chance)


def _rows(path: Path, chance: Chance) -> str:
    """Every row of every table, with its number where it has one."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table' order by name")]
        said = []
        for table in tables:
            cursor = database.execute(f"select * from {table}")
            columns = [column[0] for column in cursor.description]
            rows = [[one for name, one in zip(columns, row, strict=True) if name not in ROWS_OF_CHANCE] for row in cursor]
            said.append([table, *sorted(json.dumps(row, default=bytes.hex) for row in rows)])
    return _digest(json.dumps(said).encode(), True, chance)


def _digest(content: bytes, text: bool, chance: Chance) -> str:
    if text:
        for what, called in chance:
            content = content.replace(what, called)
        content = NONCE.sub(b"\\1NONCE", TIME.sub(b"TIME", content))
    return hashlib.sha256(content).hexdigest()[:16]


def _sealed(path: Path, agreement: Agreement, of: tuple[Mapping[str, PartyKeys], Mapping[str, PublicKeys]], chance: Chance) -> str:
    """Kind, ends, body and parts."""
    with path.open("rb") as file:
        header = read_header(file, path.name)
    by, public = of[0][header.recipient], of[1]
    if header.recipient_key != public[by.party].fingerprint():
        by = by.at_home()
        public = {**public, by.party: by.public()}
    expect = Expectation(header.kind, agreement.fingerprint, None, datetime.now(UTC))
    with open_sealed(path, by, public, expect) as message:
        manifest, parts = message.manifest, message.read_parts()
    body = {key: value for key, value in manifest.body.items() if key not in ABOUT_CHANCE}
    inside = {name: _digest(data, name.endswith(TEXTS), chance) for name, data in sorted(parts.items()) if name != PADDING}
    return json.dumps([header.kind, header.sender, header.recipient, manifest.epoch, body, inside], sort_keys=True)


def _ledgers(out: Path, agreement: Agreement) -> Meaning:
    """What each says happened, and what does not fit between them."""
    meaning: Meaning = {}
    ledgers = [read_ledger(out / "parties" / party / "home" / FILE) for party in agreement.parties]
    for ledger in ledgers:
        verify(ledger)
        happened = set()
        for entry in ledger.entries:
            if entry.event != "torn":
                facts = {name: value for name, value in entry.facts.items() if name not in FACTS_OF_CHANCE}
                happened.add(f"ledger of {ledger.party}: {json.dumps([entry.event, facts], sort_keys=True)}")
        once = Counter(str(entry.facts["message"]) for entry in ledger.told("received"))
        twice = [message for message, times in once.items() if times > 1]
        meaning |= dict.fromkeys(happened, "said") | ({f"ledger of {ledger.party}": f"received twice: {len(twice)}"} if twice else {})
        gathered = out / "ledgers" / f"{ledger.party}.jsonl"
        if gathered.read_bytes() != (out / "parties" / ledger.party / "home" / FILE).read_bytes():
            meaning[f"ledgers/{gathered.name} is not the party's ledger"] = "said"
    return meaning | {f"between the ledgers: {one.party}: {MESSAGE_ID.sub('MESSAGE', one.what)}": "said" for one in compare(ledgers)}


MESSAGE_ID = re.compile(r"\b[0-9a-f]{32}\b")
