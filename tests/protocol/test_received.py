"""What a party may take in: a rerun continues, a replay and a second message are refused, and refusals are noted."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.manifest import Manifest, read_manifest
from linkage.protocol.received import Received
from tests.ledger_parties import NOW, UNIT, Correspondents
from tests.vectors.make_sealing import honest_manifest

FIRST = honest_manifest()


def other(nonce: str = "f" * 32, **changes: object) -> Manifest:
    return replace(FIRST, nonce=nonce, **changes)  # type: ignore[arg-type]


def received(folder: Path) -> Received:
    return Received(Correspondents(folder).ledger(UNIT), NOW)


@pytest.fixture
def ledger(tmp_path: Path) -> Received:
    guard = received(tmp_path)
    assert guard.record(FIRST, "run-1") is True
    return guard


def events(guard: Received) -> list[str]:
    return [entry.event for entry in guard.ledger.entries()]


def test_the_same_run_continues(ledger: Received) -> None:
    before = ledger.ledger.path.read_bytes()
    assert ledger.record(FIRST, "run-1") is False
    assert ledger.ledger.path.read_bytes() == before


def test_another_run_is_a_replay(ledger: Received, tmp_path: Path) -> None:
    for again in (ledger, received(tmp_path)):
        with pytest.raises(InvalidPackage, match=r"replayed, ledger\.jsonl has it from run run-1"):
            again.record(FIRST, "run-2")
    assert events(ledger) == ["begun", "received", "refused", "refused"]


SECOND_MESSAGES = [  # what differs from the first, accepted?
    ("another epoch", {"epoch": "2026-12"}, True),
    ("another sender", {"sender": "ca"}, True),
    ("another kind", {"kind": "regroup_answer"}, True),
    ("another number", {"body": {"entity": "suspect", "number": 2}}, True),
    ("another entity", {"body": {"entity": "firearm"}}, True),
    ("no entity", {"body": {}}, True),
    ("same epoch, kind, entity", {}, False),
    ("same with other counts", {"body": {"entity": "suspect", "records": 99}}, False),
]


@pytest.mark.parametrize(("name", "changes", "accepted"), SECOND_MESSAGES, ids=[case[0] for case in SECOND_MESSAGES])
def test_a_second_message(ledger: Received, name: str, changes: dict[str, object], accepted: bool) -> None:
    if accepted:
        assert ledger.record(other(**changes), "run-1") is True  # type: ignore[arg-type]
        return
    for run in ("run-1", "run-2"):
        with pytest.raises(InvalidPackage, match="about suspect: in epoch 2026-11 it already sent another one"):
            ledger.record(other(**changes), run)  # type: ignore[arg-type]


def test_another_message_under_a_known_id(ledger: Received) -> None:
    with pytest.raises(InvalidPackage, match="another message under this id"):
        ledger.record(other(FIRST.nonce, epoch="2026-12"), "run-1")


def test_a_refusal_is_noted_with_both_digests(ledger: Received) -> None:
    second = other()
    with pytest.raises(InvalidPackage):
        ledger.record(second, "run-1")
    facts = ledger.ledger.entries("refused")[0].facts
    assert (facts["reason"], facts["known"], facts["manifest"]) == ("second", FIRST.digest(), second.digest())


def test_all_or_none(ledger: Received) -> None:
    with pytest.raises(InvalidPackage):
        ledger.record_all([other("e" * 32, sender="ca"), other()], "run-1")
    assert events(ledger) == ["begun", "received", "refused"]
    assert ledger.record_all([other("e" * 32, sender="ca"), FIRST], "run-1") == 1


def test_a_head_that_the_sender_did_not_sign_is_refused(ledger: Received) -> None:
    head = {"number": 3, "digest": "0" * 64, "signature": "A" * 86 + "=="}
    with pytest.raises(InvalidPackage, match=r"the head of mx's ledger in it is not signed by mx"):
        ledger.record(other("e" * 32, epoch="2026-12", head=head), "run-1")
    assert events(ledger) == ["begun", "received"]


BAD_HEADS = [None, {}, {"number": -1, "digest": "0" * 64, "signature": "A" * 86 + "=="}, {"number": 1, "digest": "x", "signature": "y"}]


@pytest.mark.parametrize("head", BAD_HEADS)
def test_a_head_that_is_none_is_refused_when_the_manifest_is_read(head: object) -> None:
    content = json.loads(FIRST.canonical()) | {"head": head}
    with pytest.raises(InvalidPackage, match="head in its manifest is not understandable"):
        read_manifest(canonical_json(content), "some.sealed")
