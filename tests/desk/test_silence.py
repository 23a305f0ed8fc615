"""Silent hits: what one side's covert case keeps from the other side's investigators, and what the wrong role sees of it."""

import json
from pathlib import Path

import pytest

from linkage.desk import acts
from linkage.desk.acts import Acting, NotAllowed, NotKnown
from linkage.desk.case_list import take_in
from linkage.desk.decisions import Proposed
from linkage.desk.exchanging import Exchanging, receive, send
from linkage.desk.outgoing import Speaking, day_of, lay_out, made
from linkage.desk.queue import Wanted
from linkage.desk.store import links, silences
from linkage.protocol.disclosure import Silence, read_message
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import Ledger
from tests.desk.made_desk import Clock, link, made_desk, resolved, user, written
from tests.made_lists import KEYS, NOW, agreement

BEGIN = float(int(NOW.timestamp()))
DAY = 86_400.0
# links 0 and 1 are one cluster, 2 and 3 another, …; all have the same case of the other side unless a test says otherwise
LINK, SAME_CLUSTER, FAR = (f"{number:032x}" for number in (0, 1, 6))
WORDS = {"purpose": "trace", "legal_basis": "MLAT art. 3", "urgency": "urgent"}
SILENT = {"silent_days": 30}


class Two:
    """The desks of mx and us under an agreement with silence, and a folder between them. Each link has a case of its own."""

    def __init__(self, folder: Path, **rule: int) -> None:
        self.between = folder / "between"
        agreed = agreement().model_copy(update={"desk": agreement().desk.model_copy(update=rule)})
        self.clocks: dict[str, Clock] = {}
        self.at: dict[str, Exchanging] = {}
        for owner in ("mx", "us"):
            (folder / owner).mkdir()
            desk, self.clocks[owner] = made_desk(folder / owner, owner, at=BEGIN)
            with desk.store.change() as connection:
                connection.execute(links.update().values(case_reference=links.c.cluster_id))
            desk = desk._replace(agreement=agreed)
            self.at[owner] = Exchanging(desk, KEYS[owner], folder / owner, Ledger(folder / owner, KEYS[owner], agreed))

    def acting(self, owner: str, name: str) -> Acting:
        desk = self.at[owner].desk
        return Acting(desk, user(desk, name))

    def carry(self, sender: str, receiver: str) -> list[str]:
        send(self.at[sender], self.between)
        return receive(self.at[receiver], self.between).refused

    def silence(self, days: int = 10, link_id: str = LINK) -> None:
        acts.silence_on(self.acting("mx", "fina"), link_id, days)
        assert self.carry("mx", "us") == []

    def seen(self, owner: str, name: str) -> set[str]:
        return {row["link_id"] for row in acts.read_queue(self.acting(owner, name), Wanted()).rows}


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path, **SILENT)


WRONG_ROLES = ["ana", "beto", "carla", "dora"]


@pytest.mark.parametrize("name", WRONG_ROLES)
def test_a_silent_link_is_not_there_for_the_wrong_role(two: Two, name: str) -> None:
    """Neither in the queue nor on a page, in an export, beside another link, to be asked about, decided, noted or flagged."""
    before = two.seen("us", name)
    two.silence()
    acting = two.acting("us", name)
    assert two.seen("us", name) == before - {LINK, SAME_CLUSTER}
    with pytest.raises(NotKnown):
        acts.read_link(acting, LINK)
    for kind in ("csv", "json"):
        assert LINK.encode() not in acts.export_links(acting, Wanted(), kind).content
    for act in (
        lambda: acts.decide_on(acting, LINK, Proposed("checked", "x", 0)),
        lambda: acts.note_on(acting, LINK, "x"),
        lambda: acts.flag_on(acting, LINK, True),
        lambda: acts.ask_about(acting, LINK, WORDS),
        lambda: acts.silence_on(acting, LINK, 0),
    ):
        with pytest.raises((NotKnown, NotAllowed)):
            act()
    others = {row["link_id"] for shown in two.seen("us", name) for row in acts.read_link(acting, shown).others}
    assert not {LINK, SAME_CLUSTER} & others


def test_the_deconfliction_officer_sees_it_and_why(two: Two) -> None:
    two.silence()
    fina = two.acting("us", "fina")
    assert {LINK, SAME_CLUSTER} <= two.seen("us", "fina")
    assert acts.read_link(fina, LINK).quiet and acts.read_link(fina, SAME_CLUSTER).quiet
    assert not acts.read_link(fina, FAR).quiet


def test_the_side_that_silenced_goes_on_as_before(two: Two) -> None:
    """Its investigators know of the link, read that it is silent, and may ask."""
    before = two.seen("mx", "ana")
    two.silence()
    assert two.seen("mx", "ana") == before
    read = acts.read_link(two.acting("mx", "ana"), LINK)
    assert read.silent_until == day_of(BEGIN + 10 * DAY) and not read.quiet
    assert b"silen" not in acts.export_links(two.acting("mx", "ana"), Wanted(), "json").content.lower()


def test_a_request_about_a_silent_link_is_for_deconfliction_alone(two: Two) -> None:
    two.silence()
    request = acts.ask_about(two.acting("mx", "ana"), LINK, WORDS)
    assert two.carry("mx", "us") == []
    assert acts.read_requests(two.acting("us", "dora")) == []
    with pytest.raises(NotKnown):
        acts.respond(two.acting("us", "dora"), request, acts.Response("answer", core={"make": "x"}))
    assert [row["id"] for row in acts.read_requests(two.acting("us", "fina"))] == [request]
    acts.respond(two.acting("us", "fina"), request, acts.Response("answer", core={"make": "x"}))
    assert two.carry("us", "mx") == []
    assert acts.read_request(two.acting("mx", "ana"), request).row["state"] == "answered"


