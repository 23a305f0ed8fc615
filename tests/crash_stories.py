"""What is stopped at every change of the disk: the main job, and what comes after it. Each can be told again from its beginning, as a
person runs commands again, and then changes nothing that is done.
"""

import json
import pickle
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from prefect import Flow, Task

import flows._tasks
import flows.rehearsal
from flows.delivery import delivery_flow
from flows.owner import acknowledge_flow, at_home, resolve_flow, withdraw_flow, withdrawals_flow
from flows.receipts import receipts_flow
from flows.rehearsal import EPOCH, gather_ledgers
from flows.rehearsed_desks import REVIEWER, make_desks
from flows.unit import forget_flow, outcomes_flow
from linkage.desk.accounts import User
from linkage.desk.acts import Acting, decide_on, read_link
from linkage.desk.decisions import Proposed
from linkage.desk.desk import Desk
from linkage.desk.exchanging import Exchanging
from linkage.desk.outcomes import send_outcomes
from linkage.desk.profile import DeskProfile, read_desk_profile
from linkage.desk.store import open_store
from linkage.lab.invention import invent
from linkage.lab.plan import plan
from linkage.owner.withdrawn import Wish, note_withdrawn
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.party_profile import ledger_of, unlock

AGREEMENT = Path(__file__).resolve().parents[1] / "configs" / "agreement.toml"
SEED = 7
WITHDRAWS, DESK = "mx", "us"
ENDED = ".ended"  # beside a folder: the steps that have ended there
DECIDED = (("supervisor", "confirmed"), (REVIEWER, "confirmed"))


@dataclass(frozen=True)
class Story:
    """``begin`` makes what lies there before, unwatched; ``tell`` goes on from whatever lies there."""

    name: str
    begin: Callable[[Path], None]
    tell: Callable[[Path], None]


def small_corpus(folder: Path) -> Path:
    """Two owners with two dozen suspects, one of them with firearms: the least that has links and an entity type that one owner lacks."""
    invent(folder, plan("24", 0.3, "typical", seed=SEED))
    shutil.rmtree(folder / "ca")
    for name in ("mx/organization.csv", "us/organization.csv", "us/firearm.csv"):
        (folder / name).unlink()
    return folder


@contextmanager
def without_prefect() -> Iterator[None]:
    """The same flows as plain functions; and without the lab's page and scoreboard, which are made of files that are compared."""
    with ExitStack() as patches:
        for kind in (Flow, Task):
            patches.enter_context(mock.patch.object(kind, "__call__", lambda self, *args, **named: self.fn(*args, **named)))
        patches.enter_context(mock.patch.object(flows._tasks, "create_table_artifact"))
        for made_of_others in ("write_report", "write_scoreboard"):
            patches.enter_context(mock.patch.object(flows.rehearsal, made_of_others))
        yield


@contextmanager
def parsed_once() -> Iterator[None]:
    """The same text of an agreement or profile is parsed once, before the forks; every one gets a copy of its own."""
    loads, parsed = tomllib.loads, dict[str, bytes]()
    validate, agreements = Agreement.model_validate, dict[bytes, Agreement]()

    def load(text: str) -> Any:
        if text not in parsed:
            parsed[text] = pickle.dumps(loads(text))
        return pickle.loads(parsed[text])

    def valid(document: Any) -> Agreement:
        key = pickle.dumps(document)
        if key not in agreements:
            agreements[key] = validate(document)
        return agreements[key]

    with mock.patch.object(tomllib, "loads", load), mock.patch.object(Agreement, "model_validate", valid):
        yield


def rehearsal(data: Path) -> Story:
    """From two owners' tables to their lists and the compared ledgers."""

    def tell(out: Path) -> None:
        with without_prefect():
            flows.rehearsal.rehearsal_flow(str(data), str(out), str(AGREEMENT), "threads", 1, SEED)

    return Story("rehearsal", lambda out: None, tell)


def afterwards(done: Path) -> Story:
    """After a rehearsal that lies in ``done``: a withdrawal, its recalls and acknowledgements, new lists; a desk takes its list in, two
    people confirm a link, and the joint team is told. A step that has ended is not told again: its end must hold."""
    record = _linked(done)
    steps: dict[str, Callable[[Path], None]] = {
        "withdraw": lambda out: _withdraw(out, record), "forget": _forget, "recall": _recall, "desks": _open_desks, "decide": _decide,
        "outcomes": _tell_outcomes, "sign": _sign,
    }  # fmt: skip

    def begin(out: Path) -> None:
        shutil.copytree(done, out)
        _moved(out)

    def tell(out: Path) -> None:
        _moved(out)
        ended = Path(f"{out}{ENDED}")
        with without_prefect(), mock.patch("linkage.desk.accounts.hashed", return_value="nobody signs in"):
            for name, step in steps.items():
                if name not in (ended.read_text(encoding="utf-8").split() if ended.exists() else []):
                    step(out)
                    with ended.open("a", encoding="utf-8") as file:
                        file.write(f"{name}\n")

    return Story("afterwards", begin, tell)


