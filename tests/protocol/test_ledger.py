"""A party's own ledger: only grows, one writer at a time, survives a power cut, refuses what it may not hold and what is not whole."""

import json
import os
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from linkage.protocol.errors import InvalidLedger
from linkage.protocol.ledger import FILE, HEAD_FILE, Ledger, noting, told_head
from linkage.protocol.ledger_events import EVENTS, complete
from linkage.protocol.ledger_notes import note_replaced
from linkage.protocol.ledger_verification import read_ledger, verify
from tests.boundary.canaries import WORDS
from tests.ledger_parties import EPOCH, GROUNDS, NOW, UNIT, Correspondents
from tests.reference_ledger import is_whole
from tests.vectors.make_sealing import keys_for_tests

RUN = {"epoch": EPOCH, "run": "run", "counts": {"links": 3}}

# The first line of an invented party's ledger: made once with this code, checked by hand against docs/spec/ledger.md. Ed25519 [RFC8032] is
# deterministic, so the signature is part of it.
FIRST_LINE = (
    '{"entry":{"agreement":"%s","at":"2026-11-22T09:30:00Z","basis":"the agreement, art. 4","event":"begun","facts":{"format":'
    '"trilink/ledger/v1","signing_key":"%s"},"number":0,"party":"joint-team","previous":"%s","purpose":"a test","who":"duty officer"},'
)


@pytest.fixture
def parties(tmp_path: Path) -> Correspondents:
    return Correspondents(tmp_path)


@pytest.fixture
def ledger(parties: Correspondents) -> Ledger:
    """A ledger with three entries."""
    ledger = parties.ledger(UNIT)
    ledger.note("linked", RUN, NOW)
    ledger.note("clustered", RUN, NOW)
    return ledger


def names(ledger: Ledger) -> list[str]:
    return [entry.event for entry in ledger.entries()]


def test_what_an_entry_says(ledger: Ledger, parties: Correspondents) -> None:
    key = parties.public[UNIT].signing_key
    assert ledger.path.read_text(encoding="utf-8").startswith(FIRST_LINE % (parties.agreement.fingerprint, key, "0" * 64))
    entry = ledger.entries("linked")[0]
    assert (entry.number, entry.event, entry.facts, entry.at) == (1, "linked", RUN, "2026-11-22T09:30:00Z")
    assert (entry.grounds, entry.agreement) == (GROUNDS, parties.agreement.fingerprint)
    assert is_whole(ledger.path.read_bytes(), UNIT, parties.public[UNIT].signing)
    assert verify(read_ledger(ledger.path), parties.public) == ledger.head()
    assert os.stat(ledger.path).st_mode & 0o777 == os.stat(ledger.path.with_name(HEAD_FILE)).st_mode & 0o777 == 0o600


def test_the_same_notes_make_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        ledger = Correspondents(tmp_path / name).ledger(UNIT)
        ledger.note("linked", RUN, NOW)
        made.append(ledger.path.read_bytes())
    assert made[0] == made[1]


def test_it_only_grows_and_others_go_on_where_it_ends(ledger: Ledger, parties: Correspondents) -> None:
    before = ledger.path.read_bytes()
    parties.ledger(UNIT).note("linked", RUN, NOW)
    ledger.note("clustered", RUN, NOW)  # this one had not seen the line of the other
    assert ledger.path.read_bytes().startswith(before)
    assert names(ledger) == ["begun", "linked", "clustered", "linked", "clustered"]
    assert is_whole(ledger.path.read_bytes(), UNIT, parties.public[UNIT].signing)


REFUSED: list[tuple[str, str, dict[str, Any]]] = [  # what somebody tries to write down, event, facts
    ("an event outside the vocabulary", "remembered", {}),
    ("a fact that the event does not have", "linked", RUN | {"name": "Gil Pérez"}),
    ("a fact left out", "linked", {"epoch": EPOCH, "counts": {}}),
    ("a count under an unknown name", "linked", RUN | {"counts": {"phone": 5551234}}),
    ("a count that is no number", "linked", RUN | {"counts": {"links": "3"}}),
    ("a negative count", "linked", RUN | {"counts": {"links": -1}}),
    ("a truth value as a count", "linked", RUN | {"counts": {"links": True}}),
    ("text in the place of a digest", "committed", {"epoch": EPOCH, "of": "mx", "commitment": "Gil Pérez"}),
    ("a party that takes no part", "recall", {"epoch": EPOCH, "to": "gb-desk", "counts": {}}),
    ("an entity type that nobody agreed on", "expired", {"epoch": EPOCH, "entity": "vehicle", "what": "package", "counts": {}}),
    ("a ground in own words", "withdrawal", {"epoch": EPOCH, "what": "record", "ground": "he asked", "counts": {}}),
]


