"""Four ledgers over a whole epoch in which everything happens once: they fit, with nothing open; and each lie about it is named.

A package that comes late, one that is refused on its way, a withdrawal with recalls and acknowledgements, a disclosure between two desks,
new keys of a party and the next epoch's key under them. Rooms are driven directly: what flows add is in the other tests of this folder.
"""

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from linkage.desk import disclosure
from linkage.desk.accounts import User, add_user, grant
from linkage.desk.case_list import take_in as take_list_in
from linkage.desk.desk import Desk
from linkage.desk.exchanging import Exchanging, open_disclosed, receive, send
from linkage.desk.outgoing import Speaking
from linkage.desk.queue import one
from linkage.desk.store import open_store
from linkage.owner.ceremony import Ceremony
from linkage.owner.epoch_key import next_step
from linkage.owner.keys import EpochTerms
from linkage.owner.recalled import acknowledge as acknowledge_recall
from linkage.owner.regrouping import answer_request
from linkage.owner.resolution import JSON_FILE, resolve_list
from linkage.owner.withdrawal_status import status, take_acknowledgements
from linkage.owner.withdrawn import Wish
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.ledger import FILE, Ledger, noting
from linkage.protocol.ledger_comparison import accused, compare
from linkage.protocol.ledger_notes import note_rotated, note_signed
from linkage.protocol.ledger_verification import ReadLedger, read_ledger, verify
from linkage.protocol.receipts import acknowledge, take_receipts, without_receipt
from linkage.protocol.refusal import read_refusals, telling
from linkage.unit.issuing import last_issued, list_path
from linkage.unit.recalling import recall_path
from tests.ledger_parties import Content, rewritten
from tests.parties import EPOCH, NOW, UNIT, Parties
from tests.small_world import people, small_agreement
from tests.vectors.make_sealing import keys_for_tests

pytestmark = pytest.mark.e2e

OWNERS = ("ca", "mx", "us")
EVERYBODY = (*OWNERS, UNIT)
NEXT = "2026-12"
DESK = {"desk": {"core": {"suspect": ["phone"]}}}


