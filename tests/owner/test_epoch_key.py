"""The epoch key's ceremony among three owners: honest, rerun, late, and with one that lies."""

import hashlib
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.commitments import Declared, Drawn, _commit, commitment_value
from linkage.owner.epoch_dates import EpochDates, default_dates
from linkage.owner.keys import EpochTerms
from linkage.protocol.errors import InvalidPackage
from tests.three_owners import AGREEMENT, EPOCH, OWNERS, TERMS, TODAY, Owner, Three


@pytest.fixture
def three(tmp_path: Path) -> Three:
    return Three(tmp_path)


def test_commit_show_ready(three: Three) -> None:
    assert three.all_step() == ["committed"] * 3
    assert [path.name.split(".")[0] for path in sorted(three.us.outbox.iterdir())] == ["commitment"] * 2, "nothing is shown yet"
    assert three.all_step() == ["shown"] * 3
    assert three.all_step() == ["ready"] * 3
    checks = {owner.step().check for owner in three.owners.values()}
    assert len(checks) == 1
    assert three.mx.collected().declared_sizes == {owner: {"suspect": 140} for owner in OWNERS}
    assert repr(three.mx.collected()) == "<Contributions: 3 contributions, hidden>"


def test_awaited_owners_are_named_and_nothing_is_shown_before_all_committed(three: Three) -> None:
    assert three.mx.step().awaited == ["ca", "us"]
    three.us.step()
    three.post()
    standing = three.mx.step()
    assert (standing.step, standing.awaited) == ("committed", ["ca"])
    assert list(three.mx.outbox.glob("contribution.*")) == []


def test_a_rerun_continues_with_the_same_contribution(three: Three) -> None:
    three.all_step()
    before = (three.mx.inbox / f"commitment.{EPOCH}.mx.mx.sealed").read_bytes()
    (three.mx.outbox / f"commitment.{EPOCH}.mx.us.sealed").unlink()  # killed before the last file was written
    (three.mx.base / "t.csv").write_text("record_id,given_names\n")  # sizes are declared once
    three.all_step()
    assert (three.mx.inbox / f"commitment.{EPOCH}.mx.mx.sealed").read_bytes() == before
    (three.mx.outbox / f"contribution.{EPOCH}.mx.us.sealed").unlink()
    assert three.all_step() == ["ready"] * 3
    assert {owner.collected().combine().key_check_value() for owner in three.owners.values()} == {three.us.step().check}


def test_a_commitment_hides_and_binds() -> None:
    """Golden: SHA-256 of the text of docs/spec/keys.md; any other secret, nonce, size, date, owner, epoch gives another value."""
    declared = Declared(EpochDates(date(2026, 11, 1), date(2026, 11, 30)), {"suspect": 140})
    terms = EpochTerms("a" * 64, "2026-11", timedelta(days=30))
    fixed = Drawn(b"s" * 32, b"n" * 32)
    value = commitment_value("mx", terms, declared, fixed)
    told = (
        '{"agreement":"' + "a" * 64 + '","declared_sizes":{"suspect":140},"ends":"2026-11-30","epoch":"2026-11","owner":"mx",'
        '"starts":"2026-11-01"}'
    )
    assert value == hashlib.sha256(b"trilink/v1/commitment\0" + b"n" * 32 + b"s" * 32 + told.encode()).hexdigest()
    assert value == "c1abf6570714c9b6df843ffe35da6be531e4cef626f37969e60f1e6721a3c114"
    longer = EpochDates(date(2026, 11, 1), date(2026, 12, 1))
    others = [
        commitment_value("mx", terms, declared, Drawn(b"t" * 32, b"n" * 32)),
        commitment_value("mx", terms, declared, Drawn(b"s" * 32, b"m" * 32)),
        commitment_value("ca", terms, declared, fixed),
        commitment_value("mx", terms, Declared(declared.dates, {"suspect": 150}), fixed),
        commitment_value("mx", terms, Declared(longer, {"suspect": 140}), fixed),
        commitment_value("mx", EpochTerms("a" * 64, "2026-12", timedelta(days=30)), declared, fixed),
    ]
    assert len({value, *others}) == 7


# ------------------------------------------------------------------------------------------------------------- one of them lies


def shown(three: Three) -> None:
    """All have committed and shown; the files of us are still in its outbox alone."""
    three.all_step()
    three.all_step()


def body_of(owner: Owner, kind: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the owner's own copy of a message says."""
    path = owner.inbox / f"{kind}.{EPOCH}.{owner.name}.{owner.name}.sealed"
    manifest, parts = owner.ceremony().opened(path, owner.name, kind)
    return dict(manifest.body), parts


def chooses_last(three: Three) -> None:
    """us sees what the others contributed and would rather have another secret."""
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body, parts | {"secret": b"x" * 32})


def shows_other_sizes(three: Three) -> None:
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body | {"declared_sizes": {"suspect": 9}}, parts)


def extends_the_epoch(three: Three) -> None:
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body | {"ends": "2099-01-01"}, parts)


def copies_another(three: Three) -> None:
    body, _ = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body, body_of(three.ca, "contribution")[1])


def lies_about_who_was_told_what(three: Three) -> None:
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body | {"commitments": body["commitments"] | {"ca": "0" * 64}}, parts)


