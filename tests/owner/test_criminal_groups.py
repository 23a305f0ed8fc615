"""The table of criminal groups beside the public sanctions list of the US Treasury: what the list calls one group is one here."""

import csv
from pathlib import Path

import pytest

from linkage.owner.fact_tables import aliases, read_table
from linkage.owner.normalisation import normalise

PUBLIC_LIST = Path(__file__).parents[2].parent / "shared" / "data" / "ofac" / "derived_name_pairs_labelled.csv"
GROUPS = frozenset(read_table("criminal_groups")["classes"])
FACTIONS = {  # other names of the list that are groups of their own here
    ("LOS ZETAS", "CARTEL DEL NORESTE"),
    ("CARTEL DE JUAREZ", "LA LINEA"),
}
FEWEST = 18  # pairs of the list that are about our groups


def of_list() -> list[tuple[str, str]]:
    """Canonical names of the pairs of organizations that have one list entry, where at least one is in the table."""
    with PUBLIC_LIST.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "entity" and row["label"] == "1"]
    pairs = [(_named(row["name_a"]), _named(row["name_b"])) for row in rows]
    return [pair for pair in pairs if not GROUPS.isdisjoint(pair)]


def _named(name: str) -> str:
    return normalise("organization_name", name) or ""


@pytest.mark.skipif(not PUBLIC_LIST.is_file(), reason="no folder ../shared/data/ofac")
def test_what_the_public_list_calls_one_group_is_one_but_for_factions() -> None:
    pairs = of_list()
    assert len(pairs) >= FEWEST
    assert {pair for pair in pairs if len(set(pair)) > 1} == FACTIONS


def test_no_name_stands_for_two_groups() -> None:
    classes = read_table("criminal_groups")["classes"]
    assert len(aliases(classes)) == sum(len({name, *others}) for name, others in classes.items())