class House:
    """The parties in one folder; every one keeps its ledger, the desk of an owner the same as the owner."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.parties = folder, Parties(folder, people(), agreement=DESK)
        self.unit = self.parties.unit()
        self.box = folder / "box"
        self.box.mkdir()

    def ledger(self, party: str) -> Ledger:
        home = self.folder / "unit" if party == UNIT else self.folder / party / "home"
        return Ledger(home, self.parties.keys[party], self.parties.agreement)

    def read(self) -> list[ReadLedger]:
        return [read_ledger(self.ledger(party).path) for party in EVERYBODY]

    def sign_agreement(self) -> None:
        for party in EVERYBODY:
            note_signed(self.ledger(party), self.parties.agreement, NOW)

    def key_of(self, epoch: str, begins: int) -> None:
        """Commit, show, check, by everybody; the epoch begins in so many days, and lasts thirty."""
        days = NOW.date() + timedelta(days=begins), NOW.date() + timedelta(days=begins + 29)
        for _ in range(3):
            for owner in OWNERS:
                at_home, agreement = self.parties.at_home(owner), self.parties.agreement
                terms = EpochTerms(agreement.fingerprint, epoch, timedelta(days=30))
                public = {name: self.parties.keys[name].public() for name in OWNERS}
                ceremony = Ceremony(self.parties.keys[owner], public, terms, self.box, datetime.now(UTC))
                next_step(ceremony, (at_home.profile, agreement), self.box, days, at_home.ledger)

    def refuse_what_was_cut(self) -> None:
        """mx's package is cut on its way, the unit refuses it, and mx reads so."""
        cut, whole = self.box / "cut.sealed", self.parties.package("mx")
        cut.write_bytes(whole.read_bytes()[:-100])
        by, agreement, told = self.parties.keys, self.parties.agreement, self.folder / "refusals"
        with pytest.raises(InvalidPackage, match="cut short"):
            telling(by[UNIT], agreement, told, lambda: self.unit.take_in(cut))
        (refusal,) = read_refusals(told, by["mx"], agreement, NOW, [whole])
        assert (refusal.by, refusal.code) == (UNIT, "truncated")

    def link(self, *owners: str) -> None:
        """Packages in, requests out, answers in, lists out and resolved."""
        self.unit.take_in(*(self.parties.package(owner) for owner in owners))
        answers = []
        for owner, request in self.unit.ask().items():
            answers.append(request.with_name(request.name.replace("request", "answer")))
            answer_request(self.parties.at_home(owner), request, answers[-1])
        self.unit.take_answers(*answers)
        self.unit.decide()
        self.resolve(*owners)

    def resolve(self, *owners: str) -> None:
        for owner in owners:
            number = last_issued(self.unit.state, owner)
            resolve_list(self.parties.at_home(owner), list_path(self.unit.out, EPOCH, owner, number), self.folder / "cases" / owner)

    def withdraw(self, owner: str, record: str) -> None:
        self.unit.forget(*self.parties.withdraw(owner, Wish("record", record, "suspect")))
        for receiver in OWNERS:
            notice = recall_path(self.unit.out, EPOCH, receiver, 1)
            acknowledge_recall(self.parties.at_home(receiver), notice, self.folder / "acknowledged", [self.folder / "cases" / receiver])
        take_acknowledgements(self.parties.at_home(owner), (self.folder / "acknowledged").glob("*.sealed"))
        ((_, row),) = status(self.folder / owner / "home").items()
        assert row["recalled"] == row["acknowledged"] != {}
        self.resolve(*OWNERS)

    def desk(self, owner: str) -> tuple[Exchanging, User]:
        home = self.folder / f"{owner}-desk"
        home.mkdir()
        desk = Desk(open_store(home / "desk.sqlite"), self.parties.agreement, owner, NOW.timestamp)
        take_list_in(desk, self.folder / "cases" / owner / JSON_FILE, "test")
        with desk.store.change() as connection:
            number = add_user(connection, "dora", "correct horse battery", "supervisor" if owner == "mx" else "data_controller")
            grant(connection, "dora", "*")
        who = User(number, "dora", "supervisor" if owner == "mx" else "data_controller", "en")
        return Exchanging(desk, self.parties.keys[owner], home, self.parties.at_home(owner).ledger), who

    def disclose(self) -> None:
        """mx asks us about one link, and is told a telephone number."""
        (asking, ana), (asked, dora) = self.desk("mx"), self.desk("us")
        links = json.loads((self.folder / "cases" / "mx" / JSON_FILE).read_text(encoding="utf-8"))["links"]
        link_id = next(link["link_id"] for link in links if link["other"]["owner"] == "us")
        with asking.desk.store.change() as connection:
            link = one(connection, ana, link_id, asking.desk.today())
            assert link is not None
            words = {"purpose": "trace", "legal_basis": "MLAT art. 3", "urgency": "urgent"}
            request = disclosure.ask(Speaking(connection, ana, asking.desk.agreement, "mx", asking.desk.clock()), link, words)
        assert (send(asking, self.box), receive(asked, self.box)) == (1, (1, 0, []))
        with asked.desk.store.change() as connection:
            row = disclosure.find_request(connection, request)
            assert row is not None
            speaking = Speaking(connection, dora, asked.desk.agreement, "us", asked.desk.clock())
            disclosure.answer(speaking, row, {"phone": "9152345008"}, "")
        assert (send(asked, self.box), receive(asking, self.box)) == (1, (1, 0, []))
        assert sorted(open_disclosed(asking, request, self.folder / "core.json").core) == ["phone"]

    def receipts(self) -> None:
        """Out and in, twice, so that later heads confirm what came before."""
        for folder in (self.folder / "receipts" / str(len(list(self.folder.glob("receipts/*")))) for _ in range(2)):
            for party in EVERYBODY:
                acknowledge(self.ledger(party), folder, NOW)
            for party in EVERYBODY:
                take_receipts(self.ledger(party), sorted(folder.glob(f"receipt.*.*.{party}.*.sealed")), NOW)

    def new_keys(self, party: str) -> None:
        """A rotation: the last entry under the former keys, then an agreement with the new ones, signed by everybody."""
        new = keys_for_tests(party, "second")
        note_rotated(self.ledger(party), new.public(), NOW)
        self.parties = Parties(self.folder, people(), agreement=DESK)
        self.parties.keys[party] = new
        self.parties.agreement = _with_keys(self.parties)


