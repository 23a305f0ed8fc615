"""What several reviewers' decisions make of a link."""

from pathlib import Path

import pytest

from linkage.desk.decisions import Changed, Decided, Proposed, Status, decide, history, newest, status_of, write_note
from linkage.protocol.errors import TrilinkError
from tests.desk.made_desk import made_desk, user

LINK = f"{0:032x}"
C, F, R, N = "checked", "confirmed", "refuted", "indeterminate"

# decisions in order as (reviewer, outcome) or (reviewer, outcome, "settles"); what follows, with four eyes
STATUSES = [
    ([], Status("candidate")),
    ([(1, C)], Status("checked")),
    ([(1, F)], Status("confirmed", awaiting=True)),
    ([(1, F), (2, F)], Status("confirmed")),
    ([(1, F), (1, F)], Status("confirmed", awaiting=True)),          # one pair of eyes, twice
    ([(1, F), (2, C)], Status("confirmed", awaiting=True)),          # having looked is not having confirmed
    ([(1, F), (2, R)], Status("conflict")),
    ([(1, F), (2, R), (1, R)], Status("refuted")),                   # the first one was convinced
    ([(1, F), (2, N)], Status("conflict")),
    ([(1, N)], Status("indeterminate")),                             # nothing is done on it: one pair of eyes is enough
    ([(1, F), (2, R), (3, R, "settles")], Status("refuted")),
    ([(1, F), (2, R), (3, N, "settles")], Status("indeterminate")),
    ([(1, F), (2, R), (3, R, "settles"), (1, F)], Status("conflict")),  # what comes after opens it again
    ([(1, F), (2, F), (3, R)], Status("conflict")),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), STATUSES)
def test_status(made: list[tuple[int, str]], expected: Status) -> None:
    assert status_of([Decided(one[0], one[1], len(one) > 2) for one in made], four_eyes=True) == expected


def test_without_four_eyes_one_reviewer_is_enough() -> None:
    assert status_of([Decided(1, F)], four_eyes=False) == Status("confirmed")


def test_decisions_are_kept_in_order_and_change_the_status(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    with desk.store.change() as connection:
        first = decide(connection, user(desk, "ana"), LINK, Proposed(F, "same gun", 0), True, clock())
        write_note(connection, user(desk, "ana"), LINK, "ask for the photograph", clock() + 1)
        second = decide(connection, user(desk, "beto"), LINK, Proposed(F, "same photograph", newest(connection, LINK)), True, clock() + 2)
    assert (first, second) == (Status("confirmed", awaiting=True), Status("confirmed"))
    with desk.store.look() as connection:
        assert [(row["name"], row["text"]) for row in history(connection, LINK)] == [
            ("ana", "same gun"), ("ana", "ask for the photograph"), ("beto", "same photograph")
        ]  # fmt: skip


def test_who_read_an_older_page_is_told_and_loses_nothing(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    with desk.store.change() as connection:
        decide(connection, user(desk, "ana"), LINK, Proposed(F, "same gun", 0), True, clock())
    with desk.store.change() as connection, pytest.raises(Changed):
        decide(connection, user(desk, "beto"), LINK, Proposed(R, "another gun", 0), True, clock())
    with desk.store.look() as connection:
        assert [row["text"] for row in history(connection, LINK)] == ["same gun"]


def test_only_a_third_with_that_power_settles(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)

    def said(name: str, outcome: str) -> Status:
        with desk.store.change() as connection:
            proposed = Proposed(outcome, "reason", newest(connection, LINK))
            return decide(connection, user(desk, name), LINK, proposed, True, clock())

    said("ana", F)
    assert said("beto", R) == Status("conflict")
    assert said("carla", R) == Status("refuted")


@pytest.mark.parametrize(("outcome", "reason"), [("maybe", "x"), (F, ""), (F, "   "), (F, "x" * 4001), (F, "a\0b")])
def test_what_cannot_be_kept_is_refused(tmp_path: Path, outcome: str, reason: str) -> None:
    desk, clock = made_desk(tmp_path)
    with desk.store.change() as connection, pytest.raises(TrilinkError):
        decide(connection, user(desk, "ana"), LINK, Proposed(outcome, reason, 0), True, clock())
