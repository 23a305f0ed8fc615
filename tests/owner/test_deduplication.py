"""Same person, gun or company? Cells of two rows of one table, and what a clerk who knows the people would say."""

from pathlib import Path
from typing import Any

import pytest

from linkage.owner.entities import Entities
from linkage.owner.profile import Source
from linkage.owner.reading import RawRow
from linkage.owner.validation import validate
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import InvalidProfile
from tests.made_lists import AGREEMENT_FILE

AGREED = read_agreement(AGREEMENT_FILE)
Row = dict[str, str]


def entities_of(entity: str, rows: list[Row], **options: Any) -> tuple[list[list[str]], Entities, list[CanonicalRecords]]:
    """Record ids by entity; ids are A, B, C, … where the rows have none."""
    header = ["record_id", "case_id", *AGREED.entities[entity].fields]
    named = [{"record_id": "ABCDEFGH"[number]} | row for number, row in enumerate(rows)]
    raw = (RawRow(number, [row.get(name, "") for name in header]) for number, row in enumerate(named, 2))
    source = Source(path=Path("none"), **options)
    records, _, _ = validate(header, raw, source, AGREED.entities[entity])
    entities = Entities(records.slices(2), source, AGREED.entities[entity])
    chunks = list(entities.chunks(1000))
    return [[record_id for record_id, _ in references] for chunk in chunks for references in chunk.references()], entities, chunks


HOME = {"house_number": "12", "street": "Calle Reforma", "postal_code": "32000"}
JUAN = {"given_names": "Juan", "surname_1": "García", "surname_2": "López", "date_of_birth": "1985-02-28", "sex": "M"} | HOME
PEOPLE: list[tuple[str, Row, Row, bool]] = [
    ("typed twice", JUAN, JUAN, True),
    ("an accent and a letter less", JUAN, JUAN | {"surname_1": "Garcia", "given_names": "JUAN", "street": "Reforma"}, True),
    ("a digit of the birth date, same address", JUAN, JUAN | {"date_of_birth": "1985-02-23"}, True),
    ("second surname missing", JUAN, JUAN | {"surname_2": ""}, True),
    ("moved, same CURP", JUAN | {"curp": "GALJ850228HCHRPN09"}, JUAN | {"curp": "GALJ850228HCHRPN09", "street": "Morelos"}, True),
    ("twins at one address", JUAN, JUAN | {"given_names": "José"}, False),
    ("twins with a name in common", JUAN | {"given_names": "José Luis"}, JUAN | {"given_names": "José Manuel"}, False),
    ("twin sisters and brothers", JUAN | {"given_names": "Daniel", "sex": ""}, JUAN | {"given_names": "Daniela", "sex": ""}, False),
    ("father and son", JUAN, JUAN | {"date_of_birth": "1960-07-11"}, False),
    ("father and son, no dates", JUAN | {"date_of_birth": ""}, JUAN | {"date_of_birth": ""}, False),
    ("namesakes born on one day, elsewhere", JUAN, JUAN | {"house_number": "9", "street": "Morelos", "postal_code": "06000"}, False),
    ("the same name alone", {"given_names": "Juan", "surname_1": "García"}, {"given_names": "Juan", "surname_1": "García"}, False),
    ("two CURPs", JUAN | {"curp": "GALJ850228HCHRPN09"}, JUAN | {"curp": "GALJ850228HDFRPN01"}, False),
    ("man and woman", JUAN | {"given_names": "Guadalupe"}, JUAN | {"given_names": "Guadalupe", "sex": "F"}, False),
]  # fmt: skip
GUN = {"serial_number": "ABC12345", "make": "Glock", "model": "19", "calibre": "9mm"}
GUNS: list[tuple[str, Row, Row, bool]] = [
    ("traced twice", GUN, GUN | {"recovery_date": "2024-05-01"}, True),
    ("the next in the box", GUN, GUN | {"serial_number": "ABC12346"}, False),
    ("a short serial", GUN | {"serial_number": "375"}, GUN | {"serial_number": "375"}, False),
    ("another maker's", GUN, GUN | {"make": "Colt"}, False),
    ("a serial alone", {"serial_number": "ABC12345"}, {"serial_number": "ABC12345"}, False),
    ("unreadable in the same places", GUN | {"serial_number": "AB?1234"}, GUN | {"serial_number": "AB?1234"}, False),
]
FIRM = {"name": "Armería del Norte", "house_number": "55", "street": "Avenida Juárez", "postal_code": "64000", "phone": "8181234567"}
FIRMS: list[tuple[str, Row, Row, bool]] = [
    ("registered twice", FIRM, FIRM | {"name": "ARMERIA DEL NORTE, S.A. de C.V."}, True),
    ("branches", FIRM | {"name": "Armería del Norte 1"}, FIRM | {"name": "Armería del Norte 2"}, False),
    ("the same name elsewhere", FIRM, {"name": "Armería del Norte", "street": "Morelos", "postal_code": "01000"}, False),
    ("neighbours", FIRM, FIRM | {"name": "Ferretería del Sur"}, False),
]
SAME = [("suspect", *row) for row in PEOPLE] + [("firearm", *row) for row in GUNS] + [("organization", *row) for row in FIRMS]


