"""Two epochs of the same parties: new keys, tokens and ids, the same names for links and clusters, and what changed is counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from linkage.unit.history import Identity, remember
from linkage.unit.issuing import list_path
from linkage.unit.snapshots import read_snapshot
from tests.parties import Parties, Tables, Unit
from tests.small_world import HOLDS, people, person

LATER = "2026-12"


class World:
    """The parties of two epochs, whose keys and homes are the same, and the one unit of both."""

    def __init__(self, folder: Path, before: Tables, now: Tables, early: tuple[str, ...] = ("ca", "mx", "us")) -> None:
        self.first = Parties(folder / "world", before)
        self.unit = Unit(self.first, folder / "unit", "first")
        self.unit.run()
        self.second = Parties(folder / "world", now, epoch=LATER)
        for owner in now:
            for path in (folder / "world" / "sealed").glob(f"package.{owner}.*"):
                path.unlink()
        self.later = Unit(self.second, folder / "unit", "second")
        self.later.run(*(self.second.package(owner) for owner in early))

    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.later.state.history / "history.json").read_text(encoding="utf-8"))
        return found


def names(unit: Unit, owner: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Link id, cluster id and epoch of the first list of an owner's rows, by own and other pseudonyms, which last."""
    return {(row.own, row.other.reference): (row.link_id, row.cluster.cluster_id, row.first_listed) for row in unit.list_of(owner).links}


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("unchanged"), people(), people())


def test_nothing_changed_and_everything_has_its_name(unchanged: World) -> None:
    ids = [{path.name for path in unit.state.package("mx", "suspect").iterdir()} for unit in (unchanged.unit, unchanged.later)]
    assert ids[0] == ids[1]
    first, second = ((unit.state.package("mx", "suspect") / "part-0000.arrow").read_bytes() for unit in (unchanged.unit, unchanged.later))
    assert first != second  # another epoch: not a posting is the same
    for owner in HOLDS:
        assert names(unchanged.later, owner) == names(unchanged.unit, owner) != {}
    assert unchanged.facts()["since"] == "2026-11"
    assert unchanged.facts()["links"] == {"suspect": {"continued": 22}}
    assert unchanged.facts()["clusters"] == {"suspect": {"continued": 14}}


def test_ids_say_in_which_epoch_they_were_first_on_a_list(unchanged: World) -> None:
    assert {row.first_listed for row in unchanged.later.list_of("mx").links} == {"2026-11"}
    assert set(read_snapshot(unchanged.later.state.history).links["first_seen"].to_pylist()) == {"2026-11"}


def test_a_rerun_changes_nothing(unchanged: World) -> None:
    before = unchanged.later.tree()
    decided = unchanged.later.decide()
    assert unchanged.later.tree() == before
    assert remember(unchanged.later.state, decided) == {"links": {"suspect": {"continued": 22}}, "clusters": {"suspect": {"continued": 14}}}


def test_records_that_come_and_go(tmp_path: Path) -> None:
    """us loses number 4, whom all three had; ca finds number 1, whom mx and us had; mx loses number 8, whom ca had."""
    now = people()
    drop(now, "us", 4)
    drop(now, "mx", 8)
    now["ca"]["suspect"].append(person("ca", 1))
    world = World(tmp_path, people(), now)
    assert world.facts()["clusters"]["suspect"] == {"continued": 11, "grown": 1, "shrunk": 1, "gone": 1}
    assert world.facts()["links"]["suspect"] == {"new": 2, "continued": 19, "gone": 3}
    before, after = names(world.unit, "mx"), names(world.later, "mx")
    both = before.keys() & after.keys()
    assert both and all(before[key] == after[key] for key in both)
    (new,) = [found for key, found in after.items() if key not in before]
    assert new[2] == LATER and new[1] in {found[1] for found in before.values()}  # the link is new, its cluster has grown


def test_a_late_package_of_the_new_epoch_counts_against_the_old_one(tmp_path: Path) -> None:
    """The first list of the epoch is without us; on the second one everything is as it was."""
    world = World(tmp_path, people(), people(), early=("ca", "mx"))
    assert world.facts()["clusters"]["suspect"] == {"continued": 4, "shrunk": 4, "gone": 6}
    assert len(names(world.later, "mx")) == 8
    world.later.take_in(world.second.package("us"))
    world.later.take_answers(*(world.second.answer(owner, request) for owner, request in world.later.ask().items()))
    world.later.decide()
    assert world.facts()["clusters"]["suspect"] == {"continued": 14}
    for owner in HOLDS:
        assert names(world.later, owner) == names(world.unit, owner)


def test_the_list_of_an_epoch_stays_when_another_begins(unchanged: World) -> None:
    assert list_path(unchanged.unit.out, "2026-11", "mx").exists()
    assert Identity(unchanged.unit.state).clusters("suspect") == Identity(unchanged.later.state).clusters("suspect") != []


def drop(tables: Tables, owner: str, number: int) -> None:
    tables[owner]["suspect"] = [row for row in tables[owner]["suspect"] if row["record_id"] != f"{owner}-{number:02d}"]