def _with_keys(parties: Parties) -> Agreement:
    return small_agreement(parties.keys, DESK)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = House(tmp_path_factory.mktemp("house"))
    with ExitStack() as open_ledgers:
        for party in EVERYBODY:
            open_ledgers.enter_context(noting(made.ledger(party)))
        made.sign_agreement()
        made.key_of(EPOCH, begins=0)
        made.refuse_what_was_cut()
        made.link("ca", "mx")
        made.link("us")  # the others do not look at their second list, which the third takes the place of
        made.withdraw("mx", "mx-05")
        made.disclose()
        made.receipts()
        made.new_keys("mx")
    with ExitStack() as open_ledgers:
        for party in EVERYBODY:
            open_ledgers.enter_context(noting(made.ledger(party)))
        made.sign_agreement()
        made.key_of(NEXT, begins=30)
        made.receipts()
    return made


def test_honest_ledgers_fit_and_nothing_is_open(house: House) -> None:
    pinned = {party: keys.public() for party, keys in house.parties.keys.items()}
    for ledger in house.read():
        verify(ledger, pinned)
    assert compare(house.read(), pinned) == []
    assert {party: without_receipt(house.ledger(party)) for party in EVERYBODY} == {party: [] for party in EVERYBODY}


SAID = {  # party: events that its ledger must have
    "mx": {
        "agreement_signed", "key_enrolled", "committed", "opened", "refusal_taken", "withdrawal", "recall_acknowledged", "forgotten",
        "disclosure_sent", "disclosure_taken", "disclosure_read", "key_rotated", "resolved",
    },
    "us": {"key_enrolled", "forgotten", "disclosure_taken", "disclosure_sent", "receipt_given", "receipt_taken"},
    "ca": {"forgotten", "committed", "opened"},
    UNIT: {"refusal_given", "recall", "forgotten", "key_enrolled", "agreement_signed"},
}  # fmt: skip


@pytest.mark.parametrize("party", SAID)
def test_each_ledger_says_what_happened_there(party: str, house: House) -> None:
    assert SAID[party] <= {entry.event for entry in house.ledger(party).entries()}


@pytest.mark.parametrize("party", EVERYBODY)
def test_no_ledger_names_a_record_or_a_value(party: str, house: House) -> None:
    ledger = house.ledger(party).path.read_bytes()
    assert not [word for word in (b"mx-05", b"mx/2", b"9152345008", b"MLAT", b"mistake", b"Zamora") if word in ledger]


def without(event: str, **facts: object) -> Callable[[Content], None]:
    """The ledger as if this had never happened."""

    def lie(entries: Content) -> None:
        kept = [e for e in entries if e["event"] != event or any(e["facts"].get(name) != value for name, value in facts.items())]
        assert len(kept) < len(entries)
        entries[:] = kept

    return lie


LIES = [  # what, who lies, how
    ("the unit never refused mx's package", UNIT, without("refusal_given")),
    ("the unit recalled nothing", UNIT, without("sealed", kind="recall")),
    ("the unit was told of no withdrawal", UNIT, without("received", kind="withdrawal")),
    ("ca never had the recall", "ca", without("received", kind="recall")),
    ("us acknowledged nothing", "us", without("sealed", kind="acknowledgement")),
    ("us disclosed nothing", "us", without("sealed", kind="disclosure")),
    ("us was never asked", "us", without("received", kind="disclosure")),
    ("ca committed to nothing", "ca", without("sealed", kind="commitment", epoch=EPOCH)),
    ("the late package never came", UNIT, without("received", kind="package", **{"from": "us"})),
]


@pytest.mark.parametrize(("what", "liar", "lie"), LIES, ids=[case[0] for case in LIES])
def test_a_party_that_denies_it_is_named(what: str, liar: str, lie: Callable[[Content], None], house: House, tmp_path: Path) -> None:
    """It signs its new past with its own key, and the past holds together; what the others have does not fit."""
    path = tmp_path / FILE
    shutil.copy(house.ledger(liar).path, path)
    path.write_bytes(rewritten(path.read_bytes(), house.parties.keys[liar], lie))
    pinned = {party: keys.public() for party, keys in house.parties.keys.items()}
    verify(read_ledger(path), pinned)
    honest = [ledger for ledger in house.read() if ledger.party != liar]
    assert accused(compare([*honest, read_ledger(path)], pinned)) == [liar]