@pytest.mark.parametrize(("what", "event", "facts"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_not_in_the_vocabulary_is_refused(what: str, event: str, facts: dict[str, Any], ledger: Ledger) -> None:
    before = ledger.path.read_bytes()
    with pytest.raises(InvalidLedger) as caught:
        ledger.note(event, facts, NOW)
    assert not any(str(value) in str(caught.value) for value in facts.values() if isinstance(value, str) and value not in RUN.values())
    assert ledger.path.read_bytes() == before


@pytest.mark.parametrize("word", WORDS)
def test_no_value_of_a_person_fits_into_any_fact(word: str) -> None:
    """The canaries of the boundary tests, with a space as values have them, in every fact of every event."""
    for event, facts in EVENTS.items():
        for name, check in facts.items():
            assert not check(f"{word} 1"), (event, name)
            assert not check({word: 1}) and not check([word]), (event, name)


def test_every_event_that_other_rooms_will_note_is_there() -> None:
    wanted = {
        "withdrawal", "forgotten", "recall", "recall_acknowledged", "expired", "key_enrolled", "key_rotated", "key_replaced", "key_revoked",
        "agreement_signed", "passphrase_split", "committed", "opened", "sealed", "received", "linked", "overridden", "disclosed",
        "disclosure_sent", "disclosure_taken", "disclosure_read", "refusal_given", "refusal_taken",
    }  # fmt: skip
    assert wanted <= EVENTS.keys()
    said = {"what": "record", "ground": "error", "counts": {"records": 1}}
    assert complete("withdrawal", said) == {"entity": None, **said}


@pytest.mark.parametrize("torn", [b'{"entry":{"agreem', b"\0" * 100, b"x"])
def test_a_line_torn_by_a_power_cut_is_cut_off_and_that_is_noted(torn: bytes, ledger: Ledger, parties: Correspondents) -> None:
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + torn)
    assert read_ledger(ledger.path).torn == len(torn)
    again = parties.ledger(UNIT)
    again.note("linked", RUN, NOW)
    assert ledger.path.read_bytes().startswith(whole)
    assert names(again) == ["begun", "linked", "clustered", "torn", "linked"]
    assert again.entries("torn")[0].facts == {"bytes": len(torn)}


@pytest.mark.parametrize("left", [b"", b'{"entry":{"agreem'])
def test_who_was_killed_in_the_first_note_says_nothing_of_a_head(left: bytes, parties: Correspondents) -> None:
    """The file is there and has no entry yet: the next message is sealed without one, as if it were not there."""
    ledger = parties.ledger(UNIT)
    ledger.path.parent.mkdir(parents=True, exist_ok=True)
    ledger.path.write_bytes(left)
    with noting(ledger):
        assert told_head(UNIT, "mx") is None
    ledger.note("linked", RUN, NOW)
    with noting(ledger):
        assert told_head(UNIT, "mx") is not None


def test_a_first_line_torn_by_a_power_cut(parties: Correspondents) -> None:
    ledger = parties.ledger(UNIT)
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b'{"entry":{"agr')
    ledger.note("linked", RUN, NOW)
    assert names(ledger) == ["begun", "torn", "linked"]


def test_a_power_cut_between_the_line_and_the_remembered_head(ledger: Ledger, parties: Correspondents) -> None:
    head = ledger.path.with_name(HEAD_FILE)
    before = head.read_bytes()
    ledger.note("linked", RUN, NOW)
    head.write_bytes(before)
    parties.ledger(UNIT).note("linked", RUN, NOW)
    assert names(ledger)[-2:] == ["linked", "linked"]


BROKEN = [  # what happened to the file, how, what the next note says
    ("a line is gone", lambda lines: lines[:1] + lines[2:], "entry 1: does not follow"),
    ("a count was changed", lambda lines: [line.replace(b'"links":3', b'"links":4') for line in lines], "entry 2: does not follow"),
    ("the end is gone", lambda lines: lines[:-1], "does not hold entry 2 as ledger.head remembers it"),
    ("all is gone", lambda lines: [], "does not hold entry 2 as ledger.head remembers it"),
    ("something else", lambda lines: [b"rubbish\n"], "entry 0: does not follow"),
    ("the last line was changed", lambda lines: [*lines[:-1], lines[-1].replace(b'"links":3', b'"links":4')], "does not hold entry 2"),
]


@pytest.mark.parametrize(("what", "change", "says"), BROKEN, ids=[case[0] for case in BROKEN])
def test_a_broken_ledger_is_not_continued(what: str, change: Any, says: str, ledger: Ledger, parties: Correspondents) -> None:
    ledger.path.write_bytes(b"".join(change(ledger.path.read_bytes().splitlines(keepends=True))))
    before = ledger.path.read_bytes()
    again = parties.ledger(UNIT)
    for _ in range(2):  # who has been refused once is not let in because it knows the way
        with pytest.raises(InvalidLedger, match=says):
            again.note("linked", RUN, NOW)
        with pytest.raises(InvalidLedger, match=says):
            again.head()
    assert ledger.path.read_bytes() == before


