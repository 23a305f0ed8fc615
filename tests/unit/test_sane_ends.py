"""The ends of what owners may send: whatever comes, the outcome is one that a person would call sane."""

from pathlib import Path

import pytest

from linkage.protocol.errors import InvalidPackage
from linkage.unit.comparison import read_pairs
from tests.parties import Link, Parties, Tables
from tests.small_world import HOLDS, gun, people, person, shared


def linked(folder: Path, tables: Tables, entity: str = "suspect") -> set[Link]:
    parties = Parties(folder, tables)
    return parties.links(parties.unit().run(), entity)


def copies(owner: str, count: int) -> list[dict[str, str]]:
    return [person(owner, 3, record_id=f"{owner}-copy-{number}") for number in range(count)]


def test_ten_identical_records_are_one_entity_at_home_and_one_link(tmp_path: Path) -> None:
    """Duplicates are merged before anything is encoded; so many copies would share tokens above the cap."""
    tables = people("ca", "mx")
    for owner in tables:
        tables[owner]["suspect"] = [*(row for row in tables[owner]["suspect"] if row["record_id"] != f"{owner}-03"), *copies(owner, 10)]
    found = linked(tmp_path, tables)
    assert {pair for pair in found if "copy" not in str(pair)} == shared("ca", "mx") - {("ca-03", "mx-03")}
    assert len({pair for pair in found if "copy" in str(pair)}) == 1


def test_ten_identical_records_left_unmerged_share_tokens_above_the_cap_and_link_to_nothing(tmp_path: Path) -> None:
    parties = Parties(tmp_path, {owner: {"suspect": copies(owner, 10)} for owner in ("ca", "mx")}, deduplicate=False)
    unit = parties.unit()
    assert unit.take_in(*parties.packages()) == {"ca suspect": 0, "mx suspect": 0}
    assert parties.links(unit.run()) == set()


def test_identical_records_left_unmerged_below_the_cap_link_to_copies_alone(tmp_path: Path) -> None:
    """Each has some of the tokens, so that not all rivals are seen; and they do not keep the others from being linked."""
    tables = people("ca", "mx")
    for owner in tables:
        tables[owner]["suspect"] += copies(owner, 3)
    tables["mx"]["suspect"] = [row for row in tables["mx"]["suspect"] if row["record_id"] != "mx-03"]
    parties = Parties(tmp_path, tables, deduplicate=False)
    found = parties.links(parties.unit().run(), "suspect")
    copied = {pair for pair in found if all("copy" in record for record in pair)}
    assert found - copied == shared("ca", "mx") and len(copied) <= 3


def test_an_owner_without_a_usable_record_seals_nothing_and_the_others_link(tmp_path: Path) -> None:
    tables = people() | {"uk": {"suspect": []}}
    parties = Parties(tmp_path, tables)
    with pytest.raises(InvalidPackage, match="suspect: no usable record, nothing to seal"):
        parties.package("uk")
    honest = [parties.package(owner) for owner in HOLDS]
    assert parties.links(parties.unit().run(*honest)) == shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")


def only(field: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: row[name] for name in ("record_id", "case_id", field)} for row in rows]


@pytest.mark.parametrize("field", ["date_of_birth", "phone"])
def test_one_field_that_all_have_links_by_it_alone(field: str, tmp_path: Path) -> None:
    tables = {owner: {"suspect": only(field, entities["suspect"])} for owner, entities in people("ca", "mx").items()}
    found = linked(tmp_path, tables)
    assert found in (set(), shared("ca", "mx"))  # the evidence of so few records may not be enough, but never links strangers


@pytest.mark.parametrize("field", ["given_names", "locality"])
def test_one_field_that_is_in_no_pass_by_itself_makes_no_posting(field: str, tmp_path: Path) -> None:
    tables = {owner: {"suspect": only(field, entities["suspect"])} for owner, entities in people("ca", "mx").items()}
    assert linked(tmp_path, tables) == set()


def test_owners_who_have_different_fields_link_by_what_they_share(tmp_path: Path) -> None:
    tables = people("ca", "mx")
    tables["ca"]["suspect"] = [row | {"locality": "", "phone": ""} for row in tables["ca"]["suspect"]]
    assert linked(tmp_path, tables) == shared("ca", "mx")


def test_nobody_in_common_is_no_link(tmp_path: Path) -> None:
    tables = {"ca": {"suspect": [person("ca", number) for number in range(8)]}, "mx": {"suspect": [person("mx", n) for n in range(8, 16)]}}
    assert linked(tmp_path, tables) == set()


