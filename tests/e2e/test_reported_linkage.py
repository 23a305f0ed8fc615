"""T13 of a real epoch: what the report says of a rehearsal's links, beside those links, with what two desks found out of them."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from flows.rehearsed_desks import make_desks
from flows.unit import open_unit
from linkage.desk.accounts import User
from linkage.desk.acts import Acting, decide_on, read_link, read_queue
from linkage.desk.decisions import Proposed
from linkage.desk.desk import Desk
from linkage.desk.exchanging import Exchanging
from linkage.desk.outcomes import send_outcomes
from linkage.desk.profile import read_desk_profile
from linkage.desk.queue import Wanted
from linkage.desk.store import open_store, users
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.ledger import Ledger
from linkage.protocol.party_profile import unlock
from linkage.protocol.received import Received
from linkage.unit.outcomes_intake import kept_outcomes, take_outcomes
from linkage.unit.owner_tables import Desk as UnitDesk
from linkage.unit.seizure_linkage import linkage_of
from tests.made_lists import NOW

pytestmark = pytest.mark.e2e

EVERY = 3  # of so many links one is refuted, the others are confirmed


def decided_at(profile_path: Path, agreement: Agreement, ledger_home: Path, out: Path) -> int:
    """Two people settle every link on a desk, and its outcomes are sealed; returns how many."""
    profile = read_desk_profile(profile_path)
    desk = Desk(open_store(profile.store()), agreement, profile.party)
    with desk.store.look() as connection:
        rows = [row for row in connection.execute(users.select().order_by(users.c.id)) if row.name in ("reviewer", "supervisor")]
    people = [User(row.id, row.name, row.role, "en") for row in rows]
    found = read_queue(Acting(desk, people[0]), Wanted(), 10_000).rows
    for number, row in enumerate(sorted(found, key=lambda row: str(row["link_id"]))):
        for user in people:
            seen = 0 if user is people[0] else _newest(desk, people[0], row["link_id"])
            decide_on(Acting(desk, user), row["link_id"], Proposed("confirmed" if number % EVERY else "refuted", "looked", seen))
    keys = unlock(profile)
    return send_outcomes(Exchanging(desk, keys, profile.home, Ledger(ledger_home, keys, agreement)), out, "test")


def _newest(desk: Desk, user: User, link_id: str) -> int:
    return read_link(Acting(desk, user), link_id).seen


def test_the_report_says_of_a_rehearsed_epoch_what_it_found_and_what_became_of_it(rehearsed: Path, tmp_path: Path) -> None:
    agreement = read_agreement(rehearsed / "agreement.toml")
    unit_profile, _, state = open_unit(rehearsed / "parties" / agreement.unit / "profile.toml", "rehearsal")
    make_desks(rehearsed, tmp_path / "desks", "a long enough password")
    told = decided_at(tmp_path / "desks" / "mx" / "desk.toml", agreement, tmp_path, tmp_path / "out")
    home, keys = tmp_path / "unit", unlock(unit_profile)
    home.mkdir()
    take_outcomes(UnitDesk(home, agreement, keys, Received(Ledger(home, keys, agreement), NOW), NOW), (tmp_path / "out").iterdir())

    with state.result("links.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "mx" in (row["owner_a"], row["owner_b"])]
    assert told == len(rows) > 20
    found, base = linkage_of(state, bytes(32), kept_outcomes(home, agreement)), agreement.report.base
    true = Counter((row["entity"], f"{row['owner_a']} {row['owner_b']}") for row in rows)
    reviewed = 0
    for (entity, pair), count in true.items():
        of = found[entity]
        total = "*" if any(column == "*" for _, column in of.pairs) else next((column for _, column in of.pairs), "*")
        shown = of.pairs.get((pair, total))
        assert shown is None or abs(shown - count) < base, (entity, pair)
        columns = {column for row, column in of.reviewed if row == pair}
        assert columns <= {"confirmed", "refuted", "*"}
        reviewed += bool(columns)
    assert reviewed, "at least one entity type has enough settled links to be told"
