"""What an owner's table of seizures becomes before it may leave, and what nobody can learn from it."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from linkage.owner.seizure_cells import Control, cells_of
from linkage.owner.seizure_report import counted_release, seal_release
from linkage.owner.seizures import read_recoveries
from linkage.owner.withdrawn import Wish, note_withdrawn
from linkage.protocol.errors import InvalidProfile, TrilinkError
from linkage.protocol.report_draws import Draws
from linkage.protocol.seizure_tables import TABLES, TOTAL, SeizureAggregates, read_aggregates
from tests.made_releases import at_home, opened
from tests.made_seizures import Row, agreed, owner_with, seizures

AS_OF = date(2026, 2, 1)
AGREED = agreed()
PLAIN = {"record_id": "R1", "case_id": "C1", "agency": "A", "recovery_date": "2025-03-01"}

SAID = [  # what the row says, dimension, the programme's word
    ({"setting": "Port of Entry"}, "setting", "port_of_entry"),
    ({"setting": "under the bed"}, "setting", "unknown"),
    ({"setting": "SIN DATO"}, "setting", "unknown"),
    ({"substances": "9801"}, "substance", "fentanyl"),
    ({"substances": "9801|9821"}, "substance", "fentanyl"),
    ({"substances": "9801|1105"}, "substance", "several"),
    ({"substances": "none|1105"}, "substance", "methamphetamine"),
    ({"substances": "2000"}, "substance", "other"),
    ({"substances": "white powder"}, "substance", "unknown"),
    ({"substances": "none"}, "substance", "none"),
    ({"organization_class": "None known"}, "organization_class", "none_known"),
    ({"recovery_region": "Nuevo León"}, "recovery_region", "NLE"),
    ({"recovery_region": "Texas"}, "recovery_region", "unknown"),
    ({"source_state": "Tex."}, "source_state", "TX"),
    ({"source_state": "Guatemala"}, "source_state", "other"),
    ({"source_state": "Texas", "municipality": "Cd. Juárez"}, "place", "TX > CD JUAREZ"),
    ({"source_state": "AZ", "source_county": "Pima", "municipality": "Nogales"}, "place", "AZ PIMA > NOGALES"),
    ({"source_state": "", "source_county": "Pima", "municipality": "Nogales"}, "place", "unknown"),
    ({"source_state": "", "municipality": "Cd. Juárez"}, "place", "unknown"),
    ({"submitted": "no"}, "stage", "not_submitted"),
    ({"submitted": "sí", "traced": "sí", "source_known": "no"}, "stage", "traced"),
    ({"purchaser_known": "oui"}, "stage", "purchaser_known"),
    ({}, "stage", "unknown"),
    ({"purchase_date": "2025-01-15"}, "time_to_crime", "under_3_months"),
    ({"purchase_date": "2023-01-15"}, "time_to_crime", "from_2_years"),
    ({"purchase_date": "2025-03-02"}, "time_to_crime", "invalid"),
    ({"purchase_date": "2023"}, "time_to_crime", "unknown"),
]


@pytest.mark.parametrize(("said", "dimension", "word"), SAID)
def test_rows_in_the_words_of_the_programme(tmp_path: Path, said: Row, dimension: str, word: str) -> None:
    found = read_recoveries(owner_with(tmp_path, [PLAIN | said]), AGREED, 2025).table
    assert found[dimension].tolist() == [word]


def test_what_is_not_understood_is_counted_by_field(tmp_path: Path) -> None:
    rows = [PLAIN | {"setting": "attic"}, PLAIN | {"record_id": "R2", "recovery_date": "32/13/2025"}, PLAIN, PLAIN | {"record_id": ""}]
    found = read_recoveries(owner_with(tmp_path, rows), AGREED, 2025)
    assert found.not_understood == {"recovery_date": 1, "setting": 1}
    assert found.left_out == {"no year of recovery": 1, "not readable, or without a record id": 1, "record id seen before": 1}
    assert len(found.table) == 1 and "attic" not in repr(found)


def test_one_gun_is_one_recovery_in_a_year(tmp_path: Path) -> None:
    """The army seizes, the prosecutor traces: two records of one gun; recovered again in another year, it counts there too."""
    gun = {
        "serial_number": "ABCD1234",
        "make": "Glock",
        "importer": "Interarms",
        "model": "19",
        "calibre": "9mm",
        "firearm_type": "pistol",
        "recovery_date": "2025-03-01",
    }
    rows = [
        PLAIN | {"setting": "vehicle"},
        PLAIN | {"record_id": "R2", "case_id": "C2", "agency": "B", "submitted": "yes"},
        PLAIN | {"record_id": "R3", "recovery_date": "2024-03-01"},
    ]
    firearms = [gun | {"record_id": f"R{number}", "case_id": "C1"} for number in (1, 2, 3)]
    profile = owner_with(tmp_path, rows, firearms)
    found = read_recoveries(profile, AGREED, 2025).table
    assert found[["case", "agency", "setting", "stage"]].values.tolist() == [["C1", "a", "vehicle", "submitted"]]
    assert found[["make", "importer"]].values.tolist() == [["GLOCK", "INTERARMS"]]
    assert len(read_recoveries(profile, AGREED, 2024).table) == 1


def test_what_was_withdrawn_is_not_counted(tmp_path: Path) -> None:
    profile = owner_with(tmp_path, [PLAIN, PLAIN | {"record_id": "R2"}])
    note_withdrawn(at_home(profile, AGREED), [Wish("record", "R1")], "court order")
    found = read_recoveries(profile, AGREED, 2025)
    assert found.left_out == {"withdrawn": 1} and found.table["recovery"].tolist() == ["R2"]


def test_a_field_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidProfile, match="seizures: colour is no field"):
        read_recoveries(owner_with(tmp_path, [PLAIN], columns={"colour": "COLOR"}), AGREED, 2025)


def released(folder: Path, rows: list[Row]) -> SeizureAggregates:
    profile = owner_with(folder, rows)
    return counted_release(profile.home, read_recoveries(profile, AGREED, 2025), ("mx", AGREED, 2025), AS_OF)[0]


def test_every_table_adds_up_to_the_same_base(tmp_path: Path) -> None:
    found = released(tmp_path, seizures("mx", 400))
    assert read_aggregates(found.model_dump_json().encode(), AGREED.report, "x") == found
    assert set(found.tables) == set(TABLES) and found.recoveries in (400, 405)
    assert {found.count(name, TOTAL) for name in TABLES} == {found.recoveries}


def test_one_case_with_many_guns_is_withheld(tmp_path: Path) -> None:
    """60 guns of one case stand for a case, not for 60 seizures."""
    rows = [row | {"setting": "vehicle"} for row in seizures("mx", 300)]
    rows += [PLAIN | {"record_id": f"V{number}", "case_id": "VU", "setting": "parcel"} for number in range(30)]
    rows += [row | {"record_id": f"X{number}", "setting": "premises"} for number, row in enumerate(seizures("mx", 80, seed=5))]
    found = released(tmp_path, rows)
    counts = {cell.row: cell.count for cell in found.tables["T9"]}
    assert counts["parcel"] is None and list(counts.values()).count(None) == 2


def test_of_too_few_cases_nothing_is_said(tmp_path: Path) -> None:
    found = released(tmp_path, seizures("mx", 6))
    assert found.recoveries is None and found.tables == {}


@pytest.mark.parametrize("count", range(1, 26))
def test_a_year_of_few_seizures_is_released_or_nothing_is_said(tmp_path: Path, count: int) -> None:
    """Each its own case, four agencies: its total stands under tables of places too, and must meet their numbers."""
    rows = [row | {"case_id": f"C{number}", "agency": f"A{number % 4}"} for number, row in enumerate(seizures("mx", count))]
    found = released(tmp_path, rows)
    assert (found.recoveries is None) == (count < AGREED.report.local_cases)
    assert read_aggregates(found.model_dump_json().encode(), AGREED.report, "x") == found


def test_rare_makers_are_with_all_others(tmp_path: Path) -> None:
    rows = seizures("mx", 90)
    firearms = [
        {"record_id": row["record_id"], "make": "Barrett" if at < 3 else "Glock" if at < 60 else "Colt"} for at, row in enumerate(rows)
    ]
    profile = owner_with(tmp_path, rows, firearms)
    found, _ = counted_release(profile.home, read_recoveries(profile, AGREED, 2025), ("mx", AGREED, 2025), AS_OF)
    names = {cell.row: cell.count for cell in found.tables["T7"]}
    assert set(names) == {"other", "GLOCK", "*"} and None not in names.values(), "with the fewest that are not, until others may be shown"


def test_nothing_of_a_record_leaves(tmp_path: Path) -> None:
    rows = seizures("mx", 200)
    profile = owner_with(tmp_path, rows)
    aggregates, memory = counted_release(profile.home, read_recoveries(profile, AGREED, 2025), ("mx", AGREED, 2025), AS_OF)
    manifest, parts = opened(seal_release(at_home(profile, AGREED), aggregates, memory, tmp_path / "out"), "seizure_aggregates", AGREED)
    assert manifest.body == {"number": 1, "year": 2025} and set(parts) == {"aggregates.json"}
    kept = (profile.home / "seizure-reports" / "2025.json").read_text(encoding="utf-8")
    for canary in ("CASE-", "AGENCY-", "agency-", "R00", "XK0", "2025-0"):
        assert canary not in parts["aggregates.json"].decode() + kept
    assert (profile.home / "seizure-report.secret").stat().st_mode & 0o077 == 0


def test_a_year_is_released_again_only_when_enough_has_changed(tmp_path: Path) -> None:
    rows = seizures("mx", 300)
    profile = owner_with(tmp_path, rows)
    of = ("mx", AGREED, 2025)
    first, memory = counted_release(profile.home, read_recoveries(profile, AGREED, 2025), of, AS_OF)
    seal_release(at_home(profile, AGREED), first, memory, tmp_path / "out")
    same, _ = counted_release(profile.home, read_recoveries(profile, AGREED, 2025), of, date(2026, 5, 1))
    assert same == first, "the same recoveries are the same release"
    few = owner_with(tmp_path, rows[:-2])
    with pytest.raises(TrilinkError, match="fewer than 5 cases or 2 agencies"):
        counted_release(few.home, read_recoveries(few, AGREED, 2025), of, AS_OF)
    many = owner_with(tmp_path, rows[:-40])
    second, _ = counted_release(many.home, read_recoveries(many, AGREED, 2025), of, AS_OF)
    assert second.number == 2
    for name, cells in first.tables.items():
        present = {(cell.row, cell.column) for cell in second.tables[name]}
        hidden = {(cell.row, cell.column) for cell in cells if cell.count is None} & present
        assert all(cell.count is None for cell in second.tables[name] if (cell.row, cell.column) in hidden), name


def test_releases_cannot_be_averaged_or_subtracted(tmp_path: Path) -> None:
    """A cell's draw is its own for good; with new chance for each release (positive control) the mean tells the count."""
    table = read_recoveries(owner_with(tmp_path, seizures("mx", 400)), AGREED, 2025).table
    true = table["firearm_type"].value_counts()

    def shown(secret: int, rows: int = 400) -> dict[str, int]:
        control = Control(AGREED.report, Draws(secret.to_bytes(32, "big"), "2025"))
        return {cell.row: cell.count or 0 for cell in cells_of(table[:rows], TABLES["T5"], control)}

    averaged = {word: np.mean([shown(secret)[word] for secret in range(60)]) for word in true.index}
    assert all(abs(averaged[word] - count) < 1.5 for word, count in true.items())
    same = [shown(1, rows) for rows in (400, 399, 398, 397)]
    before = table["firearm_type"]
    for left, right, rows in zip(same, same[1:], (399, 398, 397), strict=False):
        moved = {word for word in true.index if left[word] != right[word]}
        assert all(abs(right[word] - (before[:rows] == word).sum()) < AGREED.report.base for word in true.index)
        assert len(moved) <= 2, "one recovery less moves its own cell, and one that balances it"
