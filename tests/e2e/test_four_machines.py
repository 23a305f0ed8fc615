"""Four machines on one, over SFTP: two epochs, a late party, a withdrawal, new keys of a party and a disclosure between desks."""

from collections.abc import Iterator

import pytest

from linkage.lab.invention import invent
from linkage.lab.plan import plan
from tests.four_machines import HUB, Machines, answered, asked, machines, reaches, told
from tests.party_processes import OWNERS, PARTIES, UNIT
from tests.soaking import SPAN, _withdrawn

pytestmark = pytest.mark.e2e

FIRST, SECOND = "2026-e1", "2026-e2"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    folder = tmp_path_factory.mktemp("people")
    invent(folder, plan("24", 0.4, "typical", seed=3))
    with machines({owner: folder / owner / "suspect.csv" for owner in OWNERS}) as made:
        yield made


def test_two_epochs_over_sftp(world: Machines) -> None:
    world.start(FIRST)
    while not any((world.home("us") / "outbox").glob("contribution.*.sealed")):
        world._pass(None)
    world.off.add("us")  # its machine fails before it has encoded
    world.settle()
    early = world.links(FIRST, frozenset(["us"]))
    assert early and {record[:2] for link in early for record in link[:2]} == {"ca", "mx"}

    world.off.clear()
    world.settle()
    late = world.links(FIRST)
    assert early < late and {record[:2] for link in late for record in link[:2]} == set(OWNERS)

    gone = sorted(record for link in late for record in link[:2] if record.startswith("mx"))[0]
    world.call("mx", _withdrawn, gone)
    world.settle()
    assert world.links(FIRST) == {link for link in late if gone not in link}

    world.now += SPAN
    world.rotate("ca")
    world.start(SECOND)
    world.settle()
    assert world.links(SECOND) == world.links(FIRST), "the same people, under other keys of the epoch and of ca"

    request = world.call("mx", asked, SECOND)
    world.settle()
    world.call("us", answered, SECOND, request)
    world.settle()
    assert world.call("mx", told, SECOND, request) == ["surname_1"]

    world.check_ledgers()
    assert world.hidden() == 0 and all(world.running[party].deaths == 0 for party in PARTIES)


def test_the_parties_reach_the_server_alone(world: Machines) -> None:
    if not world.apart:
        pytest.skip("networks of their own need root and iproute2")
    world.start(FIRST)
    assert world.server is not None and world.call("mx", reaches, HUB, world.server.port), "the control"
    assert not world.call("mx", reaches, "10.213.7.2", 9) and not world.call(UNIT, reaches, "10.213.7.3", 9)
