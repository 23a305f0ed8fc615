"""A record is withdrawn: the unit forgets it to the last byte, the lists are recalled, and its owner sees who has acknowledged."""

from pathlib import Path

import pyarrow as pa
import pytest

from linkage.owner.pseudonyms import Pseudonyms
from linkage.owner.recalled import acknowledge, acknowledgement_path
from linkage.owner.resolution import JSON_FILE, resolve_list
from linkage.owner.withdrawal_status import status, take_acknowledgements
from linkage.owner.withdrawn import Wish, note_withdrawn, withdrawn_records
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.withdrawal import RECALL_PART, read_recall
from linkage.unit.forgetting import forget
from linkage.unit.issuing import list_path
from linkage.unit.recalling import recall_path
from tests.parties import EPOCH, UNIT, Lie, Parties, Unit, days
from tests.small_world import HOLDS, gun, people, shared
from tests.vectors.make_sealing import keys_for_tests

EVERYONE = shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")


def without(record: str) -> set[tuple[str, str]]:
    return {link for link in EVERYONE if record not in link}


def linked(folder: Path) -> tuple[Parties, Unit]:
    parties = Parties(folder, people())
    unit = parties.unit()
    assert parties.links(unit.run()) == EVERYONE
    return parties, unit


def names_of(parties: Parties, owner: str, record: str) -> list[bytes]:
    names = Pseudonyms(parties.keys[owner])
    return [names.record(counterpart, "suspect", record) for counterpart in (UNIT, "ca", "mx", "us")]


def contents(unit: Unit) -> dict[str, bytes]:
    """Every file of the unit, Arrow files as the values in them; those that say what is to be forgotten aside."""
    found = {name: data for name, data in unit.tree().items() if "/withdrawn/" not in name}
    return {name: table_values(data) if name.endswith(".arrow") else data for name, data in found.items()}


def table_of(data: bytes) -> pa.Table:
    return pa.ipc.open_file(pa.BufferReader(data)).read_all()


def table_values(data: bytes) -> bytes:
    values = [value for column in table_of(data).columns for value in column.to_pylist()]
    return b"".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def seen_in(unit: Unit, needles: list[bytes]) -> list[str]:
    """Files of the unit that hold one of these names, as bytes or in hex."""
    return [name for name, data in contents(unit).items() if any(one in data or one.hex().encode() in data for one in needles)]


def test_the_unit_forgets_a_record_and_the_others_keep_their_links(tmp_path: Path) -> None:
    parties, unit = linked(tmp_path)
    names = names_of(parties, "mx", "mx-05")
    assert seen_in(unit, names)  # the control: before, it is in answers, results, history
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-05"))
    postings = table_of(parties.letter(withdrawal, "withdrawal").parts["suspect.withdrawn.arrow"])["id"].to_pylist()
    assert len(postings) == 3 and seen_in(unit, postings)
    assert parties.links(unit.forget(withdrawal)) == without("mx-05")
    assert seen_in(unit, names + postings) == []


def test_what_is_left_is_as_if_it_had_never_been_sent(tmp_path: Path) -> None:
    """Compared again after forgetting: as many pairs, of the same patterns, as with an owner that never had the record."""
    parties, unit = linked(tmp_path / "one")
    unit.forget(*parties.withdraw("mx", Wish("record", "mx-05")))
    unit.compare()
    tables = people()
    tables["mx"]["suspect"] = [row for row in tables["mx"]["suspect"] if row["record_id"] != "mx-05"]
    other = Parties(tmp_path / "two", tables).unit()
    other.run()
    pairs = [{name: data for name, data in contents(one).items() if "/pairs/" in name} for one in (unit, other)]
    assert pairs[0] == pairs[1] != {}


