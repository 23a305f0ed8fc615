"""The same packages give the same bytes, however many workers there are and however often they are interrupted."""

from pathlib import Path

import numpy as np
import pytest

from tests.parties import Parties, Tables, Unit
from tests.small_world import PEOPLE, person

COMPARED = ("pairs/", "possible/", "results/")


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    """Two hundred records each, in four partitions; names are shared, so that blocks have several records."""
    chance = np.random.default_rng(7)
    tables = {owner: {"suspect": [row(owner, number, chance) for number in range(200)]} for owner in ("ca", "mx", "us")}
    return Parties(tmp_path_factory.mktemp("parties"), tables)


def row(owner: str, number: int, chance: np.random.Generator) -> dict[str, str]:
    """Someone of 260 people, now and then without a telephone or with another birthday."""
    who = int(number * 1.3)
    born = f"19{who % 60 + 40}-{who % 12 + 1:02d}-{(who * 7) % 28 + 1 if chance.random() > 0.1 else 15:02d}"
    names = {"given_names": PEOPLE[who % 16][0], "surname_1": PEOPLE[who * 5 % 13][1]}
    phone = f"55{who * 7_919 + 10_000_000:08d}" if chance.random() > 0.3 else ""
    return person(owner, 0, record_id=f"{owner}-{number}", date_of_birth=born, phone=phone, **names)


def finished(parties: Parties, name: str, workers: int) -> Unit:
    """A whole run; packages were sealed for many records, so that there are partitions."""
    unit = parties.unit(name)
    unit.take_in(*(parties.package(owner, largest=40_000) for owner in parties.tables))
    unit.compare(workers)
    return unit


def decided(unit: Unit) -> dict[str, bytes]:
    """The bytes of everything that was compared and decided."""
    unit.take_answers(*(unit.parties.answer(owner, request) for owner, request in unit.ask().items()))
    unit.decide()
    files = {str(path.relative_to(unit.state.folder)): path.read_bytes() for path in sorted(unit.state.folder.rglob("*")) if path.is_file()}
    return {name: data for name, data in files.items() if name.startswith(COMPARED) and not name.endswith(".unfinished")}


@pytest.fixture(scope="module")
def alone(parties: Parties) -> dict[str, bytes]:
    """With one worker and no interruption."""
    return decided(finished(parties, "one", 1))


def test_there_is_something_to_compare(alone: dict[str, bytes]) -> None:
    assert sum(name.startswith("pairs/") for name in alone) == 3 * 4
    assert len(alone["results/links.csv"].splitlines()) > 300


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_change_no_byte(workers: int, parties: Parties, alone: dict[str, bytes]) -> None:
    assert decided(finished(parties, f"{workers} workers", workers)) == alone


def test_an_interrupted_comparison_continues_to_the_same_bytes(parties: Parties, alone: dict[str, bytes]) -> None:
    unit = finished(parties, "interrupted", 2)
    written = sorted((unit.state.folder / "pairs").rglob("*.arrow"))
    for path in written[::2]:
        path.unlink()
    written[0].with_name(".part-0000.arrow.0123456789abcdef.unfinished").write_bytes(b"half a file")
    kept = {path: path.stat().st_mtime_ns for path in written[1::2]}
    assert decided(unit) == alone
    assert {path: path.stat().st_mtime_ns for path in kept} == kept  # what was done was not done again


def test_an_interrupted_decision_continues_to_the_same_bytes(parties: Parties, alone: dict[str, bytes]) -> None:
    unit = finished(parties, "undecided", 1)
    decided(unit)
    for name in ("possible/suspect.ca.us.arrow", "results/links.csv"):
        (unit.state.folder / name).unlink()
    assert decided(unit) == alone


def test_the_order_in_which_packages_come_changes_no_byte(parties: Parties, alone: dict[str, bytes]) -> None:
    unit = parties.unit("backwards")
    for owner in sorted(parties.tables, reverse=True):
        unit.take_in(parties.package(owner, largest=40_000))
    assert decided(unit) == alone


def test_packages_sealed_anew_change_no_byte(parties: Parties, alone: dict[str, bytes], tmp_path: Path) -> None:
    """Same tables, keys and epoch: another seal, the same postings."""
    again = Parties(tmp_path, parties.tables)
    assert decided(finished(again, "unit", 1)) == alone


def links_of(folder: Path, tables: Tables, largest: int) -> set[tuple[str, str]]:
    parties = Parties(folder, tables)
    unit = parties.unit()
    unit.take_in(*(parties.package(owner, largest=largest) for owner in tables))
    unit.take_answers(*(parties.answer(owner, request) for owner, request in unit.ask().items()))
    return parties.links(unit.decide())


@pytest.fixture(scope="module")
def links(parties: Parties, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    found = links_of(tmp_path_factory.mktemp("links"), parties.tables, 40_000)
    assert len(found) > 300
    return found


@pytest.mark.parametrize("largest", [9_000, 320_000])
def test_the_number_of_partitions_changes_no_link(largest: int, parties: Parties, links: set[tuple[str, str]], tmp_path: Path) -> None:
    """One partition, or thirty-two, instead of four."""
    assert links_of(tmp_path, parties.tables, largest) == links


def test_the_order_of_rows_changes_no_link(parties: Parties, links: set[tuple[str, str]], tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    shuffled = {
        owner: {entity: [rows[at] for at in chance.permutation(len(rows))] for entity, rows in entities.items()}
        for owner, entities in parties.tables.items()
    }
    assert links_of(tmp_path, shuffled, 40_000) == links


def test_the_names_of_owners_change_no_link(parties: Parties, links: set[tuple[str, str]], tmp_path: Path) -> None:
    """Called otherwise, owners come in another order: the left side becomes the right one."""
    called = {"ca": "zz", "mx": "mm", "us": "aa"}
    tables = {called[owner]: entities for owner, entities in parties.tables.items()}
    found = links_of(tmp_path, tables, 40_000)
    assert {frozenset(link) for link in found} == {frozenset(link) for link in links}
