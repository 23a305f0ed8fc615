"""What comes after the lists: withdrawal, recall, expiry, a refusal, receipts, ledgers, a blocking plan, two desks and a disclosure.

The parties of the shared rehearsal go on in a copy; then everything that they and Prefect wrote is searched, as in ``test_canary``. A
withdrawn record's id and the reason stay at its owner; what is disclosed stays sealed until it is opened.
"""

import json
import shutil
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from linkage.desk import disclosure
from linkage.desk.accounts import User, add_user, grant
from linkage.desk.case_list import take_in
from linkage.desk.desk import Desk
from linkage.desk.exchanging import Exchanging, open_disclosed, receive, send
from linkage.desk.outgoing import Speaking
from linkage.desk.queue import one
from linkage.desk.store import open_store
from linkage.desk.web import create_app
from linkage.protocol.party_profile import PartyProfile, agreement_of, ledger_of, read_profile, unlock
from tests.boundary.canaries import SERIAL, WORDS
from tests.boundary.searching import leaks, spellings
from tests.conftest import Trilink

EPOCH, PASSWORD = "rehearsal", "correct horse battery"
RECORD, REASON = "mx-canary-0", "Whyqzzent of a court"
CANARIES = frozenset().union(*(spellings(word) for word in WORDS))
WITHDRAWN = frozenset().union(*(spellings(word) for word in (RECORD, REASON)))

MANY = """
import json, sys
from flows.command_line import app
codes = []
for words in json.loads(sys.argv[1]):
    try:
        app(words)
    except SystemExit as ended:
        codes.append(ended.code or 0)
print("codes", json.dumps(codes))
"""


class Later:
    """A copy of the rehearsal's parties, and commands of them, many in one process."""

    def __init__(self, rehearsed: Path, folder: Path, trilink: Trilink) -> None:
        self.folder, self._trilink = folder, trilink
        shutil.copytree(rehearsed, folder)
        for profile in folder.glob("parties/*/profile.toml"):
            profile.write_text(profile.read_text(encoding="utf-8").replace(str(rehearsed), str(folder)), encoding="utf-8")

    def profile(self, party: str) -> Path:
        return self.folder / "parties" / party / "profile.toml"

    def box(self, name: str) -> Path:
        return self.folder / "later" / name

    def acknowledged(self, owner: str, out: Path) -> tuple[object, ...]:
        recall, lists = out / f"recall.{EPOCH}.{owner}.1.sealed", self.folder / "lists" / owner
        return "owner", "acknowledge", self.profile(owner), "--recall", recall, "--out", out, "--lists", lists

    def resolved(self, owner: str, out: Path) -> tuple[object, ...]:
        sealed, lists = out / f"list.{EPOCH}.{owner}.2.sealed", self.folder / "lists" / owner
        return "owner", "resolve", self.profile(owner), "--list", sealed, "--out", lists

    def run(self, *commands: tuple[object, ...]) -> list[int]:
        """Exit codes; what was said is in the common log."""
        words = [[str(word) for word in command] for command in commands]
        done = self._trilink.python(MANY, json.dumps(words), cwd=self.folder)
        assert done.returncode == 0, done.stderr
        codes: list[int] = json.loads(done.stdout.rsplit("codes ", 1)[1])
        assert len(codes) == len(commands), done.stderr
        return codes

    def desk(self, owner: str) -> tuple[Exchanging, User]:
        """The owner's desk with its list taken in; everything on its pages and in its exports is kept, to be searched."""
        home = self.box(f"{owner}-desk")
        home.mkdir(parents=True)
        profile = read_profile(self.profile(owner), PartyProfile, ("trilink/owner-profile/v1",), _common)
        agreement = agreement_of(profile, "owner")
        desk = Desk(open_store(home / "desk.sqlite"), agreement, owner)
        take_in(desk, self.folder / "lists" / owner / "linked-cases.json", "test")
        role = "supervisor" if owner == "mx" else "data_controller"
        with desk.store.change() as connection:
            number = add_user(connection, "dora", PASSWORD, role)
            grant(connection, "dora", "*")
        return Exchanging(desk, unlock(profile), home, ledger_of(profile, agreement, "disclose")), User(number, "dora", role, "en")


def _common(document: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if key in PartyProfile.model_fields}


