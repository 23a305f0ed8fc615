"""Regrouping at home: our own postings of this epoch, grouped under names that last; what is withheld stays unsaid."""

from pathlib import Path

import pyarrow as pa
import pytest

from linkage.owner.crosswalk import crosswalk_path, read_crosswalk
from linkage.owner.pseudonyms import Pseudonyms
from linkage.owner.regrouping import answer_request
from linkage.owner.release import release_package
from linkage.protocol.errors import InvalidPackage, InvalidProfile, TrilinkError
from linkage.protocol.regrouping import MEMBERS, NO_CASE, groups_schema, read_part
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import EPOCH, KEYS, NOW
from tests.made_releases import at_home, opened, profile_of, release_of, request, table_of

AGREED = agreement_with(small_rule())
TABLE = """record_id,case_id,name,born,numbers
R1,C1,Gil,1985-02-28,11|12
R2,C1,Paz,1986-02-28,13
R3,,Sol,1987-02-28,14
"""
NAMES = Pseudonyms(KEYS["mx"])
Groups = dict[bytes, list[bytes]]


def sealed(folder: Path, epoch: str = EPOCH) -> list[bytes]:
    """The owner's package; the ids of its postings."""
    release_package(release_of(profile_of(folder, TABLE), AGREED, epoch=epoch), "thing", folder / f"{epoch}.sealed")
    _, parts = opened(folder / f"{epoch}.sealed", "package", AGREED)
    ids: list[bytes] = table_of(parts["part-0000.arrow"])["id"].to_pylist()
    return ids


def answered(
    folder: Path, asked: list[bytes], *, withhold: Path | None = None, epoch: str = EPOCH
) -> tuple[dict[str, int], Groups, pa.Table]:
    """Counts, the postings of each pseudonym, and the groups' table."""
    owner = at_home(profile_of(folder, TABLE, withhold=withhold), AGREED)
    counts = answer_request(
        owner, request(folder / "request.sealed", AGREED, {"thing.arrow": asked}, epoch=epoch), folder / "answer.sealed"
    )
    manifest, parts = opened(folder / "answer.sealed", "regroup_answer", AGREED)
    assert {key: manifest.body[key] for key in counts} == counts
    groups = read_part(parts["thing.groups.arrow"], groups_schema(AGREED, "mx"), "groups")
    members = read_part(parts["thing.postings.arrow"], MEMBERS, "postings")
    names = groups["pseudonym"].to_pylist()
    found: Groups = {name: [] for name in names}
    for posting, number in zip(members["id"].to_pylist(), members["group"].to_pylist(), strict=True):
        found[names[number]].append(posting)
    return counts, found, groups


def name_of(record: str, counterpart: str = "joint-team") -> bytes:
    return NAMES.record(counterpart, "thing", record)


def test_postings_of_a_record_are_one_group_under_its_lasting_name(tmp_path: Path) -> None:
    ids = sealed(tmp_path)
    counts, groups, table = answered(tmp_path, ids)
    assert counts == {"asked": 10, "answered": 10, "withheld": 0, "groups": 3}
    assert {name: len(postings) for name, postings in groups.items()} == {name_of("R1"): 4, name_of("R2"): 3, name_of("R3"): 3}
    assert sorted(posting for postings in groups.values() for posting in postings) == sorted(ids)
    assert table["pseudonym"].to_pylist() == sorted(groups)


def test_every_counterpart_has_its_own_names_and_shared_cases_show(tmp_path: Path) -> None:
    _, _, table = answered(tmp_path, sealed(tmp_path))
    rows = {row["pseudonym"]: row for row in table.to_pylist()}
    one, two, three = (rows[name_of(record)] for record in ("R1", "R2", "R3"))
    assert list(one) == ["pseudonym", "case", "reference/ca", "case/ca", "reference/us", "case/us"]
    assert (one["reference/ca"], one["reference/us"]) == (name_of("R1", "ca"), name_of("R1", "us"))
    assert one["case"] == two["case"] == NAMES.case("joint-team", "C1")
    assert three["case"] == three["case/ca"] == NO_CASE
    assert len(set(one.values())) == len(one)


def test_only_what_is_asked_is_answered(tmp_path: Path) -> None:
    ids = sealed(tmp_path)
    counts, groups, _ = answered(tmp_path, [ids[3], ids[0], ids[3]])  # one of them twice
    assert (counts["asked"], counts["answered"], counts["withheld"]) == (2, 2, 0)
    assert sorted(posting for postings in groups.values() for posting in postings) == sorted([ids[3], ids[0]])


def test_no_record_id_or_case_in_the_answer_or_the_ledger(tmp_path: Path) -> None:
    profile_of(tmp_path, TABLE)
    answered(tmp_path, sealed(tmp_path))
    _, parts = opened(tmp_path / "answer.sealed", "regroup_answer", AGREED)
    ledger = (tmp_path / "home" / "ledger.jsonl").read_bytes()
    shown = [ledger, *(repr(table_of(part).to_pydict()).encode() for part in parts.values())]
    assert not [word for word in (b"R1", b"C1", b"GIL") for text in shown if b"'" + word + b"'" in text or b'"' + word + b'"' in text]