def test_everybody_in_common_is_everybody_linked(tmp_path: Path) -> None:
    tables = {owner: {"suspect": [person(owner, number) for number in range(16)]} for owner in ("ca", "mx", "us")}
    assert len(linked(tmp_path, tables)) == 3 * 16


def test_one_record_each_that_is_the_same(tmp_path: Path) -> None:
    """Two tables of one record cannot teach anyone what agreement is worth; the defaults decide."""
    assert linked(tmp_path, {owner: {"suspect": [person(owner, 4)]} for owner in ("ca", "mx")}) == {("ca-04", "mx-04")}


def test_one_record_each_that_differs(tmp_path: Path) -> None:
    assert linked(tmp_path, {owner: {"suspect": [person(owner, number)]} for owner, number in (("ca", 4), ("mx", 5))}) == set()


def test_an_entity_type_that_one_owner_has_alone_is_not_compared(tmp_path: Path) -> None:
    tables = people()
    tables["mx"]["firearm"] = [gun("mx", number) for number in range(5)]
    parties = Parties(tmp_path, tables)
    unit = parties.unit()
    decided = unit.run()
    assert unit.state.entities() == ["suspect"]
    assert parties.links(decided) == shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")
    assert all(row.entity == "suspect" for row in unit.list_of("mx").links)


def test_two_owners_are_enough(tmp_path: Path) -> None:
    assert linked(tmp_path, people("mx", "us")) == shared("mx", "us")


def test_four_owners_make_clusters_of_four(tmp_path: Path) -> None:
    tables = people() | {"uk": {"suspect": [person("uk", number) for number in range(4, 8)]}}
    parties = Parties(tmp_path, tables)
    (decided,) = parties.unit().run()
    sizes = [len(nodes) for nodes in decided.clusters.members]
    assert sizes.count(4) == 4
    assert len(parties.links([decided])) == len(shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")) + 3 * 4


def test_an_unrelated_owner_changes_no_link_of_the_others(tmp_path: Path) -> None:
    strangers = [person("uk", number, record_id=f"uk-{number}", given_names="Xavier", surname_1=f"Stranger{chr(97 + number)}",
                        date_of_birth=f"19{40 + number}-07-11", phone=f"442079460{number:03d}") for number in range(6)]  # fmt: skip
    alone = linked(tmp_path / "three", people())
    assert linked(tmp_path / "four", people() | {"uk": {"suspect": strangers}}) == alone


def test_a_lone_package_is_taken_in_and_compared_with_nothing(tmp_path: Path) -> None:
    parties = Parties(tmp_path, people())
    unit = parties.unit()
    assert unit.run(parties.package("mx")) == []
    assert unit.list_of("mx").links == []


def crowd(owner: str, numbers: range) -> list[dict[str, str]]:
    """People born on one day, with telephones of their own."""
    return [
        person(
            owner, number % 16, record_id=f"{owner}-{number:02d}", date_of_birth="1980-01-01", phone=f"55{number * 7_919 + 10_000_000:08d}"
        )
        for number in numbers
    ]


def test_one_giant_block_is_compared_as_a_tile_and_links_who_is_the_same(tmp_path: Path) -> None:
    """Sixty and fifty people born on one day, under a cap that lets them meet: more pairs than records, and the telephone decides."""
    tables = {"ca": {"suspect": crowd("ca", range(60))}, "mx": {"suspect": crowd("mx", range(30, 80))}}
    parties = Parties(tmp_path, tables, agreement={"encoding": {"token_cap": 1000, "token_postings": 1000}})
    unit = parties.unit()
    unit.take_in(*parties.packages())
    unit.compare()
    pairs = sum(len(read_pairs(path).codes) for path in unit.state.pairs("suspect", "ca", "mx").glob("*.arrow"))
    assert pairs > 60 * 50
    assert parties.links(unit.run()) == {(f"ca-{number:02d}", f"mx-{number:02d}") for number in range(30, 60)}


def test_records_of_which_nothing_is_known_link_to_nothing_and_disturb_nobody(tmp_path: Path) -> None:
    tables = people("ca", "mx")
    for owner, entities in tables.items():
        entities["suspect"] += [{"record_id": f"{owner}-nobody-{number}", "case_id": "", "given_names": "Ana"} for number in range(5)]
    assert linked(tmp_path, tables) == shared("ca", "mx")