@pytest.mark.parametrize(("entity", "case", "left", "right", "same"), SAME, ids=[f"{row[0]} {row[1]}" for row in SAME])
def test_same_or_not(entity: str, case: str, left: Row, right: Row, same: bool) -> None:
    found, entities, _ = entities_of(entity, [left, right])
    assert found == ([["A", "B"]] if same else [["A"], ["B"]])
    assert entities.report()["merged_records"] == 2 * same


def test_one_who_might_be_either_joins_no_two_who_cannot_be_one() -> None:
    """José agrees with José Luis and with José Manuel, who contradict each other: he is put to one of them."""
    people = [JUAN | {"given_names": name} for name in ("José Luis", "José", "José Manuel")]
    found, _, _ = entities_of("suspect", people)
    assert sorted(map(len, found)) == [1, 2]
    assert not any({"A", "C"} <= set(ids) for ids in found)


def test_the_smallest_id_comes_first_and_variants_are_shared() -> None:
    found, entities, chunks = entities_of(
        "suspect", [JUAN | {"record_id": "Z", "phone": "6561234567"}, JUAN | {"record_id": "B", "given_names": "Juan Luis"}]
    )
    assert found == [["B", "Z"]]
    assert chunks[0].cells["phone"] == [("6561234567",), ("6561234567",)]
    assert [values[0] for values in chunks[0].cells["given_names"]] == ["JUAN LUIS", "JUAN"]
    assert entities.report() == {
        "unsearched": "", "entities": 1, "pairs_compared": 1, "pairs_dropped": 0, "merged_records": 2, "merged_entities": 1,
        "merged_by": {"address+date+given_name+sex+surname": 1},
    }  # fmt: skip


def decided(folder: Path, *rows: str) -> Path:
    path = folder / "decisions.csv"
    path.write_text("\n".join(["record_id_a,record_id_b,decision", *rows, ""]), encoding="utf-8")
    return path


def test_people_have_the_last_word(tmp_path: Path) -> None:
    strangers = [JUAN, JUAN, {"given_names": "Eva", "surname_1": "Sol"}]
    path = decided(tmp_path, "A,B,different", "C,A,same")
    found, entities, _ = entities_of("suspect", strangers, decisions=path)
    assert found == [["A", "C"], ["B"]]
    assert entities.report()["merged_by"] == {"decision": 1}
    assert entities_of("suspect", strangers, decisions=path, deduplicate=False)[0] == [["A", "C"], ["B"]]


REFUSED = [
    (["A,X,same"], "row 2: record_id_b is not a usable record of the table"),
    (["A,B,same", "X,B,different"], "row 3: record_id_a is not a usable record of the table"),
    (["A,B,maybe"], "row 2: expected two record ids and same or different"),
    (["A,A,same"], "row 2: expected two record ids and same or different"),
    (["A,B"], "row 2: expected two record ids and same or different"),
    (["A,B,same", "B,C,same", "C,A,different"], "row 4: says different, and other rows make the two the same"),
]


@pytest.mark.parametrize("searched", [True, False])
@pytest.mark.parametrize(("rows", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_cannot_be_followed_to_the_letter_is_refused(rows: list[str], reason: str, searched: bool, tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match=reason):
        entities_of("suspect", [JUAN, JUAN, JUAN], decisions=decided(tmp_path, *rows), deduplicate=searched)


def test_a_file_that_is_not_there_or_of_other_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match=r"decisions: none\.csv: is not there; nothing is encoded until it is right"):
        entities_of("suspect", [JUAN], decisions=tmp_path / "none.csv")
    (tmp_path / "other.csv").write_text("a,b\n", encoding="utf-8")
    with pytest.raises(InvalidProfile, match="expected the columns record_id_a, record_id_b, decision"):
        entities_of("suspect", [JUAN], decisions=tmp_path / "other.csv")


def test_a_large_table_is_not_searched_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("linkage.owner.entities.LARGEST", 3)
    found, entities, _ = entities_of("suspect", [JUAN] * 5, decisions=decided(tmp_path, "E,A,same"))
    assert found == [["B"], ["C"], ["D"], ["A", "E"]]
    assert (entities.report()["unsearched"], entities.report()["merged_records"]) == ("size", 2)


def test_candidate_pairs_that_are_too_many_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkage.owner.duplicate_candidates.FEW", 2)
    monkeypatch.setattr("linkage.owner.duplicate_candidates.EACH", 0)
    found, entities, _ = entities_of("suspect", [JUAN, JUAN, JUAN, JUAN])
    assert (entities.report()["pairs_compared"], entities.report()["pairs_dropped"]) == (2, 4)
    assert found == [["A", "B", "C"], ["D"]]
