"""What is kept no longer than agreed: at the unit by each owner's days, at home by the epoch's."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from linkage.owner.expiry import expire as expire_home
from linkage.owner.resolution import resolve_list
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import Ledger
from linkage.unit.expiry import expire, require_kept
from linkage.unit.issuing import issued_links, list_path
from linkage.unit.snapshots import read_snapshot
from tests.parties import EPOCH, NOW, Parties, Unit, days
from tests.small_world import people

TODAY = NOW + days(40)


def keeping(agreement: Agreement, **retention: int) -> Agreement:
    """The agreement with other days for some owners."""
    parties = {name: rule.model_copy(update={"retention_days": retention.get(name, 366)}) for name, rule in agreement.parties.items()}
    return agreement.model_copy(update={"parties": parties})


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    """A run whose folder lies in the unit's home as the flows lay it."""
    parties = Parties(tmp_path, people())
    made = Unit(parties, tmp_path / "home" / "epochs", EPOCH)
    made.run()
    return made


def files(unit: Unit) -> set[str]:
    return {str(path.relative_to(unit.state.folder)) for path in unit.state.folder.rglob("*") if path.is_file()}


def home_of(unit: Unit) -> Path:
    return unit.home.parent


def expired(unit: Unit, agreement: Agreement, now: datetime = TODAY) -> dict[str, int]:
    return expire(home_of(unit), Ledger(home_of(unit), unit.intake.by, agreement), now)


def test_nothing_is_due_and_nothing_goes(unit: Unit) -> None:
    before = unit.tree()
    assert expired(unit, keeping(unit.state.agreement, mx=41)) == {}
    assert unit.tree() == before
    require_kept(unit.state.folder)


def test_one_owners_days_are_over(unit: Unit) -> None:
    """What was made with mx goes; packages of the others and what these have in common stay."""
    deleted = expired(unit, keeping(unit.state.agreement, mx=39))
    assert f"epochs/{EPOCH}/packages/mx" in deleted and all(size > 0 for size in deleted.values())
    left = files(unit)
    assert not [name for name in left if "mx" in name.replace("/", ".").split(".")]
    assert {"packages/ca/suspect.json", "packages/us/suspect.json", "pairs/suspect/ca.us/part-0000.arrow"} <= left
    assert not [name for name in left if name.startswith("results/")]
    links = read_snapshot(unit.state.history).links
    assert {*links["owner_a"].to_pylist(), *links["owner_b"].to_pylist()} == {"ca", "us"}
    assert set(issued_links(unit.state, "ca")["other"].to_pylist()) == {"us"}
    assert "mx" in (unit.state.folder / "expired.json").read_text()


def test_an_epoch_that_lost_something_is_not_decided_again(unit: Unit) -> None:
    expired(unit, keeping(unit.state.agreement, mx=39))
    with pytest.raises(TrilinkError, match="epoch 2026-11: what mx released has been deleted, its days are over; take a new epoch"):
        require_kept(unit.state.folder)


def test_all_days_are_over_and_only_the_mark_stays(unit: Unit) -> None:
    expired(unit, keeping(unit.state.agreement, mx=39, ca=39, us=39))
    assert files(unit) == {"expired.json", "run.json"}
    assert expired(unit, keeping(unit.state.agreement, mx=39, ca=39, us=39)) == {}


def test_who_takes_part_no_more_is_due_at_once(unit: Unit) -> None:
    agreement = keeping(unit.state.agreement)
    left = agreement.model_copy(update={"parties": {name: rule for name, rule in agreement.parties.items() if name != "mx"}})
    assert f"epochs/{EPOCH}/packages/mx" in expired(unit, left, NOW)


def test_a_killed_deletion_is_run_again(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = keeping(unit.state.agreement, mx=39, ca=39, us=39)
    with monkeypatch.context() as patched:
        patched.setattr("linkage.protocol.atomic_files.shutil.rmtree", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            expired(unit, agreement)
    expired(unit, agreement)
    assert files(unit) == {"expired.json", "run.json"}


# ---------------------------------------------------------------- at home


def test_at_home_a_crosswalk_goes_with_all_that_is_like_it(unit: Unit, tmp_path: Path) -> None:
    at_home = unit.parties.at_home("mx")
    home = at_home.profile.home
    folder = home / "epochs" / EPOCH
    assert {"answered.1.sealed", "crosswalk.suspect.json", "crosswalk.suspect.sealed"} <= {path.name for path in folder.iterdir()}
    assert expire_home(home, at_home.ledger, NOW + days(365)) == {}
    deleted = expire_home(home, at_home.ledger, NOW + days(366))
    assert set(deleted) == {
        f"epochs/{EPOCH}/{name}"
        for name in ("agreement.json", "answered.1.sealed", "crosswalk.suspect.json", "crosswalk.suspect.sealed", "quarantine.suspect.csv")
    }
    (noted,) = at_home.ledger.entries("expired")
    assert noted.facts == {"epoch": EPOCH, "what": "epoch", "counts": {"files": 5}}
    assert {path.name for path in folder.iterdir()} == {"release.suspect.html", "release.suspect.json"}


def test_at_home_a_resolved_list_goes_when_it_said(unit: Unit, tmp_path: Path) -> None:
    at_home, folder = unit.parties.at_home("mx"), tmp_path / "cases"
    resolve_list(at_home, list_path(unit.out, EPOCH, "mx"), folder)
    assert expire_home(at_home.profile.home, at_home.ledger, NOW + days(90), [folder]) == {}
    assert set(expire_home(at_home.profile.home, at_home.ledger, NOW + days(91), [folder, tmp_path / "nothing"])) == {
        f"cases/linked-cases.{ending}" for ending in ("csv", "html", "json")
    }
    assert list(folder.iterdir()) == []


def test_an_expired_list_is_refused(unit: Unit, tmp_path: Path) -> None:
    at_home = unit.parties.at_home("mx")
    at_home.now = NOW + timedelta(days=91)
    with pytest.raises(InvalidPackage, match="expired on"):
        resolve_list(at_home, list_path(unit.out, EPOCH, "mx"), tmp_path / "cases")
