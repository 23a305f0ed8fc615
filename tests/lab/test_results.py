"""Reading a rehearsal's results: what is taken in, what is refused, and what can be seen in the input tables."""

from pathlib import Path

import pytest

from linkage.lab.results import read_results
from linkage.protocol.errors import TrilinkError

FILES = {
    "out/links.csv": "entity,owner_a,record_a,owner_b,record_b,weight,probability,band\nsuspect,ca,1,us,2,3.5,0.95,B\n",
    "out/clusters.csv": "entity,cluster_id,owner,record_id\nsuspect,0,ca,1\nsuspect,0,us,2\n",
    "data/truth.csv": "owner,entity,record_id,entity_id\nca,suspect,1,x\nus,suspect,2,x\nus,firearm,7,g\n",
    "data/ca/suspect.csv": "record_id,given_names,date_of_birth\n1,SECRET,\n5, ,1990-01\n",
    "data/us/suspect.csv": "record_id,surname_1,curp\n2,SECRET,SECRET\n3,,\n",
    "data/us/firearm.csv": "record_id,serial_number,obliterated\n7,AB?12,no\n8,,yes\n9,X123,Yes\n10,X123,\n",
}
SEEN = {  # owner, entity, trait -> records
    ("ca", "suspect", "missing_birth_date"): ["1"],
    ("ca", "suspect", "partial_birth_date"): ["5"],
    ("ca", "suspect", "missing_given_names"): ["5"],
    ("ca", "suspect", "missing_surname"): ["1", "5"],  # the column is not there, as for all of this owner's records
    ("ca", "suspect", "no_identifier"): ["1", "5"],
    ("us", "suspect", "missing_birth_date"): ["2", "3"],
    ("us", "suspect", "missing_given_names"): ["2", "3"],
    ("us", "suspect", "missing_surname"): ["3"],
    ("us", "suspect", "no_identifier"): ["3"],
    ("us", "firearm", "no_serial"): ["8"],
    ("us", "firearm", "partial_serial"): ["7", "9"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_traits_that_can_be_seen(folder: Path) -> None:
    found = read_results(folder / "out", folder / "data")
    rows = found.traits.groupby(["owner", "entity", "trait"])["record_id"].apply(list).to_dict()
    assert rows == SEEN
    assert sorted(found.records["record_id"]) == ["1", "10", "2", "3", "5", "7", "8", "9"]
    assert "SECRET" not in "".join(table.to_csv() for table in found[:5])


def test_traits_that_the_data_bring_are_taken_alone(folder: Path) -> None:
    (folder / "data/traits.csv").write_text("owner,entity,record_id,trait\nca,suspect,1,alias_used\n", encoding="utf-8")
    found = read_results(folder / "out", folder / "data")
    assert found.traits_from == "traits.csv" and found.traits["trait"].tolist() == ["alias_used"]


REFUSED = [  # file, its new text, what is said
    ("out/links.csv", None, "links.csv: not in"),
    ("out/clusters.csv", None, "clusters.csv: not in"),
    ("data/truth.csv", None, "no truth.csv there"),
    ("out/links.csv", "entity,weight\n", "links.csv: expected the header entity,owner_a"),
    ("out/links.csv", "", "links.csv: expected the header"),
    ("out/links.csv", FILES["out/links.csv"].replace("0.95", "SECRET"), "links.csv, line 2: probability is not a number"),
    ("out/links.csv", FILES["out/links.csv"].replace("3.5", "nan"), "links.csv, line 2: weight is not a number"),
    ("out/links.csv", FILES["out/links.csv"].replace("3.5,", ""), "links.csv, line 2: expected 8 cells"),
    ("out/links.csv", FILES["out/links.csv"].replace("3.5,", "3.5,1,"), "links.csv, line 2: expected 8 cells"),
    ("data/truth.csv", "owner,entity,record_id\n", "truth.csv: expected the header"),
    ("data/traits.csv", "owner,entity,trait\n", "traits.csv: expected the header"),
    ("data/ca/suspect.csv", "name\nSECRET\n", "ca/suspect.csv: not a table with a column record_id"),
]


@pytest.mark.parametrize(("name", "text", "says"), REFUSED)
def test_what_cannot_be_read_is_one_clear_line(name: str, text: str | None, says: str, folder: Path) -> None:
    path = folder / name
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(TrilinkError) as caught:
        read_results(folder / "out", folder / "data")
    assert says in str(caught.value) and "\n" not in str(caught.value) and "SECRET" not in str(caught.value)
