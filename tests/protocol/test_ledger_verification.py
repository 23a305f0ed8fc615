"""Any change, gap, truncation or fork is found, and honest ledgers are whole; the slow twin says the same."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.errors import InvalidLedger
from linkage.protocol.ledger import FILE, HEAD_FILE
from linkage.protocol.ledger_entries import remembered
from linkage.protocol.ledger_export import export
from linkage.protocol.ledger_verification import read_ledger, verify
from tests.ledger_parties import UNIT, Correspondents, rewritten
from tests.reference_ledger import is_whole
from tests.vectors.make_sealing import keys_for_tests


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Correspondents:
    parties = Correspondents(tmp_path_factory.mktemp("verified"))
    parties.epoch()
    return parties


@pytest.fixture(scope="module")
def content(parties: Correspondents) -> bytes:
    return (parties.folder / UNIT / FILE).read_bytes()


def found(content: bytes, folder: Path, **against: Any) -> str:
    """What verification says; "" when it finds nothing."""
    path = folder / "shown.jsonl"
    path.write_bytes(content)
    try:
        verify(read_ledger(path), **against)
    except InvalidLedger as error:
        return str(error)
    return ""


def test_an_honest_ledger_is_whole(parties: Correspondents, content: bytes, tmp_path: Path) -> None:
    head = remembered(parties.folder / UNIT / HEAD_FILE)
    assert found(content, tmp_path, pinned=parties.public, heads=[head]) == ""
    assert is_whole(content, UNIT, parties.public[UNIT].signing)


def lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True)


def swapped(content: bytes) -> bytes:
    first, second, third, *rest = lines(content)
    return b"".join([first, third, second, *rest])


def signature_of(other: int) -> Any:
    """The second entry with the signature of another entry."""

    def change(content: bytes) -> bytes:
        rows = [json.loads(line) for line in lines(content)]
        rows[1]["signature"] = rows[other]["signature"]
        return b"".join(json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for row in rows)

    return change


CHANGES = [  # what was done to the file, how, what is found
    ("a count changed", lambda c: c.replace(b'"candidate_pairs":50', b'"candidate_pairs":51'), "does not follow the entry before it"),
    ("an entry taken out", lambda c: b"".join(lines(c)[:2] + lines(c)[3:]), "entry 2: numbered 3; entries are missing"),
    ("an entry repeated", lambda c: b"".join([*lines(c)[:3], *lines(c)[2:]]), "entry 3: numbered 2; entries are missing, repeated"),
    ("two entries swapped", swapped, "entry 1: numbered 2"),
    ("the beginning cut", lambda c: b"".join(lines(c)[1:]), "entry 0: is not the beginning of a ledger"),
    ("another signature", signature_of(2), "entry 1: not signed by joint-team"),
    ("spaces", lambda c: c.replace(b'"event":"linked"', b'"event": "linked"'), "not canonical JSON"),
    ("an unknown event", lambda c: c.replace(b'"event":"linked"', b'"event":"other"'), "no such event"),
    ("a fact taken out", lambda c: c.replace(b'"run":"run"},"number"', b'"x":"run"},"number"'), "has a fact that this event does not have"),
    ("another party's name", lambda c: c.replace(b'"party":"joint-team"', b'"party":"us"', 1), "entry 1: of another party"),
    ("a line of something else", lambda c: c + b'{"hello":1}\n', "has no signature"),
    ("nothing left", lambda c: b"", "holds no entry"),
]


@pytest.mark.parametrize(("what", "change", "says"), CHANGES, ids=[case[0] for case in CHANGES])
def test_a_change_is_found_with_its_place(
    what: str, change: Any, says: str, content: bytes, parties: Correspondents, tmp_path: Path
) -> None:
    assert says in found(change(content), tmp_path)
    assert not is_whole(change(content), UNIT, parties.public[UNIT].signing)


AGAINST = [  # a ledger that holds together, and is another one
    ("cut", lambda e: e.__delitem__(slice(-2, None)), "ends with entry"),
    ("rewritten", lambda e: e[1].update(basis="another"), "is not the one that is remembered"),
]


@pytest.mark.parametrize(("what", "lie", "says"), AGAINST, ids=[case[0] for case in AGAINST])
def test_a_second_ledger_shows_against_a_remembered_head(
    what: str, lie: Any, says: str, content: bytes, parties: Correspondents, tmp_path: Path
) -> None:
    head = remembered(parties.folder / UNIT / HEAD_FILE)
    other = rewritten(content, parties.keys[UNIT], lie)
    assert found(other, tmp_path, pinned=parties.public) == ""
    assert says in found(other, tmp_path, heads=[head])


def test_a_ledger_signed_by_somebody_else_shows_against_the_agreement(content: bytes, parties: Correspondents, tmp_path: Path) -> None:
    forger = keys_for_tests(UNIT, "forged")
    key = base64.b64encode(forger.public().signing).decode()
    forged = rewritten(content, forger, lambda entries: entries[0]["facts"].update(signing_key=key))
    assert found(forged, tmp_path) == ""
    assert "signed with another key of joint-team than the agreement has" in found(forged, tmp_path, pinned=parties.public)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found(data: st.DataObject, content: bytes, parties: Correspondents, tmp_path_factory: Any) -> None:
    at = data.draw(st.integers(0, len(content) - 2))  # the last newline makes a torn line, which is honest
    value = data.draw(st.integers(0, 255).filter(lambda one: one != content[at]))
    changed = content[:at] + bytes([value]) + content[at + 1 :]
    assert found(changed, tmp_path_factory.getbasetemp()) != ""
    assert not is_whole(changed, UNIT, parties.public[UNIT].signing)


def test_what_is_kept_back_keeps_its_place(parties: Correspondents, content: bytes, tmp_path: Path) -> None:
    source = parties.folder / UNIT / FILE
    shown = export(read_ledger(source), source, "mx")
    assert found(shown, tmp_path, pinned=parties.public) == ""
    ledger = read_ledger(tmp_path / "shown.jsonl")
    assert 0 < ledger.hidden < len(ledger.entries) and ledger.head.digest == read_ledger(source).head.digest
    assert {entry.facts.get("from", entry.facts.get("to")) for entry in ledger.entries if entry.event} <= {"mx", None}
    assert b'"from":"ca"' not in shown and b'"to":"us"' not in shown
    rows = lines(shown)
    hidden = next(number for number, entry in enumerate(ledger.entries) if not entry.event)
    assert "numbered" in found(b"".join(rows[:hidden] + rows[hidden + 1 :]), tmp_path)
    assert export(read_ledger(source), source, None) == content