@pytest.fixture(scope="module")
def later(rehearsed: Path, trilink: Trilink, tmp_path_factory: pytest.TempPathFactory) -> Later:
    made = Later(rehearsed, tmp_path_factory.mktemp("later") / "out", trilink)
    mx, unit, out = made.profile("mx"), made.profile("unit"), made.box("out")
    cut = made.box("cut.sealed")
    out.mkdir(parents=True)
    package = next((rehearsed / "packages").glob("package.*.mx.suspect.sealed"))
    cut.write_bytes(package.read_bytes()[:-100])
    assert made.run(
        ("owner", "withdraw", mx, "--record", RECORD, "--reason", REASON, "--ground", "court_order", "--out", out),
        ("unit", "forget", unit, out / f"withdrawal.{EPOCH}.mx.1.sealed", "--epoch", EPOCH, "--out", out),
        *(made.acknowledged(owner, out) for owner in ("ca", "mx", "us")),
        ("owner", "withdrawals", mx, *(out / f"acknowledgement.{EPOCH}.{owner}.mx.1.sealed" for owner in ("ca", "us"))),
        *(made.resolved(owner, out) for owner in ("ca", "mx", "us")),
        ("unit", "link", unit, cut, "--epoch", "another", "--out", out),
        ("refusals", mx, made.folder / "parties" / "unit" / "home" / "refusals", "--sent", rehearsed / "packages"),
        ("owner", "expire", mx, "--lists", made.folder / "lists" / "mx"),
        ("unit", "expire", unit),
        ("owner", "plan-blocking", mx, "--sample", 100),
        ("ledger", "receipts", mx),
        ("ledger", "export", mx, "--out", made.box("mx.jsonl"), "--for", "ca"),
        ("ledger", "show", mx),
        ("ledger", "verify", unit),
    ) == [0] * 9 + [1] + [0] * 8  # fmt: skip
    _disclose(made)
    return made


def _disclose(made: Later) -> None:
    """us tells mx a serial number; pages and exports of both desks are kept."""
    (asking, ana), (asked, dora) = made.desk("mx"), made.desk("us")
    rows = json.loads((made.folder / "lists" / "mx" / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    firearm = next(row for row in rows if row["entity"] == "firearm" and row["other"]["owner"] == "us")
    with asking.desk.store.change() as connection:
        link = one(connection, ana, firearm["link_id"], asking.desk.today())
        assert link is not None
        words = {"purpose": "trace", "legal_basis": "art. 3", "urgency": "urgent"}
        request = disclosure.ask(Speaking(connection, ana, asking.desk.agreement, "mx", asking.desk.clock()), link, words)
    post = made.box("post")
    assert (send(asking, post), receive(asked, post)) == (1, (1, 0, []))
    with asked.desk.store.change() as connection:
        row = disclosure.find_request(connection, request)
        assert row is not None
        disclosure.answer(Speaking(connection, dora, asked.desk.agreement, "us", asked.desk.clock()), row, {"serial_number": SERIAL}, "")
    assert (send(asked, post), receive(asking, post)) == (1, (1, 0, []))
    open_disclosed(asking, request, made.folder / "opened" / "core.json")
    for exchanging, paths in ((asking, ("links", f"links/{firearm['link_id']}", "requests")), (asked, ("links", "requests", "journal"))):
        client = TestClient(create_app(exchanging.desk, ["testserver"]))
        client.post("/sign-in", data={"name": "dora", "password": PASSWORD})
        for path in (*paths, *(f"export/{kind}" for kind in ("csv", "json", "xlsx", "pdf"))):
            (exchanging.home / path.replace("/", ".")).write_bytes(client.get(f"/{path}").content)


def everywhere(later: Later, trilink: Trilink, prefect_home: Path) -> list[Path]:
    return [later.folder / "parties", later.folder / "later", later.folder / "lists", prefect_home, trilink.log.parent]


def test_nothing_of_a_person_is_written_anywhere(later: Later, trilink: Trilink, prefect_home: Path) -> None:
    assert leaks(everywhere(later, trilink, prefect_home), CANARIES) == []


def test_the_disclosed_value_is_where_it_was_opened(later: Later) -> None:
    """The control: the search sees it there; so it was on its way, and is in clear nowhere else."""
    (found,) = leaks([later.folder / "opened"], spellings(SERIAL))
    assert found.endswith("core.json")


def test_what_was_withdrawn_and_why_is_said_at_home_alone(later: Later, trilink: Trilink, prefect_home: Path) -> None:
    home = later.folder / "parties" / "mx" / "home"
    note = home / "epochs" / EPOCH / "withdrawals.json"  # whose postings a message named
    assert leaks([home], spellings(REASON)) == [str(home / "withdrawn.jsonl")]
    assert leaks([home], spellings(RECORD)) == [str(note), str(home / "withdrawn.jsonl")]
    others = [later.folder / "parties" / party for party in ("ca", "us", "unit")]
    assert leaks([*others, later.folder / "later", prefect_home], WITHDRAWN) == []
    assert leaks([later.folder / "lists" / "mx"], spellings(RECORD)) == []


def test_all_of_it_happened(later: Later) -> None:
    """Else the search would prove nothing."""
    said = {party: (later.folder / "parties" / party / "home" / "ledger.jsonl").read_text() for party in ("ca", "mx", "unit", "us")}
    wanted = {
        "mx": ("withdrawal", "recall_acknowledged", "refusal_taken", "disclosure_sent", "disclosure_read"),
        "us": ("forgotten", "disclosure_taken", "disclosure_sent"), "ca": ("forgotten",), "unit": ("recall", "forgotten", "refusal_given"),
    }  # fmt: skip
    assert [(party, event) for party, events in wanted.items() for event in events if f'"event":"{event}"' not in said[party]] == []
    pages = sorted((later.box("mx-desk")).glob("*.*"))
    assert {"export.csv", "export.pdf", "export.xlsx", "desk.sqlite"} <= {path.name for path in pages}
    assert b"dora" in (later.box("mx-desk") / "links").read_bytes()