def test_the_receivers_get_a_notice_and_its_owner_sees_who_has_acknowledged(tmp_path: Path) -> None:
    parties, unit = linked(tmp_path)
    lists = {owner: tmp_path / "lists" / owner for owner in HOLDS}
    for owner in HOLDS:
        resolve_list(parties.at_home(owner), list_path(unit.out, EPOCH, owner), lists[owner])
    unit.forget(*parties.withdraw("mx", Wish("record", "mx-05")))
    notices = {owner: recall_path(unit.out, EPOCH, owner, 1) for owner in HOLDS}
    assert acknowledge(parties.at_home("mx"), notices["mx"], tmp_path / "out")["links"] == 2
    home = parties.at_home("mx").profile.home
    assert status(home) == {f"{EPOCH} 1": {"entities": 1, "recalled": {"ca": 1, "us": 1}, "acknowledged": {}}}
    counts = acknowledge(parties.at_home("ca"), notices["ca"], tmp_path / "out", [lists["ca"], lists["us"]])
    assert counts == {"links": 1, "lists_deleted": 1, "acknowledgements": 1}
    assert not any(lists["ca"].iterdir())
    assert (lists["us"] / JSON_FILE).exists()  # its links with mx-05 are others, and another notice is about them
    recall = read_recall(parties.letter(notices["ca"], "recall", "ca").parts[RECALL_PART], "recall")
    take_acknowledgements(parties.at_home("mx"), [acknowledgement_path(tmp_path / "out", recall)])
    take_acknowledgements(parties.at_home("mx"), [acknowledgement_path(tmp_path / "out", recall)])  # again
    assert status(home)[f"{EPOCH} 1"]["acknowledged"] == {"ca": 1}
    resolve_list(parties.at_home("ca"), list_path(unit.out, EPOCH, "ca", 2), lists["ca"])


def test_a_recalled_link_stays_out_of_a_list_that_is_resolved_after_the_notice(tmp_path: Path) -> None:
    parties, unit = linked(tmp_path)
    for owner in HOLDS:
        (tmp_path / f"{owner}.sealed").write_bytes(list_path(unit.out, EPOCH, owner).read_bytes())
    unit.forget(*parties.withdraw("mx", Wish("record", "mx-05")))
    acknowledge(parties.at_home("ca"), recall_path(unit.out, EPOCH, "ca", 1), tmp_path / "out")
    before = {"ca": len(shared("ca", "mx") | shared("ca", "us")), "mx": len(shared("ca", "mx") | shared("mx", "us"))}
    after = {owner: resolve_list(parties.at_home(owner), tmp_path / f"{owner}.sealed", tmp_path / owner)["links"] for owner in before}
    assert after == {"ca": before["ca"] - 1, "mx": before["mx"] - 2}


def test_a_case_takes_all_its_records_of_every_entity_type_along(tmp_path: Path) -> None:
    tables = people()
    for owner, entities in tables.items():
        entities["firearm"] = [gun(owner, number) for number in HOLDS[owner]]
    parties = Parties(tmp_path, tables)
    unit = parties.unit()
    unit.run()
    (withdrawal,) = parties.withdraw("mx", Wish("case", "mx/2"))  # persons and guns 4 and 5
    unit.forget(withdrawal)
    recall = read_recall(parties.letter(recall_path(unit.out, EPOCH, "us", 1), "recall", "us").parts[RECALL_PART], "recall")
    assert sorted(link.entity for link in recall.recalled) == ["firearm", "firearm", "suspect", "suspect"]


def test_what_is_withdrawn_is_in_no_later_package(tmp_path: Path) -> None:
    parties, _ = linked(tmp_path)
    parties.withdraw("mx", Wish("record", "mx-05"))
    later = Parties(tmp_path, people(), epoch="2026-12")
    for path in (tmp_path / "sealed").glob("*"):
        path.unlink()
    unit = later.unit("later")
    assert later.links(unit.run()) == without("mx-05")
    assert unit.state.manifest_body("mx", "suspect")["records"] == len(HOLDS["mx"]) - 1


def test_withdrawn_between_request_and_answer(tmp_path: Path) -> None:
    """The answer leaves it out, and so does one that was sealed before and arrives after."""
    parties = Parties(tmp_path, people())
    unit = parties.unit()
    unit.take_in(*parties.packages())
    requests = unit.ask()
    early = parties.answer("mx", requests["mx"])
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-05"))
    unit.forget(withdrawal)
    unit.take_answers(early, *(parties.answer(owner, requests[owner]) for owner in ("ca", "us")))
    forget(unit.state)
    assert parties.links(unit.decide()) == without("mx-05")
    assert seen_in(unit, names_of(parties, "mx", "mx-05")) == []


