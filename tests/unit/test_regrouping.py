"""Requests and answers between honest and lying parties: what is asked, what is answered, and what is refused."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from linkage.owner.regrouping import answer_request
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import REQUEST
from linkage.unit.asking import possible_ids
from linkage.unit.regrouping import read_groups
from tests.parties import UNIT, Letter, Lie, Parties, Unit, days
from tests.small_world import people, shared
from tests.vectors.make_sealing import keys_for_tests

GROUPS, MEMBERS = "suspect.groups.arrow", "suspect.postings.arrow"
Columns = dict[str, list[Any]]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("parties"), people())


def asked(parties: Parties, name: str) -> tuple[Unit, dict[str, Path]]:
    """A unit that has sealed its requests."""
    unit = parties.unit(name)
    unit.take_in(*parties.packages())
    return unit, unit.ask()


# ---------------------------------------------------------------- lies in an answer


def table(name: str, change: Callable[[Columns], object]) -> Lie:
    """Columns of one part changed, in a file that is otherwise well made."""

    def lie(letter: Letter) -> None:
        found = pa.ipc.open_file(io.BytesIO(letter.parts[name])).read_all()
        columns = found.to_pydict()
        change(columns)
        letter.parts[name] = table_bytes(pa.table(columns, schema=pa.schema([found.schema.field(column) for column in columns])))

    return lie


def first_twice(column: str) -> Callable[[Columns], object]:
    return lambda columns: columns[column].__setitem__(1, columns[column][0])


def one_more(**values: Any) -> Callable[[Columns], object]:
    return lambda columns: [columns[name].append(value) for name, value in values.items()]


def group_left_empty(columns: Columns) -> None:
    columns["group"] = [max(number, 1) for number in columns["group"]]


def left_out(columns: Columns) -> None:
    columns.pop("case")


def part(name: str, data: bytes | None) -> Lie:
    return lambda letter: letter.parts.pop(name) if data is None else letter.parts.update({name: data})


def said(**changes: object) -> Lie:
    return lambda letter: vars(letter).update(changes)


LIES = [  # what mx's answer lies about, the lie, what the refusal says
    ("a posting in two groups", table(MEMBERS, first_twice("id")), "puts a posting of suspect into two groups"),
    ("a group twice", table(GROUPS, first_twice("pseudonym")), "gives two groups of suspect the same pseudonym"),
    ("a reference twice", table(GROUPS, first_twice("reference/ca")), "gives two groups of suspect the same reference/ca"),
    ("a group without postings", table(MEMBERS, group_left_empty), "has a group of suspect without postings"),
    ("postings without their group", table(MEMBERS, one_more(id=b"x" * 16, group=99)), "postings without their group"),
    ("postings never asked about", table(MEMBERS, one_more(id=b"x" * 16, group=0)), "1 postings of suspect that we did not ask about"),
    ("a column left out", table(GROUPS, left_out), f"part {GROUPS} does not have the agreed columns"),
    ("no Arrow file", part(GROUPS, b"Juan Perez"), f"part {GROUPS} is not an Arrow file"),
    ("half an answer", part(MEMBERS, None), "incomplete about suspect"),
    ("another entity type", part("vehicle.groups.arrow", b"x"), "has a part that no answer has"),
    ("a part for another folder", part("suspect.other.arrow", b"x"), "has a part that no answer has"),
    ("for someone else", said(to=keys_for_tests("ca").public()), f"addressed to ca, and we are {UNIT}"),
    ("signed by someone else", said(by=keys_for_tests("mx", "stolen")), "not signed by mx"),
    ("from nobody we know", said(by=keys_for_tests("xx")), "from xx, awaited from ca or mx or us"),
    ("a request that we never sent", lambda letter: letter.body.update(number=2), "answers request 2, which we never sent to mx"),
    ("no request", lambda letter: letter.body.pop("number"), "its manifest has no sound number"),
    ("another owner's postings", said(by=keys_for_tests("us")), "does not have the agreed columns"),
    ("a package", said(kind="package"), "is a package, expected a regroup_answer"),
    ("of another epoch", said(epoch="2026-10"), "of epoch 2026-10, expected 2026-11"),
    ("expired", lambda letter: vars(letter).update(created=letter.created - days(31)), "expired on"),
]


@pytest.mark.parametrize(("name", "lie", "says"), LIES, ids=[case[0] for case in LIES])
def test_a_lying_answer_is_refused_and_leaves_nothing(name: str, lie: Lie, says: str, parties: Parties) -> None:
    unit, requests = asked(parties, f"answers {name}")
    answers = {owner: parties.answer(owner, request) for owner, request in requests.items()}
    lying = parties.lying(answers["mx"], lie, "regroup_answer")
    before = unit.tree()
    with pytest.raises(InvalidPackage) as caught:
        unit.take_answers(answers["ca"], lying)
    assert says in str(caught.value)
    assert caught.value.__context__ is None
    assert unit.tree() == before
    counts = unit.take_answers(*answers.values())
    after = unit.tree()
    assert unit.take_answers(*answers.values()) == counts
    assert unit.tree() == after
    assert parties.links(unit.decide()) == shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")


def test_an_owner_is_asked_about_its_possible_matches_and_no_others(parties: Parties) -> None:
    unit, requests = asked(parties, "asked")
    for owner, request in requests.items():
        letter = parties.letter(request, "regroup_request", owner)
        ids = pa.ipc.open_file(io.BytesIO(letter.parts["suspect.arrow"])).read_all()["id"].to_pylist()
        assert ids == sorted(set(ids)) == possible_ids(unit.state)[owner]["suspect"].to_pylist()
        assert letter.body == {"number": 1, "asked_before": 0, "postings": len(ids)}
        everything = unit.state.manifest_body(owner, "suspect")["postings"]
        assert (len(ids) < everything) == (owner in ("ca", "mx"))  # whom nobody else has is not asked about


def test_a_rerun_asks_nothing_new(parties: Parties) -> None:
    unit, requests = asked(parties, "asked twice")
    before = unit.tree()
    assert unit.ask() == requests
    assert unit.tree() == before


def test_a_withheld_record_is_in_no_link(parties: Parties) -> None:
    unit, requests = asked(parties, "withheld")
    unit.take_answers(*(parties.answer(owner, request, withhold=["mx-05"]) for owner, request in requests.items()))
    found = parties.links(unit.decide())
    truth = shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")
    assert found == {link for link in truth if "mx-05" not in link}


def test_an_owner_that_does_not_answer_has_no_links_and_the_others_keep_theirs(parties: Parties) -> None:
    unit, requests = asked(parties, "silent")
    assert unit.take_answers(*(parties.answer(owner, requests[owner]) for owner in ("ca", "us"))) == {"ca": 11, "us": 10}
    assert parties.links(unit.decide()) == shared("ca", "us")
    assert unit.list_of("mx").links == []


def test_nobody_answers_and_every_list_is_empty(parties: Parties) -> None:
    unit, _ = asked(parties, "nobody")
    assert unit.take_answers() == {}
    assert parties.links(unit.decide()) == set()
    assert [unit.list_of(owner).links for owner in ("ca", "mx", "us")] == [[], [], []]


def test_an_answer_after_the_lists_were_sealed_makes_further_lists(parties: Parties) -> None:
    unit, requests = asked(parties, "late answer")
    unit.take_answers(*(parties.answer(owner, requests[owner]) for owner in ("ca", "us")))
    unit.decide()
    unit.take_answers(parties.answer("mx", requests["mx"]))
    assert parties.links(unit.decide()) == shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")
    assert {owner: unit.list_of(owner).number for owner in ("ca", "mx", "us")} == {"ca": 2, "mx": 2, "us": 2}


def test_a_second_answer_is_refused(parties: Parties) -> None:
    """An owner cannot change its mind once it sees what it sent: a person decides."""
    unit, requests = asked(parties, "second answer")
    first = parties.answer("mx", requests["mx"])
    second = parties.lying(first, lambda letter: None, "regroup_answer")
    unit.take_answers(first)
    before = unit.tree(ledger=False)
    with pytest.raises(InvalidPackage, match="in epoch 2026-11 it already sent another one"):
        unit.take_answers(second)
    assert unit.tree(ledger=False) == before


def test_an_answer_counts_in_one_run_only(parties: Parties) -> None:
    unit, requests = asked(parties, "replayed answer")
    answer = parties.answer("mx", requests["mx"])
    unit.take_answers(answer)
    again = parties.unit("other ledger", run="another")
    again.take_in(*parties.packages())
    again.ask()
    again.intake.received = unit.intake.received
    with pytest.raises(InvalidPackage, match=r"replayed, ledger.jsonl has it from run"):
        again.take_answers(answer)
    assert read_groups(again.state, "mx", "suspect").columns == {}


# ---------------------------------------------------------------- lies in a request


def request(parts: Callable[[dict[str, bytes]], object]) -> Lie:
    return lambda letter: parts(letter.parts)


def ids(*wanted: bytes) -> bytes:
    return table_bytes(pa.table([pa.array(wanted, pa.binary(16))], schema=REQUEST))


REQUESTS = [  # what the unit's request lies about, the lie, what the owner's refusal says
    ("ids of another epoch", request(lambda parts: parts.update({"suspect.arrow": ids(b"x" * 16)})), "1 postings that we never released"),
    ("another entity type", request(lambda parts: parts.update({"vehicle.arrow": ids()})), "entity type that the agreement does not have"),
    ("an entity type we sent nothing of", request(lambda parts: parts.update({"firearm.arrow": ids()})), "no crosswalk of epoch 2026-11"),
    ("unknown columns", request(lambda parts: parts.update({"suspect.arrow": b"x"})), "suspect.arrow is not an Arrow file"),
    ("an epoch in which we released nothing", said(epoch="2026-10"), "no crosswalk of epoch 2026-10"),
    ("no number", lambda letter: letter.body.pop("number"), "its manifest has no sound number"),
    ("a number below one", lambda letter: letter.body.update(number=0), "its manifest has no sound number"),
    ("a truth for a number", lambda letter: letter.body.update(number=True), "its manifest has no sound number"),
    ("a number that is not due", lambda letter: letter.body.update(number=2), "is request 2 of epoch 2026-11, and 1 is due"),
    ("questions that we never had", lambda letter: letter.body.update(asked_before=7), "says that 7 postings were asked about before"),
    ("from another owner", said(by=keys_for_tests("ca")), f"from ca, awaited from {UNIT}"),
    ("for another owner", said(to=keys_for_tests("ca").public()), "addressed to ca, and we are mx"),
    ("expired", lambda letter: vars(letter).update(created=letter.created - days(31)), "expired on"),
]


@pytest.mark.parametrize(("name", "lie", "says"), REQUESTS, ids=[case[0] for case in REQUESTS])
def test_a_lying_request_is_not_answered(name: str, lie: Lie, says: str, parties: Parties, tmp_path: Path) -> None:
    _, requests = asked(parties, f"requests {name}")
    parties.forget_questions("mx")
    lying = parties.lying(requests["mx"], lie, "regroup_request", "mx")
    at_home = parties.at_home("mx")
    before = {path for path in at_home.profile.home.rglob("*") if path.is_file()}
    with pytest.raises(InvalidPackage) as caught:
        answer_request(at_home, lying, tmp_path / "answer.sealed")
    assert says in str(caught.value)
    assert caught.value.__context__ is None
    assert not (tmp_path / "answer.sealed").exists()
    assert {path for path in at_home.profile.home.rglob("*") if path.is_file()} == before