def test_deconfliction_answers_nothing_else(two: Two) -> None:
    request = acts.ask_about(two.acting("mx", "ana"), FAR, WORDS)
    two.carry("mx", "us")
    with pytest.raises(NotKnown):
        acts.respond(two.acting("us", "fina"), request, acts.Response("refuse", reason="other"))
    assert len(acts.read_requests(two.acting("us", "dora"))) == 1


def test_a_silence_ends_by_its_day_and_by_being_lifted(two: Two) -> None:
    two.silence(days=10)
    two.clocks["us"].at += 10 * DAY
    assert LINK not in two.seen("us", "ana")
    two.clocks["us"].at += DAY
    assert LINK in two.seen("us", "ana")
    two.clocks["us"].at = BEGIN
    two.silence(days=0)
    assert LINK in two.seen("us", "ana")
    assert acts.read_link(two.acting("mx", "fina"), LINK).silent_until == ""


def test_an_earlier_word_that_arrives_late_changes_nothing(two: Two) -> None:
    two.silence(days=10)
    sent = {path: path.read_bytes() for path in two.between.iterdir()}
    with two.at["us"].desk.store.change() as connection:
        connection.execute(silences.delete())
    for path in sent:
        path.unlink()
    acts.silence_on(two.acting("mx", "fina"), LINK, 0)
    two.carry("mx", "us")  # the lift alone
    for path, content in sent.items():
        path.write_bytes(content)
    two.carry("mx", "us")
    assert LINK in two.seen("us", "ana")


def test_a_silence_that_comes_before_its_list_holds(two: Two, tmp_path: Path) -> None:
    late = link(50, owner="mx", other="us", case_reference=None)
    take_in(two.at["mx"].desk, written(tmp_path, resolved([late], released="2026-09-21")), "test")
    two.silence(link_id=late["link_id"])
    theirs = link(50, owner="us", other="mx", case_reference=None)
    take_in(two.at["us"].desk, written(tmp_path, resolved([theirs], "us", released="2026-09-21")), "test")
    assert late["link_id"] in two.seen("us", "fina") - two.seen("us", "carla")


def test_new_links_are_held_so_that_there_is_time_to_silence(tmp_path: Path) -> None:
    two = Two(tmp_path, silent_days=30, hold_days=2)
    desk = two.at["us"].desk
    take_in(desk, written(tmp_path, resolved([link(50, owner="us", other="mx")], "us", released="2026-09-21")), "test")
    new = f"{50:032x}"
    assert new in two.seen("us", "fina") - two.seen("us", "carla")
    two.clocks["us"].at += 2 * DAY
    assert new in two.seen("us", "carla")


def test_a_third_country_silences_nothing(two: Two) -> None:
    """A silence holds for links with the country that said it: one that ca says of a link with mx does not."""
    with two.at["us"].desk.store.change() as connection:
        connection.execute(silences.insert().values(link_id=LINK, owner="ca", until="2126-01-01", number=1))
    assert LINK in two.seen("us", "ana")


@pytest.mark.parametrize(("days", "said"), [(-1, "0 to 30 days"), (31, "0 to 30 days")])
def test_no_longer_than_agreed(two: Two, days: int, said: str) -> None:
    with pytest.raises(TrilinkError, match=said):
        acts.silence_on(two.acting("mx", "fina"), LINK, days)


def test_without_an_agreed_silence_there_is_none(tmp_path: Path) -> None:
    two = Two(tmp_path, silent_days=0)
    with pytest.raises(TrilinkError, match="the agreement has none"):
        acts.silence_on(two.acting("mx", "fina"), LINK, 1)


def test_a_desk_that_asks_for_more_than_is_agreed_is_refused(two: Two) -> None:
    """mx was changed to send whatever it likes."""
    mx = two.at["mx"].desk
    with mx.store.change() as connection:
        speaking = Speaking(connection, user(mx, "fina"), mx.agreement, "mx", mx.clock())
        lay_out(speaking, ("us", "2026-09"), made(Silence, speaking, "ab" * 16, link_id=LINK, until="2126-01-01"))
    (refused,) = two.carry("mx", "us")
    assert "asks for a longer silence than the agreement has" in refused
    assert LINK in two.seen("us", "ana")


def test_auditors_read_of_it_and_data_controllers_do_not(two: Two) -> None:
    two.silence()
    told = {name: [line["event"] for line in acts.read_journal(two.acting("us", name), 100)] for name in ("dora", "eva")}
    assert "silenced" in told["eva"] and "silenced" not in told["dora"]
    assert [entry.facts["what"] for entry in two.at["us"].ledger.entries("disclosure_taken")] == ["silence"]
    assert [entry.facts["what"] for entry in two.at["mx"].ledger.entries("disclosure_sent")] == ["silence"]


def test_on_the_way_nobody_reads_that_it_is_a_silence(two: Two) -> None:
    acts.silence_on(two.acting("mx", "fina"), LINK, 5)
    two.carry("mx", "us")
    assert b"silence" not in b"".join(path.read_bytes() for path in two.between.iterdir())


def test_what_is_no_silence_is_refused() -> None:
    whole = {"format": "trilink/disclosure/v1", "kind": "silence", "request_id": "ab" * 16, "at": "2026-09-21T00:00:00Z", "link_id": LINK}
    assert read_message(json.dumps(whole | {"until": None}).encode(), "file") is not None
    for wrong in (
        {"until": "2026-02-31"},
        {"until": "soon"},
        {},
        {"until": None, "at": "2026-99-01T00:00:00Z"},
        {"until": None, "why": "x"},
    ):
        with pytest.raises(InvalidPackage):
            read_message(json.dumps(whole | wrong).encode(), "file")