def test_a_record_that_linked_nowhere_is_forgotten_without_its_name(tmp_path: Path) -> None:
    """mx-00 is in no other table: the unit has postings of it, was never told its pseudonym, and is not told now."""
    parties, unit = linked(tmp_path)
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-00"))
    letter = parties.letter(withdrawal, "withdrawal")
    tables = {name: pa.ipc.open_file(pa.BufferReader(data)).read_all() for name, data in letter.parts.items()}
    assert (len(tables["suspect.names.arrow"]), len(tables["suspect.withdrawn.arrow"]) > 0) == (0, True)
    before = {owner: unit.list_of(owner) for owner in HOLDS}
    assert parties.links(unit.forget(withdrawal)) == EVERYONE
    assert {owner: unit.list_of(owner) for owner in HOLDS} == before
    assert not list(unit.out.glob("recall.*"))


def test_a_second_withdrawal_says_only_what_is_new(tmp_path: Path) -> None:
    parties, unit = linked(tmp_path)
    first = parties.withdraw("mx", Wish("record", "mx-05"))
    second = parties.withdraw("mx", Wish("record", "mx-05"), Wish("record", "mx-06"))
    assert [path.name for path in first + second] == ["withdrawal.2026-11.mx.1.sealed", "withdrawal.2026-11.mx.2.sealed"]
    assert parties.withdraw("mx", Wish("record", "mx-06")) == []
    assert parties.links(unit.forget(*first, *second)) == without("mx-05") & without("mx-06")
    assert parties.links(unit.forget(*second)) == without("mx-05") & without("mx-06")  # a rerun


@pytest.mark.parametrize("step", ["_forget_possible", "_forget_postings", "_forget_questions", "_forget_answers", "_forget_history"])
def test_killed_in_the_middle_and_run_again(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parties, unit = linked(tmp_path)
    withdrawals = parties.withdraw("mx", Wish("record", "mx-05"))
    with monkeypatch.context() as patched:
        patched.setattr(f"linkage.unit.forgetting.{step}", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            unit.forget(*withdrawals)
    assert parties.links(unit.forget(*withdrawals)) == without("mx-05")
    assert seen_in(unit, names_of(parties, "mx", "mx-05")) == []
    assert len(list(unit.out.glob("recall.*"))) == 3


LIES = [  # what mx's withdrawal lies about, the lie, what the refusal says
    ("a part of another kind", lambda letter: letter.parts.update({"suspect.postings.arrow": b"x"}), "is one that no withdrawal has"),
    ("no Arrow file", lambda letter: letter.parts.update({"suspect.withdrawn.arrow": b"Juan"}), "is not an Arrow file"),
    ("another owner's names", lambda letter: setattr(letter, "by", keys_for_tests("us")), "does not have the agreed columns"),
    ("no number", lambda letter: letter.body.pop("number"), "has no sound number"),
    ("from nobody we know", lambda letter: setattr(letter, "by", keys_for_tests("xx")), "from xx, awaited from"),
    ("of another epoch", lambda letter: setattr(letter, "epoch", "2026-10"), "of epoch 2026-10, expected 2026-11"),
    ("expired", lambda letter: setattr(letter, "created", letter.created - days(31)), "expired on"),
]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parties, Unit, Path]:
    parties, unit = linked(tmp_path_factory.mktemp("honest"))
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-05"))
    return parties, unit, withdrawal


@pytest.mark.parametrize(("case", "lie", "says"), LIES, ids=[case[0] for case in LIES])
def test_a_lying_withdrawal_is_refused_and_nothing_is_forgotten(case: str, lie: Lie, says: str, honest: tuple[Parties, Unit, Path]) -> None:
    parties, unit, withdrawal = honest
    lying, before = parties.lying(withdrawal, lie, "withdrawal"), unit.tree()
    with pytest.raises(InvalidPackage, match=says) as caught:
        unit.forget(lying)
    assert caught.value.__context__ is None
    assert unit.tree() == before


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 1_001])
def test_a_reason_is_one_line(reason: str, honest: tuple[Parties, Unit, Path]) -> None:
    at_home = honest[0].at_home("mx", home="other")
    with pytest.raises(TrilinkError, match="expected a reason in one line"):
        note_withdrawn(at_home, [Wish("record", "R1")], reason)
    assert withdrawn_records(at_home.profile.home).among("suspect") is None
