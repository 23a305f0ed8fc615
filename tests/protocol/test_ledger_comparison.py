"""Ledgers held against each other: honest ones fit, and every liar is named by what it signed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import FILE
from linkage.protocol.ledger_comparison import Finding, accused, compare
from linkage.protocol.ledger_verification import read_ledger
from tests.ledger_parties import OWNERS, UNIT, Content, Correspondents


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Correspondents:
    parties = Correspondents(tmp_path_factory.mktemp("honest"))
    parties.epoch()
    return parties


@pytest.fixture
def parties(honest: Correspondents, tmp_path: Path) -> Correspondents:
    """A copy of the honest epoch, to lie in."""
    shutil.copytree(honest.folder, tmp_path / "copy")
    copy = Correspondents(tmp_path / "copy")
    copy._sent = honest._sent
    return copy


def found(parties: Correspondents, *who: str) -> list[Finding]:
    return compare(parties.read(*who), parties.public)


def test_honest_ledgers_fit_and_nothing_is_open(honest: Correspondents) -> None:
    assert found(honest) == []
    assert found(honest, UNIT, "mx") == found(honest, "mx", UNIT) == []


def drop(event: str) -> Callable[[Content], object]:
    def lie(entries: Content) -> None:
        del entries[next(place for place, entry in enumerate(entries) if entry["event"] == event)]

    return lie


def say(event: str, **facts: object) -> Callable[[Content], object]:
    def lie(entries: Content) -> None:
        next(entry for entry in entries if entry["event"] == event)["facts"].update(facts)

    return lie


PASTS = [  # what the party does to its past, who lies, the lie
    ("drops that it sent a package", "mx", lambda e: e.remove(next(x for x in e if x["facts"].get("kind") == "package"))),
    ("drops that it received one", UNIT, drop("received")),
    ("drops its link run", UNIT, drop("linked")),
    ("states another count of links", UNIT, say("linked", counts={"candidate_pairs": 5})),
    ("states another legal basis", "mx", lambda e: e[2].update(basis="another one")),
    ("adds a link run that was not", UNIT, lambda e: e.insert(5, next(x for x in e if x["event"] == "linked"))),
    ("puts two entries in another order", UNIT, lambda e: e.insert(3, e.pop(7))),
    ("begins anew", "us", lambda e: e.__delitem__(slice(1, None))),
    ("cuts the end", UNIT, lambda e: e.__delitem__(slice(-8, None))),
    ("dates an entry back", "ca", lambda e: e[4].update(at="2020-01-01T00:00:00Z")),
]


@pytest.mark.parametrize(("what", "liar", "lie"), PASTS, ids=[case[0] for case in PASTS])
def test_who_changes_its_past_is_named_by_what_it_told_the_others(
    what: str, liar: str, lie: Callable[[Content], object], parties: Correspondents
) -> None:
    parties.rewrite(liar, lie)
    (changed,) = parties.read(liar)
    assert compare([changed], parties.public) == []  # by itself it holds together, and is signed
    findings = found(parties)
    assert accused(findings) == [liar]
    assert any("told" in one.what for one in findings)
    for other in {*OWNERS, UNIT} - {liar}:  # two ledgers are enough, if the two wrote to each other after that entry
        assert set(accused(found(parties, liar, other))) <= {liar}
    assert accused(found(parties, "mx" if liar != "mx" else "ca", liar, UNIT if liar != UNIT else "us")) == [liar]


def test_two_ledgers_expose_who_sent_two_packages_under_one_number(parties: Correspondents) -> None:
    second = parties.send("package", "mx", UNIT, {"entity": "suspect", "records": 90, "postings": 800})
    with pytest.raises(InvalidPackage, match="it already sent another one"):
        parties.take(second)
    parties.sign()
    (finding,) = found(parties, "mx", UNIT)
    assert finding.party == "mx"
    assert "two different messages under one number, package of epoch 2026-11 about suspect" in finding.what


def test_a_message_that_its_sender_is_silent_about(parties: Correspondents) -> None:
    parties.take(parties.send("package", "mx", UNIT, {"entity": "firearm", "records": 5}, noted=False))
    (finding,) = found(parties)
    assert finding.party == "mx" and "not in mx's ledger" in finding.what
    acknowledge_refused(parties, "mx")


def acknowledge_refused(parties: Correspondents, sender: str) -> None:
    """The receipt of a message that the ledger is silent about is not taken without a word."""
    with pytest.raises(InvalidPackage, match=r"signs for message [0-9a-f]{32} of which our ledger has nothing"):
        parties.sign(UNIT, sender)


def test_contributions_that_differ_by_addressee(tmp_path: Path) -> None:
    """Each of the two receivers sees one, and finds nothing wrong with it; their ledgers together show it."""
    parties = Correspondents(tmp_path)
    for to, said in (("ca", b"one secret"), ("us", b"another secret")):
        parties.take(parties.send("contribution", "mx", to, {"declared_sizes": {"suspect": 100}}, said=said))
    assert accused(found(parties, "ca", "mx")) == accused(found(parties, "mx", "us")) == []
    assert accused(found(parties, "ca", "us")) == ["mx"]


def test_a_receiver_that_signed_and_is_silent(parties: Correspondents) -> None:
    """Even where no later head was told: the receipt itself is enough."""
    parties.take(parties.send("package", "us", UNIT, {"entity": "firearm", "records": 5}))
    parties.sign()
    parties.rewrite(UNIT, lambda entries: [entries.remove(x) for x in list(entries) if x["facts"].get("entity") == "firearm"])
    findings = found(parties, "us", UNIT)
    assert accused(findings) == [UNIT]
    assert any(one.what.startswith("signed for package of epoch 2026-11 about firearm") for one in findings)


def test_what_is_on_its_way_is_open_and_nobody_is_accused(parties: Correspondents) -> None:
    sent = parties.send("package", "us", UNIT, {"entity": "firearm", "records": 5})
    (finding,) = found(parties)
    assert finding.party == "" and "not signed for; on its way, lost or left out" in finding.what
    parties.take(sent)
    (finding,) = found(parties)
    assert finding.party == "" and "whose receipt is not there yet" in finding.what
    parties.sign()
    assert found(parties) == []


def test_a_sealing_that_was_killed_and_done_again_is_no_lie(parties: Correspondents) -> None:
    """The note comes before the file takes its name: the first of the two never left."""
    parties.send("package", "us", UNIT, {"entity": "firearm", "records": 5}).unlink()
    parties.take(parties.send("package", "us", UNIT, {"entity": "firearm", "records": 5}))
    parties.sign()
    assert found(parties) == []


def test_two_faces_to_two_parties_are_a_fork(parties: Correspondents) -> None:
    """The unit keeps two ledgers, one for mx and one for ca: each fits what that party was told, and together they do not."""
    fork = parties.folder / "fork"
    shutil.copytree(parties.folder / UNIT, fork)
    for path, count in ((parties.folder / UNIT, 1), (fork, 2)):
        shutil.copytree(path, parties.folder / f"face-{count}")
    faces = []
    for number, owner in enumerate(("mx", "ca"), start=1):
        shutil.rmtree(parties.folder / UNIT)
        shutil.copytree(parties.folder / f"face-{number}", parties.folder / UNIT)
        parties.ledger(UNIT).note("linked", {"epoch": "2026-11", "run": f"run-{owner}", "counts": {}}, parties.now)
        parties.take(parties.send("package", owner, UNIT, {"entity": "firearm", "records": 5}))
        parties.sign(UNIT, owner)
        faces.append(read_ledger(shutil.copy(parties.folder / UNIT / FILE, parties.folder / f"shown-to-{owner}.jsonl")))
        assert found(parties, owner, UNIT) == []
    assert accused(compare(faces)) == [UNIT]
    findings = compare(parties.read("mx", "ca"), parties.public)  # the unit need not show any
    assert accused(findings) == [UNIT] and "a fork" in findings[0].what


def test_an_invented_head_falls_on_its_inventor(parties: Correspondents) -> None:
    """Who wants to accuse another must show that other's signature."""
    parties.rewrite("mx", say("receipt_taken", head_digest="00" * 32))
    assert accused(found(parties, "mx", "ca", "us")) == ["mx"]
    assert any("did not sign" in one.what for one in found(parties, "mx", UNIT))


def test_a_ledger_that_does_not_hold_together_is_not_believed(parties: Correspondents) -> None:
    path = parties.folder / "ca" / FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3] + lines[4:]))
    findings = found(parties)
    assert accused(findings) == ["ca"] and "does not hold together" in findings[0].what
