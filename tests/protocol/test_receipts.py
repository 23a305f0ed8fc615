"""Receipts: one for every message, about what was sent, with heads that are signed and do not contradict each other."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import FILE, HEAD_FILE
from linkage.protocol.ledger_entries import signed_head
from linkage.protocol.manifest import Draft
from linkage.protocol.receipts import acknowledge, take_receipts, without_receipt
from linkage.protocol.sealing import Expectation, open_sealed, seal
from tests.ledger_parties import EPOCH, UNIT, Correspondents

PACKAGE = {"entity": "suspect", "records": 100, "postings": 900}


@pytest.fixture
def parties(tmp_path: Path) -> Correspondents:
    return Correspondents(tmp_path)


@pytest.fixture
def receipt(parties: Correspondents) -> Path:
    """The unit's receipt for a package of mx, not taken in yet."""
    parties.take(parties.send("package", "mx", UNIT, PACKAGE))
    acknowledge(parties.ledger(UNIT), parties.folder / "receipts", parties.now)
    (path,) = (parties.folder / "receipts").iterdir()
    return path


def body_of(parties: Correspondents, path: Path) -> dict[str, Any]:
    expect = Expectation("receipt", parties.agreement.fingerprint, EPOCH, parties.now)
    with open_sealed(path, parties.keys["mx"], parties.public, expect) as message:
        return dict(message.manifest.body)


def lying(parties: Correspondents, body: dict[str, Any], *, by: str = UNIT, parts: dict[str, bytes] | None = None) -> Path:
    path = parties.folder / "lying.sealed"
    draft = Draft("receipt", parties.agreement.fingerprint, EPOCH, body, timedelta(days=9))
    seal(draft, parts or {}, parties.public["mx"], parties.keys[by], path)
    return path


def test_every_message_gets_one_receipt(parties: Correspondents, receipt: Path) -> None:
    (message,) = parties.ledger(UNIT).entries("received")
    assert receipt.name == f"receipt.{EPOCH}.{UNIT}.mx.{message.facts['message'][:12]}.accepted.sealed"
    assert acknowledge(parties.ledger(UNIT), parties.folder / "receipts", parties.now) == 0
    body = body_of(parties, receipt)
    assert (body["of"], body["manifest"], body["outcome"]) == (message.facts["message"], message.facts["manifest"], "accepted")
    assert body["head"]["number"] == 1 and body["seen"] is None  # mx began its ledger with this package: nothing was told before


def test_the_sender_knows_who_has_signed(parties: Correspondents, receipt: Path) -> None:
    ledger = parties.ledger("mx")
    assert [entry.facts["kind"] for entry in without_receipt(ledger)] == ["package"]
    assert take_receipts(ledger, [receipt], parties.now) == 1
    assert without_receipt(ledger) == []
    assert take_receipts(ledger, [receipt], parties.now) == 0
    assert [entry.event for entry in ledger.entries()] == ["begun", "sealed", "receipt_taken"]


def test_a_refused_message_has_its_receipt_too(parties: Correspondents, receipt: Path) -> None:
    second = parties.send("package", "mx", UNIT, PACKAGE | {"records": 90})
    with pytest.raises(InvalidPackage):
        parties.take(second)
    parties.sign()
    outcomes = [entry.facts["outcome"] for entry in parties.ledger("mx").entries("receipt_taken")]
    assert sorted(outcomes) == ["accepted", "refused"]


def test_a_receipt_countersigns_what_the_sender_told(parties: Correspondents, receipt: Path) -> None:
    parties.sign()
    parties.take(parties.send("package", "mx", UNIT, PACKAGE | {"entity": "firearm"}))
    parties.sign()
    facts = parties.ledger("mx").entries("receipt_taken")[-1].facts
    assert parties.ledger("mx").digest_at(facts["seen_number"]) == facts["seen_digest"] is not None


