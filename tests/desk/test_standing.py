"""Standing silences: a covert case is silent in the links of today and in those of every list to come, and is named to nobody."""

from pathlib import Path

import pytest

from linkage.desk import acts
from linkage.desk.acts import NotAllowed, NotKnown
from linkage.desk.case_list import take_in
from linkage.desk.outgoing import day_of
from linkage.protocol.errors import TrilinkError
from tests.desk.made_desk import CASE, OTHER_CASE, link, resolved, user, written
from tests.desk.test_silence import BEGIN, DAY, SILENT, Two

COVERT = "FED/99/2026"
NEW, OTHER_NEW = f"{50:032x}", f"{51:032x}"


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path, **SILENT)


def say(two: Two, days: int = 20, case: str = COVERT) -> int:
    told = acts.silence_case_on(two.acting("mx", "fina"), case, days)
    assert two.carry("mx", "us") == []
    return told


def lists_of_a_later_epoch(two: Two, folder: Path, *cases: str, released: str = "2026-09-21") -> None:
    """Links 50, 51, … with these cases of ours, at both desks; each of a cluster of its own, the other side's cases told apart."""
    ours, theirs = [], []
    for number, case in enumerate(cases, start=50):
        for rows, owner, other, own_case in ((ours, "mx", "us", case), (theirs, "us", "mx", "A")):
            row = link(number, owner=owner, other=other, own={"record_id": f"{owner}-{number}", "case_id": own_case})
            row["other"] |= {"case_reference": f"{number:032x}"}
            row["cluster"] |= {"cluster_id": f"{number:032x}"}
            rows.append(row)
    for owner, links in (("mx", ours), ("us", theirs)):
        document = resolved(links, owner, released=released, epoch="2026-10")
        take_in(two.at[owner].desk, written(folder / owner, document), "test")


def test_links_that_a_later_list_brings_are_silent(two: Two, tmp_path: Path) -> None:
    """The case is said silent before it has a single link; its link and no other is kept from the other side."""
    assert say(two) == 0
    lists_of_a_later_epoch(two, tmp_path, COVERT, "FED/100/2026")
    two.carry("mx", "us")
    assert two.seen("us", "carla") & {NEW, OTHER_NEW} == {OTHER_NEW}
    assert NEW in two.seen("us", "fina") and NEW in two.seen("mx", "carla")
    assert acts.read_link(two.acting("mx", "fina"), NEW).silent_until == day_of(BEGIN + 20 * DAY)


def test_links_of_today_are_silent_at_once_and_free_again_when_it_is_lifted(two: Two) -> None:
    before = two.seen("us", "carla")
    assert say(two, case=CASE) == 6
    assert two.seen("us", "carla") == set(), "each cluster has a link of this case"
    assert [(row["case_id"], row["links"], row["name"]) for row in acts.silent_cases(two.acting("mx", "fina"))] == [(CASE, 6, "fina")]
    assert say(two, case=CASE) == 0, "said again for the same days: there is nothing new to tell"
    assert say(two, days=0, case=CASE) == 6
    assert two.seen("us", "carla") == before and acts.silent_cases(two.acting("mx", "fina")) == []


def test_it_ends_by_its_day(two: Two, tmp_path: Path) -> None:
    say(two, days=3)
    for clock in two.clocks.values():
        clock.at = BEGIN + 4 * DAY
    assert acts.silent_cases(two.acting("mx", "fina")) == []
    lists_of_a_later_epoch(two, tmp_path, COVERT)
    two.carry("mx", "us")
    assert NEW in two.seen("us", "carla")


def test_a_list_that_is_taken_in_again_tells_nothing_twice_and_what_was_lifted_by_hand_stays_so(two: Two, tmp_path: Path) -> None:
    say(two)
    lists_of_a_later_epoch(two, tmp_path, COVERT)
    acts.silence_on(two.acting("mx", "fina"), NEW, 0)
    lists_of_a_later_epoch(two, tmp_path, COVERT, released="2026-09-22")
    two.carry("mx", "us")
    assert NEW in two.seen("us", "carla")
    assert len(two.at["mx"].ledger.entries("disclosure_sent")) == 2, "one word silenced it, one lifted it"


def test_of_two_silences_of_a_link_the_longer_holds(two: Two) -> None:
    shared = f"{0:032x}"
    acts.silence_on(two.acting("mx", "fina"), shared, 30)
    say(two, days=10, case=CASE)
    assert acts.read_link(two.acting("mx", "fina"), shared).silent_until == day_of(BEGIN + 30 * DAY)
    say(two, days=15, case=CASE)
    assert acts.read_link(two.acting("mx", "fina"), f"{2:032x}").silent_until == day_of(BEGIN + 15 * DAY)


def test_the_case_is_named_to_nobody(two: Two, tmp_path: Path) -> None:
    """Neither to the other desk, nor on the way, nor in a journal."""
    say(two)
    lists_of_a_later_epoch(two, tmp_path, COVERT)
    two.carry("mx", "us")
    for folder in (two.between, tmp_path / "us"):
        assert COVERT.encode() not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.suffix != ".json")
    lines = acts.read_journal(two.acting("mx", "eva"), 100)
    assert [(line["event"], line["link_id"], line["count"]) for line in lines if "case" in line["event"]] == [("case_silenced", None, 0)]
    assert COVERT not in str(lines)


@pytest.mark.parametrize("name", ["ana", "beto", "carla", "dora", "eva"])
def test_other_roles_neither_say_nor_read_it(two: Two, name: str) -> None:
    for act in (lambda: acts.silence_case_on(two.acting("mx", name), CASE, 1), lambda: acts.silent_cases(two.acting("mx", name))):
        with pytest.raises(NotAllowed):
            act()


def test_an_officer_silences_cases_that_were_granted_and_no_others(two: Two) -> None:
    desk = two.at["mx"].desk
    say(two, case=CASE)
    with desk.store.change() as connection:
        connection.exec_driver_sql(f"UPDATE grants SET case_id = '{OTHER_CASE}' WHERE user_id = {user(desk, 'fina').id}")
    with pytest.raises(NotKnown):
        acts.silence_case_on(two.acting("mx", "fina"), COVERT, 1)
    assert acts.silence_case_on(two.acting("mx", "fina"), OTHER_CASE, 1) > 0
    assert [row["case_id"] for row in acts.silent_cases(two.acting("mx", "fina"))] == [OTHER_CASE]


WRONG = [  # case, days, what is said
    (COVERT, 31, "0 to 30 days"),
    (COVERT, -1, "0 to 30 days"),
    ("", 1, "expected an own case number"),
    ("x" * 201, 1, "1 to 200 printable"),
    ("FED\x00", 1, "printable"),
]


@pytest.mark.parametrize(("case", "days", "said"), WRONG)
def test_what_cannot_be_said(two: Two, case: str, days: int, said: str) -> None:
    with pytest.raises(TrilinkError, match=said):
        acts.silence_case_on(two.acting("mx", "fina"), case, days)
    assert acts.silent_cases(two.acting("mx", "fina")) == []
