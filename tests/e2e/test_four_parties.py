"""Four parties without a person at the keyboard, two epochs: a late one, a withdrawal, new keys of one, a disclosure between two desks.

Over folders; ``python -m benchmarks.four_machines`` does the same over SFTP, each party in a network of its own.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from tests.four_machines import two_epochs
from tests.party_processes import OWNERS
from tests.soaked_world import World

pytestmark = pytest.mark.e2e


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    invent(tmp_path / "people", plan("24", 0.4, "typical", seed=3))
    made = World(tmp_path / "world", seed=5).begin()
    for owner in OWNERS:
        (made.home(owner) / "suspect.csv").write_bytes((tmp_path / "people" / owner / "suspect.csv").read_bytes())
    yield made
    made.end()


def test_two_epochs(world: World) -> None:
    two_epochs(world)