def test_a_ledger_that_was_deleted_is_missed(ledger: Ledger, parties: Correspondents) -> None:
    ledger.path.unlink()
    with pytest.raises(InvalidLedger, match="does not hold entry 2 as"):
        parties.ledger(UNIT).check()
    parties.ledger("mx").check()  # never begun


def test_a_damaged_remembered_head_stops_the_work(ledger: Ledger, parties: Correspondents) -> None:
    ledger.path.with_name(HEAD_FILE).write_bytes(b"{}")
    with pytest.raises(InvalidLedger, match=r"ledger\.head: damaged"):
        parties.ledger(UNIT).note("linked", RUN, NOW)


def test_a_new_key_signs_once_the_former_one_said_so(ledger: Ledger, parties: Correspondents) -> None:
    new = keys_for_tests(UNIT, "second")
    with pytest.raises(InvalidLedger, match="signed with another key so far; take the keys that `trilink keys rotate` made"):
        Ledger(ledger.path.parent, new, parties.agreement, GROUNDS).note("linked", RUN, NOW)
    former, later = parties.public[UNIT], new.public()
    rotation = {"of": UNIT, "former": former.fingerprint(), "fingerprint": later.fingerprint(), "signing_key": later.signing_key}
    ledger.note("key_rotated", rotation, NOW)
    with pytest.raises(InvalidLedger, match="signed with another key so far"):
        ledger.note("linked", RUN, NOW)
    Ledger(ledger.path.parent, new, parties.agreement, GROUNDS).note("linked", RUN, NOW)
    assert verify(read_ledger(ledger.path), {UNIT: later}).number == 4
    with pytest.raises(InvalidLedger, match="signed with another key of joint-team than the agreement has"):
        verify(read_ledger(ledger.path), {UNIT: former})


def test_a_ledger_goes_on_under_new_keys_when_the_former_are_lost(ledger: Ledger, parties: Correspondents) -> None:
    """The chain stays one, so that what others were told of it still fits; nobody without the agreement's new key can do so."""
    new = keys_for_tests(UNIT, "second")
    again, later = Ledger(ledger.path.parent, new, parties.agreement, GROUNDS), new.public()
    note_replaced(again, NOW)
    again.note("linked", RUN, NOW)
    assert verify(read_ledger(ledger.path), {UNIT: later}).number == len(names(again)) - 1
    assert names(again)[-2:] == ["key_replaced", "linked"]
    with pytest.raises(InvalidLedger, match="signed with another key so far"):
        parties.ledger(UNIT).check()
    with pytest.raises(InvalidLedger, match="signed with another key of joint-team than the agreement has"):
        verify(read_ledger(ledger.path), {UNIT: parties.public[UNIT]})


def test_a_message_is_noted_before_its_file_takes_its_name(parties: Correspondents, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the note is not possible nothing leaves; a rename that fails leaves a note of what never left."""
    with noting(parties.ledger("mx")) as ledger:
        ledger.note("linked", RUN, NOW)
        ledger.path.write_bytes(b"rubbish\n")
    with pytest.raises(InvalidLedger):
        parties.send("package", "mx", UNIT, {"entity": "suspect"})
    assert not list(parties.folder.glob("*.sealed"))

    def fails(*names: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("linkage.protocol.atomic_files.os.replace", fails)
    with pytest.raises(OSError, match="no space"):
        parties.send("package", "ca", UNIT, {"entity": "suspect"})
    assert not list(parties.folder.glob("*.sealed"))


def test_what_a_party_seals_to_itself_is_no_message(parties: Correspondents) -> None:
    parties.ledger("mx").note("linked", RUN, NOW)
    parties.send("crosswalk", "mx", "mx", {"entity": "suspect"})
    assert names(parties.ledger("mx")) == ["begun", "linked"]


def _note_many(folder: Path) -> None:
    for _ in range(20):
        Correspondents(folder).ledger(UNIT).note("linked", RUN, NOW)


def test_two_processes_take_turns(tmp_path: Path) -> None:
    processes = [get_context("spawn").Process(target=_note_many, args=(tmp_path,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    parties = Correspondents(tmp_path)
    assert len(names(parties.ledger(UNIT))) == 41
    assert is_whole((tmp_path / UNIT / FILE).read_bytes(), UNIT, parties.public[UNIT].signing)


def test_nothing_of_a_ledger_object_is_shown(ledger: Ledger) -> None:
    assert repr(ledger) == "<Ledger: hidden>"
    assert json.loads(ledger.path.with_name(HEAD_FILE).read_bytes()) == vars(replace(ledger.head()))
