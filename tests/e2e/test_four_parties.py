"""Four parties without a person at the keyboard, two epochs: a late one, a withdrawal, new keys of one, a disclosure between two desks.

Each has a process, a home and a network of its own, and meets the others on an SFTP server alone; without root or iproute2 they share the
loopback, and without OpenSSH's server they exchange over folders. ``python -m benchmarks.four_machines`` says how long it takes.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from tests.four_machines import Machines, are_apart, machines, two_epochs
from tests.party_processes import OWNERS
from tests.soaked_world import World

pytestmark = pytest.mark.e2e


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    invent(tmp_path / "people", plan("24", 0.4, "typical", seed=3))
    tables = {owner: tmp_path / "people" / owner / "suspect.csv" for owner in OWNERS}
    if shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin"):
        with machines(tables) as apart:
            yield apart
        return
    made = World(tmp_path / "world", seed=5).begin()
    for owner, table in tables.items():
        shutil.copy(table, made.home(owner) / "suspect.csv")
    yield made
    made.end()


def test_two_epochs(world: World) -> None:
    two_epochs(world)
    if isinstance(world, Machines) and world.apart:
        are_apart(world)
