"""Outcomes for the joint team: what is settled, by link id, and nothing else; the unit reads what the desk writes."""

from pathlib import Path

from linkage.desk.decisions import Proposed, decide, newest
from linkage.desk.outcomes import write_outcomes
from linkage.unit.outcomes import read_outcomes
from tests.desk.made_desk import CASE, made_desk, user

DECIDED = [  # link, who, outcome
    (0, "ana", "confirmed"), (0, "carla", "confirmed"),
    (2, "ana", "refuted"),                                   # awaits a second pair of eyes
    (4, "ana", "confirmed"), (4, "carla", "refuted"),        # they disagree
    (6, "ana", "indeterminate"),
    (8, "ana", "checked"),
]  # fmt: skip


def test_only_what_is_settled_is_told(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    with desk.store.change() as connection:
        for number, name, outcome in DECIDED:
            link = f"{number:032x}"
            decide(connection, user(desk, name), link, Proposed(outcome, f"about {CASE}", newest(connection, link)), True, clock())
    assert write_outcomes(desk, tmp_path / "outcomes.csv", "command") == 2
    assert read_outcomes(tmp_path / "outcomes.csv") == [(f"{0:032x}", "confirmed"), (f"{6:032x}", "indeterminate")]
    assert CASE not in (tmp_path / "outcomes.csv").read_text(encoding="utf-8")
    first = (tmp_path / "outcomes.csv").read_bytes()
    write_outcomes(desk, tmp_path / "outcomes.csv", "command")
    assert (tmp_path / "outcomes.csv").read_bytes() == first
