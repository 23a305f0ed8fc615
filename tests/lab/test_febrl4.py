"""FEBRL 4 in the rehearsal layout: all of it, nothing that gives the truth away."""

import csv
from pathlib import Path

import pytest

from linkage.lab.febrl4 import dashed, write_febrl4


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def febrl4(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("febrl4")
    assert write_febrl4(out) == {"a": 5000, "b": 5000, "true_pairs": 5000}
    return out


def test_every_record_is_in_the_truth_once(febrl4: Path) -> None:
    truth = {(row["owner"], row["record_id"]): row["entity_id"] for row in rows(febrl4 / "truth.csv")}
    for owner in "ab":
        ids = [row["record_id"] for row in rows(febrl4 / owner / "suspect.csv")]
        assert len({truth[owner, record_id] for record_id in ids}) == len(ids) == 5000


def test_neither_record_ids_nor_row_order_tell_the_truth(febrl4: Path) -> None:
    entities: dict[str, dict[str, str]] = {}
    for row in rows(febrl4 / "truth.csv"):
        entities.setdefault(row["owner"], {})[row["record_id"].split("-")[1]] = row["entity_id"]
    same_number = sum(entities["a"][number] == entities["b"][number] for number in entities["a"])
    assert same_number < 10  # one is expected by chance
    assert [row["record_id"] for row in rows(febrl4 / "a" / "suspect.csv")] == sorted(f"a-{number}" for number in entities["a"])


def test_a_known_person_arrives_in_the_agreed_fields(febrl4: Path) -> None:
    record_id = next(row["record_id"] for row in rows(febrl4 / "truth.csv") if (row["owner"], row["entity_id"]) == ("a", "1070"))
    record = next(row for row in rows(febrl4 / "a" / "suspect.csv") if row["record_id"] == record_id)
    assert record == {
        "record_id": record_id,
        "given_names": "michaela",
        "surname_1": "neumann",
        "date_of_birth": "1915-11-11",
        "house_number": "8",
        "street": "stanley street",
        "locality": "winston hills",
        "postal_code": "4223",
        "region": "nsw",
        "ssn": "005304218",
    }


def test_without_ssn_only_that_column_is_missing(febrl4: Path, tmp_path: Path) -> None:
    write_febrl4(tmp_path, ssn=False)
    with_ssn = rows(febrl4 / "b" / "suspect.csv")
    assert rows(tmp_path / "b" / "suspect.csv") == [{name: text for name, text in row.items() if name != "ssn"} for row in with_ssn]


def test_a_missing_date_stays_missing_and_an_impossible_one_keeps_its_digits() -> None:
    assert [dashed(text) for text in ("19450417", "19450493", "", "1945")] == ["1945-04-17", "1945-04-93", "", "1945"]
