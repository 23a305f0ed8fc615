"""The benchmark's own cuts of public data: what they hold, and whom the owners have in common."""

from pathlib import Path

import pandas as pd

from benchmarks.data_sets import NAMES_ALONE, write_febrl4_half
from benchmarks.report import said_row


def test_half_of_each_owners_people_are_in_common_and_names_birth_date_and_postcode_are_all_there_is(tmp_path: Path) -> None:
    write_febrl4_half(tmp_path)
    truth = pd.read_csv(tmp_path / "truth.csv", dtype=str)
    people = {owner: set(rows["entity_id"]) for owner, rows in truth.groupby("owner")}
    assert abs(len(people["a"] & people["b"]) - len(people["a"]) / 2) <= 1
    assert abs(len(people["a"]) - len(people["b"])) <= 1
    for owner, rows in truth.groupby("owner"):
        table = pd.read_csv(tmp_path / str(owner) / "suspect.csv", dtype=str)
        assert set(table) == {"record_id", *NAMES_ALONE}
        assert set(table["record_id"]) == set(rows["record_id"])


def test_what_the_unit_did_not_say_is_undefined() -> None:
    unsaid = {"estimate": None, "truth": 0.5}
    measures = {
        "estimates": {"precision": {"estimate": 0.9504, "truth": 0.949}, "recall": unsaid, "matches": {"estimate": 99.6, "truth": 120}},
        "pairs_completeness": 0.975,
        "default": {"links": 1000},
    }
    wanted = ["data", "suspect", "1,000", "0.950", "0.949", "undefined", "0.500", "100", "120", "0.975"]
    assert said_row("data", "suspect", measures) == wanted
