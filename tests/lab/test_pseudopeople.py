"""pseudopeople in the rehearsal layout: three owners, their dates made alike, one row per person."""

import csv
from pathlib import Path

import pytest

from linkage.lab.pseudopeople import write_pseudopeople
from linkage.protocol.errors import InvalidSource

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "pseudopeople"
needs_source = pytest.mark.skipif(not SOURCE.is_dir(), reason="needs pseudopeople's files in ../shared/data/pseudopeople")

CENSUS = "simulant_id,first_name,middle_initial,last_name,date_of_birth,street_number,street_name,unit_number,city,state,zipcode,sex"
SECURITY = "simulant_id,ssn,first_name,middle_name,last_name,date_of_birth,sex"
TAX = "simulant_id,ssn,first_name,middle_initial,last_name," + ",".join(
    f"mailing_address_{part}" for part in ("street_number", "street_name", "unit_number", "city", "state", "zipcode")
)
FILES = {
    "decennial_census_2020": [
        CENSUS,
        "7,Diana,P,Kofron,05/17/1994,5112,145th st,apt 2,Anytown,WA,00000,Female",
        "8,Ana,,Roe,30/05/200O,1,elm,,,,,",
    ],
    "social_security": [
        SECURITY,
        "7,786-77-6454,Diana,Pauline,Kofron,19940517,Female",
        "7,786-77-6454,Diana,Pauline,Kofron,19940517,Female",
    ],
    "w2_1099_2020": [TAX, "7,786-77-64S4,Diana,P,Kofron,5112,145th st,,Anytown,WA,00000", "9,,X,Y,Z,,,,,,"],
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name, lines in FILES.items():
        (tmp_path / f"pseudopeople_{name}_noisy.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_person_as_three_owners_hold_her(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    counts = write_pseudopeople(source, out)
    assert counts == {"us": 2, "ca": 1, "mx": 2, "suspect ca mx": 1, "suspect ca us": 1, "suspect mx us": 1}
    hers = {row["owner"]: row["record_id"] for row in rows(out / "truth.csv") if row["entity_id"] == "7"}
    held = {o: next(r for r in rows(out / o / "suspect.csv") if r["record_id"] == i) for o, i in hers.items()}
    assert {owner: record["given_names"] for owner, record in held.items()} == dict.fromkeys(("us", "ca", "mx"), "Diana P")
    assert held["us"]["date_of_birth"] == held["ca"]["date_of_birth"] == "1994-05-17"
    assert held["us"]["street"] == "145th st apt 2"
    assert held["us"]["sex"] == "F"
    assert (held["ca"]["ssn"], held["mx"]["ssn"]) == ("786-77-6454", "786-77-64S4")
    assert "ssn" not in held["us"]
    assert "date_of_birth" not in held["mx"]


def test_a_date_that_is_none_is_left_to_the_owners_reader(source: Path, tmp_path: Path) -> None:
    write_pseudopeople(source, tmp_path / "out")
    assert "30/05/200O" in {row["date_of_birth"] for row in rows(tmp_path / "out" / "us" / "suspect.csv")}


def test_all_rows_may_be_kept(source: Path, tmp_path: Path) -> None:
    assert write_pseudopeople(source, tmp_path / "out", keep_all=True)["ca"] == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match=r"pseudopeople_decennial_census_2020_noisy\.csv: not found"):
        write_pseudopeople(tmp_path, tmp_path / "out")


@needs_source
def test_the_real_files_have_the_known_overlaps(tmp_path: Path) -> None:
    assert write_pseudopeople(SOURCE, tmp_path) == {
        "us": 10225,
        "ca": 16305,
        "mx": 7226,
        "suspect ca mx": 6933,
        "suspect ca us": 9875,
        "suspect mx us": 6718,
    }
