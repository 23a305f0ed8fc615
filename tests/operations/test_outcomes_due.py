"""The joint team's watcher takes outcomes in when they come, without waiting for an epoch."""

from datetime import UTC, datetime
from pathlib import Path

from flows.watch.unit_due import UnitDesk
from linkage.protocol.exchange_rules import ExchangeFolders
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile
from tests.made_lists import AGREEMENT_FILE, agreement


def test_outcomes_are_due_when_they_are_there(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    profile = PartyProfile(
        format=UNIT_FORMAT, party="joint-team", agreement=AGREEMENT_FILE, home=tmp_path, keys={"private": tmp_path / "unused.json"},
        exchange=ExchangeFolders(inbox=inbox, outbox=tmp_path / "outbox", fetch=(), send={}),
    )  # fmt: skip
    desk, now = UnitDesk(tmp_path / "unit.toml", profile, agreement()), datetime.now(UTC)
    assert list(desk.due(now, frozenset())) == []
    told = [inbox / f"outcomes.{owner}.1.sealed" for owner in ("mx", "us")]
    for path in told:
        path.touch()
    (due,) = desk.due(now, frozenset())
    assert (due.what, due.inputs) == ("outcomes", tuple(told))
