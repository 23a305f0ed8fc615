"""Outcomes for the joint team: what is settled, by link id, and nothing else; the unit reads what the desk seals."""

from pathlib import Path

from linkage.desk.decisions import Proposed, decide, newest
from linkage.desk.exchanging import Exchanging
from linkage.desk.outcomes import send_outcomes
from linkage.protocol.ledger import Ledger
from linkage.protocol.received import Received
from linkage.unit.outcomes_intake import kept_outcomes, take_outcomes
from linkage.unit.owner_tables import Desk as UnitDesk
from tests.desk.made_desk import CASE, made_desk, user
from tests.made_lists import KEYS, NOW

DECIDED = [  # link, who, outcome
    (0, "ana", "confirmed"), (0, "carla", "confirmed"),
    (2, "ana", "refuted"),                                   # awaits a second pair of eyes
    (4, "ana", "confirmed"), (4, "carla", "refuted"),        # they disagree
    (6, "ana", "indeterminate"),
    (8, "ana", "checked"),
]  # fmt: skip


def test_only_what_is_settled_is_told_and_the_newest_holds(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path, at=float(int(NOW.timestamp())))
    exchanging = Exchanging(desk, KEYS["mx"], tmp_path, Ledger(tmp_path, KEYS["mx"], desk.agreement))
    out, unit = tmp_path / "out", KEYS["joint-team"]
    assert send_outcomes(exchanging, out, "command") == 0
    with desk.store.change() as connection:
        for number, name, outcome in DECIDED:
            link = f"{number:032x}"
            decide(connection, user(desk, name), link, Proposed(outcome, f"about {CASE}", newest(connection, link)), True, clock())
    assert send_outcomes(exchanging, out, "command") == 2
    assert sorted(path.name for path in out.iterdir()) == ["outcomes.mx.1.sealed", "outcomes.mx.2.sealed"]
    assert CASE.encode() not in b"".join(path.read_bytes() for path in out.iterdir())
    assert [entry.facts["turn"] for entry in exchanging.ledger.entries("sealed")] == [1, 2]

    home = tmp_path / "unit"
    home.mkdir()
    take_outcomes(UnitDesk(home, desk.agreement, unit, Received(Ledger(home, unit, desk.agreement), NOW), NOW), out.iterdir())
    (told,) = kept_outcomes(home, desk.agreement)
    assert (told.owner, told.number, told.links) == ("mx", 2, {f"{0:032x}": "confirmed", f"{6:032x}": "indeterminate"})
