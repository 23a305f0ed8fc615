"""Two desks speak about one link: asked, asked back, answered; and what forged or foreign messages do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from linkage.desk import disclosure
from linkage.desk.exchanging import Exchanging, open_disclosed, receive, send
from linkage.desk.outgoing import Speaking
from linkage.desk.profile import DeskProfile
from linkage.desk.queue import one
from linkage.desk.store import request_events, requests
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import Ledger
from tests.desk.made_desk import Clock, made_desk, user
from tests.made_lists import KEYS, NOW

LINK = f"{0:032x}"
WORDS = {"purpose": "trace", "legal_basis": "MLAT art. 3", "urgency": "urgent"}
SECRET = "Xyzzy-Plugh-4711"


class Two:
    """The desks of mx and us, with a folder between them."""

    def __init__(self, folder: Path) -> None:
        self.between = folder / "between"
        self.clocks: dict[str, Clock] = {}
        self.at: dict[str, Exchanging] = {}
        for owner in ("mx", "us"):
            home = folder / owner
            home.mkdir()
            desk, self.clocks[owner] = made_desk(home, owner, at=float(int(NOW.timestamp())))
            self.at[owner] = Exchanging(desk, KEYS[owner], home, Ledger(home, KEYS[owner], desk.agreement))

    def says(self, owner: str, name: str, what: Callable[..., Any], *words: Any) -> Any:
        """Somebody does something at a desk, and it is sealed and carried."""
        desk = self.at[owner].desk
        with desk.store.change() as connection:
            done = what(Speaking(connection, user(desk, name), desk.agreement, owner, desk.clock()), *words)
        send(self.at[owner], self.between)
        return done

    def carried(self, owner: str) -> tuple[int, int, int]:
        taken = receive(self.at[owner], self.between)
        return taken.new, taken.known, len(taken.refused)

    def request(self, owner: str, request_id: str) -> dict[str, Any]:
        with self.at[owner].desk.store.look() as connection:
            found = disclosure.find_request(connection, request_id)
        assert found is not None
        return found

    def link(self) -> dict[str, Any]:
        with self.at["mx"].desk.store.look() as connection:
            found = one(connection, user(self.at["mx"].desk, "ana"), LINK, "2026-09-21")
        assert found is not None
        return found


@pytest.fixture
def two(tmp_path: Path) -> Two:
    return Two(tmp_path)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_whole_way_of_a_request(two: Two, tmp_path: Path) -> None:
    request_id = two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    assert two.carried("us") == (1, 0, 0)
    assert two.carried("us") == (0, 1, 0)
    asked = two.request("us", request_id)
    assert (asked["state"], asked["direction"], asked["due"] - asked["asked"]) == ("asked", "in", 48 * 3600.0)
    two.says("us", "dora", disclosure.question, asked, "which case?")
    two.carried("mx")
    two.says("mx", "ana", disclosure.reply, two.request("mx", request_id), "FED/1/2026")
    two.carried("us")
    two.says("us", "dora", disclosure.answer, two.request("us", request_id), {"serial_number": SECRET, "make": " "}, "call us")
    assert two.carried("mx") == (1, 1, 0)
    assert two.request("mx", request_id)["state"] == "answered"
    assert sorted(open_disclosed(two.at["mx"], request_id, tmp_path / "core.json").core) == ["serial_number"]
    assert json.loads((tmp_path / "core.json").read_text())["core"] == {"serial_number": SECRET}
    assert (tmp_path / "core.json").stat().st_mode & 0o777 == 0o600


def test_a_disclosed_value_is_in_no_database_and_no_file_in_clear(two: Two, tmp_path: Path) -> None:
    request_id = two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    two.carried("us")
    desk = two.at["us"].desk
    with desk.store.change() as connection:  # waiting, not yet sealed
        speaking = Speaking(connection, user(desk, "dora"), desk.agreement, "us", desk.clock())
        disclosure.answer(speaking, two.request("us", request_id), {"serial_number": SECRET}, "")
    assert SECRET.encode() not in everything(tmp_path)
    send(two.at["us"], two.between)
    two.carried("mx")
    assert SECRET.encode() not in everything(tmp_path)
    open_disclosed(two.at["mx"], request_id, tmp_path / "core.json")
    assert SECRET.encode() in everything(tmp_path)  # the control


def test_a_refusal_ends_a_request(two: Two) -> None:
    request_id = two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    two.carried("us")
    two.says("us", "dora", disclosure.refuse, two.request("us", request_id), "ongoing_operation", "")
    two.carried("mx")
    assert two.request("mx", request_id)["state"] == "refused"
    with pytest.raises(TrilinkError, match="not one that waits"):
        two.says("us", "dora", disclosure.answer, two.request("us", request_id), {"make": "x"}, "")
    two.says("mx", "ana", disclosure.ask, two.link(), WORDS)  # may be asked again


WRONG = [
    (disclosure.answer, ({"curp": "x"}, ""), "not one that the agreement"),
    (disclosure.answer, ({}, ""), "core"),
    (disclosure.answer, ({"make": "x" * 4001}, ""), "make"),
    (disclosure.refuse, ("because", ""), "reason"),
    (disclosure.question, ("",), "text"),
]


@pytest.mark.parametrize(("what", "words", "said"), WRONG)
def test_what_is_not_agreed_is_not_said(two: Two, what: Callable[..., Any], words: tuple[Any, ...], said: str) -> None:
    request_id = two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    two.carried("us")
    with pytest.raises(TrilinkError, match=said) as refused:
        two.says("us", "dora", what, two.request("us", request_id), *words)
    assert "x" * 20 not in str(refused.value)
    assert two.request("us", request_id)["state"] == "asked"


def test_one_open_request_a_link(two: Two) -> None:
    two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    with pytest.raises(TrilinkError, match="open one"):
        two.says("mx", "ana", disclosure.ask, two.link(), WORDS)


def test_killed_between_sealing_and_noting_sends_once(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = two.at["mx"].desk
    with desk.store.change() as connection:
        disclosure.ask(Speaking(connection, user(desk, "ana"), desk.agreement, "mx", desk.clock()), two.link(), WORDS)

    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("linkage.desk.exchanging.seal", _then(killed))
        with pytest.raises(Killed):
            send(two.at["mx"], two.between)
    (sealed,) = two.between.glob("*.sealed")
    before = sealed.read_bytes()
    assert send(two.at["mx"], two.between) == 1
    assert sealed.read_bytes() == before
    assert two.carried("us") == (1, 0, 0)


def _then(after: Callable[[], None]) -> Callable[..., None]:
    from linkage.protocol.sealing import seal

    def sealed_then(*arguments: Any) -> None:
        seal(*arguments)
        after()

    return sealed_then


def test_an_answer_of_a_third_country_is_refused(two: Two, tmp_path: Path) -> None:
    """ca learns of a request id and answers in the place of us."""
    request_id = two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    (tmp_path / "ca").mkdir()
    desk, _ = made_desk(tmp_path / "ca", "us", at=float(int(NOW.timestamp())))
    ca = Exchanging(desk._replace(owner="ca"), KEYS["ca"], tmp_path / "ca", Ledger(tmp_path / "ca", KEYS["ca"], desk.agreement))
    with desk.store.change() as connection:
        row = {"id": request_id, "direction": "in", "owner": "mx", "epoch": "2026-09", "state": "asked", "asked": 0, "due": 0}
        connection.execute(requests.insert().values(**row, link_id=LINK, entity="firearm"))
        speaking = Speaking(connection, user(desk, "dora"), desk.agreement, "ca", desk.clock())
        disclosure.answer(speaking, row | {"link_id": LINK, "entity": "firearm"}, {"make": "x"}, "")
    send(ca, two.between)
    taken = receive(two.at["mx"], two.between)
    assert (taken.new, len(taken.refused)) == (0, 1)
    assert "about no request that waits for it" in taken.refused[0]
    (refusal,) = (two.at["mx"].home / "refusals").iterdir()
    assert refusal.name.startswith("refusal.mx.ca."), "ca is told"
    assert [entry.facts["code"] for entry in two.at["mx"].ledger.entries("refusal_given")] == ["unsound"]
    assert two.request("mx", request_id)["state"] == "asked"
    assert not (tmp_path / "mx" / "disclosed").exists()


def test_one_bad_file_does_not_stop_the_others(two: Two) -> None:
    two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    (sealed,) = two.between.glob("*.sealed")
    cut = two.between / "disclosure.2026-09.mx.us.a-cut.sealed"
    cut.write_bytes(sealed.read_bytes()[:-7])
    (two.between / "nonsense.sealed").write_bytes(b"nonsense")
    shutil.copy(sealed, two.between / "disclosure.copy.sealed")
    taken = receive(two.at["us"], two.between)
    assert (taken.new, taken.known, len(taken.refused)) == (1, 1, 1)
    with two.at["us"].desk.store.look() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(request_events)) == 1


def test_opening_what_was_never_disclosed(two: Two, tmp_path: Path) -> None:
    for wrong in ("ab" * 16, "../us/desk", ""):
        with pytest.raises((TrilinkError, InvalidPackage)):
            open_disclosed(two.at["mx"], wrong, tmp_path / "core.json")
    assert not (tmp_path / "core.json").exists()


def test_both_ledgers_say_which_request_and_how_many_fields_and_nothing_else(two: Two, tmp_path: Path) -> None:
    request_id = two.says("mx", "ana", disclosure.ask, two.link(), WORDS)
    two.carried("us")
    two.says("us", "dora", disclosure.question, two.request("us", request_id), "which of the two?")
    two.carried("mx")
    two.says("mx", "ana", disclosure.reply, two.request("mx", request_id), "the older one")
    two.carried("us")
    two.says("us", "dora", disclosure.answer, two.request("us", request_id), {"serial_number": SECRET, "make": "x"}, "")
    two.carried("mx")
    open_disclosed(two.at["mx"], request_id, tmp_path / "core.json")
    kinds = {
        owner: [
            (entry.event.removeprefix("disclosure_"), entry.facts["what"], entry.facts["counts"].get("fields"))
            for entry in two.at[owner].ledger.entries("disclosure_sent", "disclosure_taken", "disclosure_read")
        ]
        for owner in ("mx", "us")
    }
    exchanged = [("request", None), ("question", None), ("reply", None), ("answer", 2)]
    ways = {"mx": ["sent", "taken", "sent", "taken"], "us": ["taken", "sent", "taken", "sent"]}
    read = {"mx": [("read", "answer", 2)], "us": []}
    assert kinds == {owner: [(way, *said) for way, said in zip(ways[owner], exchanged, strict=True)] + read[owner] for owner in kinds}
    ledgers = b"".join(two.at[owner].ledger.path.read_bytes() for owner in kinds)
    assert not [word for word in (SECRET, "trace", "MLAT", "older", "ana", "dora") if word.encode() in ledgers]


def test_a_desk_that_does_not_say_where_the_party_s_ledger_is_does_nothing() -> None:
    said = {"who": "desk", "legal_basis": "art. 6", "purpose": "a test", "receipts": "out"}
    profile = {"format": "trilink/desk-profile/v1", "party": "mx", "agreement": "a.toml", "home": ".", "keys": {"private": "mx.json"}}
    with pytest.raises(ValidationError, match=r"ledger\.home: expected the folder with the owner's ledger; a party has one"):
        DeskProfile.model_validate(profile | {"ledger": said})
    assert DeskProfile.model_validate(profile | {"ledger": said | {"home": "owner"}}).ledger_rule().home == Path("owner")