def _moved(out: Path) -> None:
    """Profiles of a folder that was copied name the places that it has now."""
    for path in [*out.glob("parties/*/profile.toml"), *out.glob("desks/*/desk.toml")]:
        text = path.read_text(encoding="utf-8")
        before = Path(str(tomllib.loads(text)["agreement"])).parent if text else out.resolve()
        if before != out.resolve():
            path.write_text(text.replace(f'"{before}/', f'"{out.resolve()}/'), encoding="utf-8")


def _linked(out: Path) -> str:
    rows = json.loads((out / "lists" / WITHDRAWS / "linked-cases.json").read_text(encoding="utf-8"))["links"]
    return min(str(row["own"]["record_id"]) for row in rows if row["entity"] == "suspect")


def _withdraw(out: Path, record: str) -> None:
    profile = _profile(out, WITHDRAWS)
    with at_home(profile, "withdraw") as owner:
        note_withdrawn(owner, [Wish("record", record, "suspect")], "a test", "error")
    withdraw_flow(str(profile), _box(out, WITHDRAWS, "outbox"))


def _forget(out: Path) -> None:
    unit = read_agreement(out / "agreement.toml").unit
    _deliver(out, unit)
    forget_flow(str(_profile(out, unit)), EPOCH, _sealed(out, unit, "withdrawal"), _box(out, unit, "outbox"))


def _recall(out: Path) -> None:
    for owner in read_agreement(out / "agreement.toml").owners:
        _deliver(out, owner)
        profile, lists = str(_profile(out, owner)), str(out / "lists" / owner)
        for recall in _sealed(out, owner, "recall"):
            acknowledge_flow(profile, recall, _box(out, owner, "outbox"), [lists])
        resolve_flow(profile, _sealed(out, owner, "list")[-1], lists)
    _deliver(out, WITHDRAWS)
    withdrawals_flow(str(_profile(out, WITHDRAWS)), _sealed(out, WITHDRAWS, "acknowledgement"))


def _open_desks(out: Path) -> None:
    make_desks(out, out / "desks", "nobody signs in")


def _desk(out: Path) -> tuple[DeskProfile, Desk]:
    profile = read_desk_profile(out / "desks" / DESK / "desk.toml")
    return profile, Desk(open_store(profile.store()), read_agreement(out / "agreement.toml"), DESK)


def _decide(out: Path) -> None:
    _, desk = _desk(out)
    with desk.store.look() as connection:
        link = connection.exec_driver_sql("select min(link_id) from links").scalar_one()
        people = {row.name: User(*row) for row in connection.exec_driver_sql("select id, name, role, language from users")}
    for name, outcome in DECIDED:
        read = read_link(Acting(desk, people[name]), link, noted=False)
        if name not in {event["name"] for event in read.events}:  # who finds their decision there does not decide again
            decide_on(Acting(desk, people[name]), link, Proposed(outcome, "a test", read.seen))


def _tell_outcomes(out: Path) -> None:
    profile, desk = _desk(out)
    exchanging = Exchanging(desk, unlock(profile), profile.home, ledger_of(profile, desk.agreement, "disclose"))
    send_outcomes(exchanging, Path(_box(out, DESK, "outbox")), "a test")
    _deliver(out, desk.agreement.unit)
    outcomes_flow(str(_profile(out, desk.agreement.unit)), _sealed(out, desk.agreement.unit, "outcomes"))


def _sign(out: Path) -> None:
    for party in read_agreement(out / "agreement.toml").parties:
        _deliver(out, party)
        receipts_flow(str(_profile(out, party)), _sealed(out, party, "receipt"))
    gather_ledgers(out)


def _deliver(out: Path, recipient: str) -> None:
    parties = read_agreement(out / "agreement.toml").parties
    delivery_flow([_box(out, sender, "outbox") for sender in parties], _box(out, recipient, "inbox"), recipient)


def _sealed(out: Path, party: str, kind: str) -> list[str]:
    return [str(path) for path in sorted(Path(_box(out, party, "inbox")).glob(f"{kind}.*.sealed"))]


def _profile(out: Path, party: str) -> Path:
    return out / "parties" / party / "profile.toml"


def _box(out: Path, party: str, box: str) -> str:
    return str(out / "parties" / party / box)