def test_names_outlast_the_epoch_although_ids_do_not(tmp_path: Path) -> None:
    first, later = sealed(tmp_path), sealed(tmp_path, "2026-12")
    assert not set(first) & set(later)
    _, groups, _ = answered(tmp_path, first)
    _, again, _ = answered(tmp_path, later, epoch="2026-12")
    assert set(groups) == set(again)


REFUSED = [
    ("a foreign id", lambda ids, later: {"thing.arrow": [*ids, bytes(16)]}, "asks about 1 postings that we never released in this epoch"),
    ("an id of another epoch", lambda ids, later: {"thing.arrow": later}, "asks about 10 postings that we never released in this epoch"),
    ("another entity type", lambda ids, later: {"person.arrow": ids}, "asks about an entity type that the agreement does not have"),
    ("a part of another name", lambda ids, later: {"thing": ids}, "asks about an entity type that the agreement does not have"),
]


@pytest.mark.parametrize(("case", "asked", "says"), REFUSED, ids=[case for case, _, _ in REFUSED])
def test_what_is_not_ours_is_refused(case: str, asked: object, says: str, tmp_path: Path) -> None:
    ids, later = sealed(tmp_path), sealed(tmp_path, "2026-12")
    path = request(tmp_path / "request.sealed", AGREED, asked(ids, later))  # type: ignore[operator]
    refused(tmp_path, path, InvalidPackage, f"request.sealed: {says}")


def refused(folder: Path, path: Path, kind: type[TrilinkError], says: str, withhold: Path | None = None) -> None:
    """Nothing is answered, nothing logged, and the request may come again."""
    with pytest.raises(kind, match=says) as caught:
        answer_request(at_home(profile_of(folder, TABLE, withhold=withhold), AGREED), path, folder / "answer.sealed")
    assert caught.value.__context__ is None
    assert not (folder / "answer.sealed").exists()
    assert not (folder / "home" / "ledger.jsonl").exists()


def test_only_the_unit_may_ask(tmp_path: Path) -> None:
    path = request(tmp_path / "request.sealed", AGREED, {"thing.arrow": sealed(tmp_path)}, by="us")
    refused(tmp_path, path, InvalidPackage, r"request\.sealed")


def test_an_epoch_we_never_encoded_for(tmp_path: Path) -> None:
    path = request(tmp_path / "request.sealed", AGREED, {"thing.arrow": sealed(tmp_path)}, epoch="2027-01")
    refused(tmp_path, path, InvalidPackage, "no crosswalk of epoch 2027-01")


WITHHELD = [
    ("one a line", "R1\n", ["R2", "R3"]),
    ("a mark before the first, as Windows writes it", "\ufeffR1\r\nR3", ["R2"]),
    ("spaces and blank lines", "\n  R2  \n\n", ["R1", "R3"]),
    ("all", "R1\nR2\nR3", []),
    ("somebody we do not have", "R9", ["R1", "R2", "R3"]),
    ("nobody", "", ["R1", "R2", "R3"]),
]


@pytest.mark.parametrize(("case", "content", "left"), WITHHELD, ids=[case for case, _, _ in WITHHELD])
def test_withheld_records_are_not_answered(case: str, content: str, left: list[str], tmp_path: Path) -> None:
    (tmp_path / "hold.txt").write_text(content, encoding="utf-8", newline="")
    counts, groups, _ = answered(tmp_path, sealed(tmp_path), withhold=tmp_path / "hold.txt")
    assert set(groups) == {name_of(record) for record in left}
    assert counts["answered"] + counts["withheld"] == counts["asked"] == 10


@pytest.mark.parametrize(("content", "says"), [(None, "is not there"), (b"R1\nMu\xf1oz", "is not UTF-8 text")])
def test_without_a_readable_withhold_list_nothing_is_answered(content: bytes | None, says: str, tmp_path: Path) -> None:
    path = request(tmp_path / "request.sealed", AGREED, {"thing.arrow": sealed(tmp_path)})
    if content is not None:
        (tmp_path / "hold.txt").write_bytes(content)
    refused(tmp_path, path, InvalidProfile, f"withhold: hold.txt {says}; nothing is answered until it is", tmp_path / "hold.txt")


def test_the_same_request_again_has_the_same_answer(tmp_path: Path) -> None:
    path = request(tmp_path / "request.sealed", AGREED, {"thing.arrow": sealed(tmp_path)})
    answers = []
    for _ in range(2):
        answer_request(at_home(profile_of(tmp_path, TABLE), AGREED), path, tmp_path / "answer.sealed")
        answers.append(opened(tmp_path / "answer.sealed", "regroup_answer", AGREED)[1])
    assert answers[0] == answers[1]


