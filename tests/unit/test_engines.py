"""Threads, Dask's own workers, a scheduler that runs already, and a worker that is killed: the same bytes, and one unit redone at most."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from flows._engines import run_units
from flows._progress import heard_by
from linkage.unit.comparison import compare_partition
from tests.parties import Parties, Unit
from tests.small_world import people
from tests.unit.killed_worker import compare_or_die

PARTITIONS = 40_000  # declared records, for four partitions


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    parties = Parties(tmp_path_factory.mktemp("parties"), people())
    made = parties.unit()
    made.take_in(*(parties.package(owner, largest=PARTITIONS) for owner in parties.tables))
    return made


def units(unit: Unit, out: Path) -> list[tuple[Any, ...]]:
    """Every work unit of the run, writing below ``out``."""
    state, found = unit.state, []
    for entity, left, right in state.jobs():
        (out / f"{left}.{right}").mkdir(parents=True)
        rule, diffusion = state.agreement.entities[entity], state.agreement.encoding.diffusion
        for part in sorted(state.package(left, entity).glob("part-*.arrow")):
            found.append((rule, diffusion, part, state.package(right, entity) / part.name, out / f"{left}.{right}" / part.name))
    return found


def written(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*.arrow"))}


@pytest.fixture(scope="module")
def by_threads(unit: Unit, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[int], dict[str, bytes]]:
    out = tmp_path_factory.mktemp("threads")
    counts = run_units("threads", 2, compare_partition, units(unit, out))
    assert len(counts) == 3 * 4 and sum(counts) > 20
    return counts, written(out)


def test_a_running_scheduler_gives_the_same_bytes(unit: Unit, by_threads: tuple[list[int], dict[str, bytes]], tmp_path: Path) -> None:
    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50) as cluster:
        counts = run_units(cluster.scheduler_address, 1, compare_partition, units(unit, tmp_path))
    assert (counts, written(tmp_path)) == by_threads


def test_a_killed_worker_costs_one_unit(unit: Unit, by_threads: tuple[list[int], dict[str, bytes]], tmp_path: Path) -> None:
    notes, out = tmp_path / "notes", tmp_path / "out"
    notes.mkdir()
    work = [(*one, notes) for one in units(unit, out)]
    (notes / "victim").write_text("ca.us/part-0001.arrow", encoding="utf-8")
    counts = run_units("dask", 2, compare_or_die, work)
    assert (counts, written(out)) == by_threads
    assert not (notes / "victim").exists(), "nobody was killed"
    ran = [line.split() for line in (notes / "ran").read_text(encoding="utf-8").splitlines()]
    assert Counter(name for _, name in ran) == Counter([*written(out), "ca.us/part-0001.arrow"])
    assert len({process for process, _ in ran}) >= 2


def test_progress_tells_partitions_and_pairs(unit: Unit, by_threads: tuple[list[int], dict[str, bytes]], tmp_path: Path) -> None:
    heard = []
    with heard_by(lambda what, done, total: heard.append((what, done, total))):
        run_units("threads", 2, compare_partition, units(unit, tmp_path))
    assert [done for _, done, _ in heard] == list(range(1, 13))
    assert heard[-1] == (f"comparing partitions ({sum(by_threads[0]):,} pairs)", 12, 12)
