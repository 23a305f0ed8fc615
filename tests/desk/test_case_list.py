"""Lists taken in: whole, once, newest wins, and decisions stay."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from linkage.desk.case_list import take_in
from linkage.desk.decisions import Proposed, decide
from linkage.desk.queue import Wanted, find, one
from linkage.desk.store import journal, links
from linkage.protocol.errors import InvalidPackage, TrilinkError
from tests.desk.made_desk import CASE, link, made_desk, resolved, user, written


def test_the_same_list_twice_changes_nothing(tmp_path: Path) -> None:
    desk, _ = made_desk(tmp_path)
    path = written(tmp_path, resolved([link(number) for number in range(12)]))
    assert take_in(desk, path, "test") == 12
    with desk.store.look() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(links)) == 12
        assert connection.scalar(sa.select(sa.func.count()).where(journal.c.event == "list_taken_in")) == 1


def test_a_newer_list_holds_and_decisions_stay(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    with desk.store.change() as connection:
        decide(connection, user(desk, "carla"), f"{0:032x}", Proposed("checked", "looked", 0), True, clock())
    newer = resolved(
        [link(0, band="B", own={"record_id": "r", "case_id": CASE, "merged": [{"record_id": "s", "case_id": None}]}), link(20)]
    )
    take_in(desk, written(tmp_path, newer | {"released": "2026-10-01", "expires": "2127-01-01"}), "test")
    with desk.store.look() as connection:
        again = one(connection, user(desk, "carla"), f"{0:032x}", "2026-10-02")
        assert again is not None
        assert (again["band"], again["status"], again["own"]) == ("B", "checked", [("r", CASE), ("s", "")])
        assert one(connection, user(desk, "carla"), f"{5:032x}", "2026-10-02") is not None  # still on the older list
        assert find(connection, user(desk, "carla"), Wanted(), "2126-12-24").total == 2  # which has expired by now


def test_an_older_list_is_refused(tmp_path: Path) -> None:
    desk, _ = made_desk(tmp_path)
    with pytest.raises(TrilinkError, match="released on 2026-08-01"):
        take_in(desk, written(tmp_path, resolved([], released="2026-08-01")), "test")


def test_a_list_of_another_country_is_refused(tmp_path: Path) -> None:
    desk, _ = made_desk(tmp_path)
    with pytest.raises(TrilinkError, match="is a list of us, and this is the desk of mx"):
        take_in(desk, written(tmp_path, resolved([], "us")), "test")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "trilink/resolved-cases/v2"}'])
def test_what_is_no_list_is_refused(tmp_path: Path, content: str) -> None:
    desk, _ = made_desk(tmp_path)
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidPackage, match=r"wrong\.json: not a resolved"):
        take_in(desk, path, "test")