def test_requests_in_a_row_ask_about_a_posting_once(tmp_path: Path) -> None:
    ids = sorted(sealed(tmp_path))
    _, first, _ = answered(tmp_path, ids[:4])
    (tmp_path / "answer.sealed").unlink()
    path = request(tmp_path / "second.sealed", AGREED, {"thing.arrow": ids[4:]}, count=(2, 4))
    counts = answer_request(at_home(profile_of(tmp_path, TABLE), AGREED), path, tmp_path / "answer.sealed")
    manifest, parts = opened(tmp_path / "answer.sealed", "regroup_answer", AGREED)
    assert (manifest.body["number"], counts["asked"], counts["answered"]) == (2, 6, 6)
    names = read_part(parts["thing.groups.arrow"], groups_schema(AGREED, "mx"), "groups")["pseudonym"].to_pylist()
    assert set(names) | set(first) == {name_of(record) for record in ("R1", "R2", "R3")}


OUT_OF_ORDER = [  # number, asked before, which postings of ten after four were asked, what the refusal says
    (1, 0, slice(4, 10), "request 1 was another one"),
    (3, 4, slice(4, 10), "is request 3 of epoch 2026-11, and 2 is due"),
    (2, 0, slice(4, 10), "says that 0 postings were asked about before, and it were 4"),
    (2, 4, slice(3, 10), "asks again about 1 postings of thing"),
    (2, 4, slice(0, 10), "asks again about 4 postings of thing"),
]


@pytest.mark.parametrize(("number", "before", "which", "says"), OUT_OF_ORDER)
def test_a_request_out_of_order_is_refused(number: int, before: int, which: slice, says: str, tmp_path: Path) -> None:
    """Else the unit could ask posting by posting, and find out what a person decided."""
    ids = sorted(sealed(tmp_path))
    answered(tmp_path, ids[:4])
    (tmp_path / "answer.sealed").unlink()
    path = request(tmp_path / "second.sealed", AGREED, {"thing.arrow": ids[which]}, count=(number, before))
    with pytest.raises(InvalidPackage, match=says):
        answer_request(at_home(profile_of(tmp_path, TABLE), AGREED), path, tmp_path / "answer.sealed")
    assert not (tmp_path / "answer.sealed").exists()


def test_there_are_no_more_requests_than_agreed(tmp_path: Path) -> None:
    ids = sorted(sealed(tmp_path))
    few = AGREED.model_copy(update={"exchange": AGREED.exchange.model_copy(update={"requests": 2})})
    for number in (1, 2):
        path = request(tmp_path / f"{number}.sealed", few, {"thing.arrow": [ids[number]]}, count=(number, number - 1))
        answer_request(at_home(profile_of(tmp_path, TABLE), few), path, tmp_path / "answer.sealed")
    path = request(tmp_path / "third.sealed", few, {"thing.arrow": [ids[3]]}, count=(3, 2))
    with pytest.raises(InvalidPackage, match="is request 3 of epoch 2026-11; the agreement allows 2"):
        answer_request(at_home(profile_of(tmp_path, TABLE), few), path, tmp_path / "answer.sealed")


def test_what_was_withheld_once_stays_so_for_the_epoch(tmp_path: Path) -> None:
    """The hold is lifted between two requests; if its postings came now, the unit would see what a person decided, and when."""
    ids = sorted(sealed(tmp_path))
    crosswalk = read_crosswalk(crosswalk_path(tmp_path / "home", EPOCH, "thing"), AGREED, EPOCH, KEYS["mx"], NOW)
    (number,) = [number for number in range(3) if crosswalk.entity(number).record_id == "R1"]
    own = [posting for posting, found in zip(ids, crosswalk.entities_of(ids), strict=True) if found == number]
    (tmp_path / "hold.txt").write_text("R1\n", encoding="utf-8")
    answered(tmp_path, own[:2], withhold=tmp_path / "hold.txt")
    (tmp_path / "hold.txt").write_text("", encoding="utf-8")
    rest = [posting for posting in ids if posting not in own[:2]]
    path = request(tmp_path / "second.sealed", AGREED, {"thing.arrow": rest}, count=(2, 2))
    counts = answer_request(at_home(profile_of(tmp_path, TABLE, withhold=tmp_path / "hold.txt"), AGREED), path, tmp_path / "second")
    assert counts == {"asked": 8, "answered": 6, "withheld": 2, "groups": 2}


def test_names_differ_by_owner_counterpart_type_and_purpose() -> None:
    others = Pseudonyms(KEYS["us"])
    names = [
        NAMES.record("ca", "thing", "R1"), NAMES.record("us", "thing", "R1"), NAMES.record("ca", "other", "R1"),
        NAMES.record("ca", "thing", "R2"), NAMES.case("ca", "R1"), NAMES.case("us", "R1"), others.record("ca", "thing", "R1"),
        NAMES.record("ca", "thi", "ngR1"),
    ]  # fmt: skip
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {16}
    assert NAMES.case("ca", "") == NO_CASE