def shows_no_commitments(three: Three) -> None:
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body | {"commitments": "all"}, parts)


def shows_half(three: Three) -> None:
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body, {"secret": parts["secret"]})


def shows_short(three: Three) -> None:
    body, parts = body_of(three.us, "contribution")
    three.us.send("contribution", "mx", body, parts | {"secret": b"s"})


def sends_it_to_another(three: Three) -> None:
    shutil.copy(three.us.outbox / f"contribution.{EPOCH}.us.ca.sealed", three.us.outbox / f"contribution.{EPOCH}.us.mx.sealed")
    shutil.copy(three.us.outbox / f"contribution.{EPOCH}.us.mx.sealed", three.mx.inbox)


LIES = [  # what us does after all have committed, what mx says
    (chooses_last, "contribution.2026-11.us.mx.sealed: does not open the commitment that us made"),
    (shows_other_sizes, "does not open the commitment that us made"),
    (extends_the_epoch, "does not open the commitment that us made"),
    (copies_another, "does not open the commitment that us made"),
    (lies_about_who_was_told_what, "us was told another commitment of ca than we were; one of the two lies"),
    (shows_no_commitments, "commitments is not a table"),
    (shows_half, "expected two parts, nonce and secret, of 32 bytes each"),
    (shows_short, "expected two parts"),
    (sends_it_to_another, "addressed to ca, and we are mx"),
]


@pytest.mark.parametrize(("lie", "says"), LIES, ids=[lie.__name__ for lie, _ in LIES])
def test_a_contribution_that_is_not_what_was_committed_is_refused(lie: Any, says: str, three: Three) -> None:
    shown(three)
    lie(three)
    shutil.copy(three.us.outbox / f"contribution.{EPOCH}.us.mx.sealed", three.mx.inbox)
    with pytest.raises(InvalidPackage) as refused:
        three.mx.step()
    assert says in str(refused.value) and "\n" not in str(refused.value)
    with pytest.raises(InvalidPackage):  # nor is anything encoded
        three.mx.collected()


def test_two_commitments_before_two_owners_are_found_and_named(three: Three) -> None:
    """us commits to one secret before ca and to another before mx, and shows each of them what it committed to."""
    three.all_step()
    twin = Three(three.us.base / "twin")
    _commit(twin.us.ceremony(), twin.us.outbox, Declared(default_dates(AGREEMENT, TODAY), {"suspect": 140}), Drawn(b"x" * 32, b"y" * 32))
    other = twin.us.outbox / f"commitment.{EPOCH}.us.mx.sealed"
    shutil.copy(other, three.us.outbox)
    three.post()
    three.all_step()
    body, _ = body_of(three.us, "contribution")
    value = body_of(twin.us, "commitment")[0]["commitment"]
    three.us.send(
        "contribution", "mx", body | {"commitments": body["commitments"] | {"us": value}}, {"secret": b"x" * 32, "nonce": b"y" * 32}
    )
    three.post()
    with pytest.raises(InvalidPackage, match="epoch 2026-11: ca was told another commitment of us than we were"):
        three.mx.step()
    with pytest.raises(InvalidPackage, match="mx was told another commitment of us than we were"):
        three.ca.step()


def test_a_second_commitment_after_we_have_shown_ours_is_refused(three: Three) -> None:
    three.all_step()
    three.mx.step()
    twin = Three(three.us.base / "twin")
    _commit(twin.us.ceremony(), twin.us.outbox, Declared(default_dates(AGREEMENT, TODAY), {"suspect": 140}), Drawn(b"x" * 32, b"y" * 32))
    shutil.copy(twin.us.outbox / f"commitment.{EPOCH}.us.mx.sealed", three.mx.inbox)
    with pytest.raises(InvalidPackage, match=r"from us: in epoch 2026-11 it already sent another one, .* begin another epoch than 2026-11"):
        three.mx.step()


def test_who_shows_nothing_is_awaited_by_name(three: Three) -> None:
    three.all_step()
    three.ca.step()
    three.post()
    standing = three.mx.step()
    assert (standing.step, standing.awaited) == ("shown", ["us"])
    with pytest.raises(InvalidPackage, match="the contribution of us to epoch 2026-11 is not there yet"):
        three.mx.collected()


def test_the_next_epoch_has_another_key_and_its_own_files(three: Three) -> None:
    """Rotation: the same parties, agreement and tables under another epoch share no sub-key with the one before."""
    december = EpochTerms(TERMS.agreement, "2026-12", TERMS.lifetime)
    shown(three)
    for owner in three.owners.values():
        owner.step((TODAY + timedelta(days=50), TODAY + timedelta(days=80)), december)
    three.post()
    three.all_step(december)
    old, new = three.mx.collected().combine(), three.mx.collected(december).combine()
    assert old.key_check_value() != new.key_check_value()
    assert old.derive("trilink/v1/blocking/suspect") != new.derive("trilink/v1/blocking/suspect")
    shutil.copy(three.mx.inbox / f"contribution.{EPOCH}.us.mx.sealed", three.mx.inbox / "contribution.2026-12.us.mx.sealed")
    with pytest.raises(InvalidPackage, match="of epoch 2026-11, expected 2026-12"):
        three.mx.collected(december)