LIES: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [  # what the receipt lies about, the lie, what mx says
    ("the message", lambda body: body.update(of="f" * 32), "of which our ledger has nothing"),
    ("its digest", lambda body: body.update(manifest="0" * 64), "with another digest than ours"),
    ("the head", lambda body: body["head"].update(digest="0" * 64), "is not signed by joint-team"),
    ("our own head", lambda body: body.update(seen={"number": 1, "digest": "0" * 64}), "ours was cut, rewritten or restored"),
    ("a head of ours beyond the end", lambda body: body.update(seen={"number": 99, "digest": "0" * 64}), "ours was cut, rewritten or"),
    ("the outcome", lambda body: body.update(outcome="perhaps"), "not a receipt as"),
    ("more than a receipt has", lambda body: body.update(name="x"), "not a receipt as"),
    ("no head", lambda body: body.update(head=None), "not a receipt as"),
    ("a number that is none", lambda body: body["head"].update(number="1"), "not a receipt as"),
]


@pytest.mark.parametrize(("what", "lie", "says"), LIES, ids=[case[0] for case in LIES])
def test_a_lying_receipt_is_refused_and_costs_no_good_one(
    what: str, lie: Callable[[dict[str, Any]], object], says: str, parties: Correspondents, receipt: Path
) -> None:
    body = body_of(parties, receipt)
    lie(body)
    with pytest.raises(InvalidPackage, match=says) as caught:
        take_receipts(parties.ledger("mx"), [lying(parties, body), receipt], parties.now)
    assert str(caught.value).startswith("lying.sealed: ")
    assert [entry.event for entry in parties.ledger("mx").entries()] == ["begun", "sealed", "receipt_taken"]


def test_somebody_else_cannot_sign_for_it(parties: Correspondents, receipt: Path) -> None:
    with pytest.raises(InvalidPackage, match="ca signs for message"):
        take_receipts(parties.ledger("mx"), [lying(parties, body_of(parties, receipt), by="ca")], parties.now)


def test_a_receipt_with_parts_is_none(parties: Correspondents, receipt: Path) -> None:
    with pytest.raises(InvalidPackage, match="not a receipt as"):
        take_receipts(parties.ledger("mx"), [lying(parties, body_of(parties, receipt), parts={"x": b"y"})], parties.now)


def test_two_heads_of_one_number_are_a_fork(parties: Correspondents, receipt: Path) -> None:
    body = body_of(parties, receipt)
    take_receipts(parties.ledger("mx"), [receipt], parties.now)
    other = signed_head(UNIT, body["head"]["number"], "0" * 64, parties.keys[UNIT])
    body["head"] = {"number": other.number, "digest": other.digest, "signature": other.signature}
    with pytest.raises(InvalidPackage, match="its ledger is forked; keep both messages"):
        take_receipts(parties.ledger("mx"), [lying(parties, body)], parties.now)


def test_a_fork_shows_in_the_next_message_as_well(parties: Correspondents, receipt: Path) -> None:
    """mx restores an old copy of its ledger and goes on: the unit was told of what came after."""
    home = parties.folder / "mx"
    kept = {name: (home / name).read_bytes() for name in (FILE, HEAD_FILE)}
    for kind, body in (("package", PACKAGE | {"entity": "firearm"}), ("list", {"links": 1})):
        parties.take(parties.send(kind, "mx", UNIT, body))
    for name, content in kept.items():
        (home / name).write_bytes(content)
    parties.ledger("mx").note("linked", {"epoch": EPOCH, "run": "another", "counts": {}}, parties.now)
    with pytest.raises(InvalidPackage, match="tells of another entry 2 in its ledger than before"):
        parties.take(parties.send("regroup_answer", "mx", UNIT, {"answered": 1}))


def test_a_ledger_restored_from_an_old_copy_learns_it_from_the_receipt(parties: Correspondents, receipt: Path) -> None:
    parties.take(parties.send("package", "mx", UNIT, PACKAGE | {"entity": "firearm"}))
    acknowledge(parties.ledger(UNIT), parties.folder / "receipts", parties.now)
    shutil.rmtree(parties.folder / "mx")
    parties.ledger("mx").note("linked", {"epoch": EPOCH, "run": "run", "counts": {}}, parties.now)
    with pytest.raises(InvalidPackage, match="of which our ledger has nothing; one of the two ledgers is wrong"):
        take_receipts(parties.ledger("mx"), (parties.folder / "receipts").iterdir(), parties.now)
