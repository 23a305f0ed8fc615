"""A package that comes late is linked against the earlier ones, nothing is done again, and the end is as if all had come at once."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.protocol.errors import TrilinkError
from linkage.unit.linking import Decided
from tests.parties import Parties, Tables, Unit
from tests.small_world import HOLDS, PEOPLE, gun, people, person, shared

EVERYONE = shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")
Numbers = tuple[float, float]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("parties"), people())


def round_of(unit: Unit, *packages: Path) -> list[Decided]:
    """Packages in, requests out and answered, lists out."""
    unit.take_in(*packages)
    unit.take_answers(*(unit.parties.answer(owner, request) for owner, request in unit.ask().items()))
    return unit.decide()


def outcome(unit: Unit) -> dict[str, bytes]:
    """Links, clusters and what was learned, byte by byte."""
    return {path.name: path.read_bytes() for path in sorted((unit.state.folder / "results").iterdir())}


def of_pair(unit: Unit, left: str, right: str) -> list[str]:
    """The lines of ``links.csv`` about two owners, weights and probabilities in full."""
    return [line for line in (unit.state.result("links.csv")).read_text().splitlines() if f",{left}," in line and f",{right}," in line]


def done(unit: Unit) -> dict[str, tuple[int, bytes]]:
    """Finished comparisons, by file: when they were written, and what they say."""
    paths = [*(unit.state.folder / "pairs").rglob("*.arrow"), *(unit.state.folder / "possible").glob("*")]
    return {str(path.relative_to(unit.state.folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


@pytest.fixture(scope="module")
def at_once(parties: Parties) -> Unit:
    unit = parties.unit("at once")
    assert parties.links(unit.run()) == EVERYONE
    return unit


@pytest.mark.parametrize("late", HOLDS)
def test_an_owner_that_comes_after_the_lists_is_linked_as_if_it_had_been_there(late: str, parties: Parties, at_once: Unit) -> None:
    unit = parties.unit(f"late {late}")
    early = [parties.package(owner) for owner in HOLDS if owner != late]
    first, second = (owner for owner in HOLDS if owner != late)
    assert parties.links(round_of(unit, *early)) == shared(first, second)
    finished, links = done(unit), of_pair(unit, first, second)
    assert parties.links(round_of(unit, parties.package(late))) == EVERYONE
    assert done(unit).items() >= finished.items()  # not a byte, and not touched
    assert of_pair(unit, first, second) == links
    assert outcome(unit) == outcome(at_once)


@pytest.mark.parametrize("order", list(permutations(HOLDS)), ids="-".join)
def test_one_after_the_other_in_any_order(order: tuple[str, ...], parties: Parties, at_once: Unit) -> None:
    unit = parties.unit("-".join(order))
    for owner in order:
        round_of(unit, parties.package(owner))
    assert outcome(unit) == outcome(at_once)


def test_a_package_between_requests_and_answers(parties: Parties, at_once: Unit) -> None:
    """Two requests are open at a time, and the second answer may come first."""
    unit = parties.unit("between")
    unit.take_in(parties.package("ca"), parties.package("mx"))
    first = unit.ask()
    unit.take_in(parties.package("us"))
    unit.ask()
    second = {owner: request.with_name(f"regroup-request.{parties.epoch}.{owner}.2.sealed") for owner, request in first.items()}
    late = unit.out / f"regroup-request.{parties.epoch}.us.1.sealed"
    answers = [parties.answer(owner, request) for requests in (first, second) for owner, request in requests.items()]
    unit.take_answers(*reversed(answers), parties.answer("us", late))
    assert parties.links(unit.decide()) == EVERYONE
    assert outcome(unit) == outcome(at_once)


def test_an_entity_type_that_comes_late(tmp_path: Path) -> None:
    tables = people()
    for owner, entities in tables.items():
        entities["firearm"] = [gun(owner, number) for number in HOLDS[owner]]
    parties = Parties(tmp_path, tables)
    unit, at_once = parties.unit("late"), parties.unit("at once")
    at_once.run()
    round_of(unit, *(parties.package(owner, "suspect") for owner in HOLDS))
    suspects = unit.state.result("links.csv").read_text().splitlines()
    round_of(unit, *(parties.package(owner, "firearm") for owner in HOLDS))
    assert [line for line in unit.state.result("links.csv").read_text().splitlines() if not line.startswith("firearm")] == suspects
    assert outcome(unit) == outcome(at_once)


def test_lists_count_up_and_the_last_one_is_alone_in_the_outbox(parties: Parties) -> None:
    unit = parties.unit("numbers")
    round_of(unit, parties.package("ca"), parties.package("mx"))
    before = {owner: unit.list_of(owner) for owner in HOLDS}
    assert {owner: document.number for owner, document in before.items()} == dict.fromkeys(HOLDS, 1)
    round_of(unit, parties.package("us"))
    after = {owner: unit.list_of(owner) for owner in HOLDS}
    assert {owner: document.number for owner, document in after.items()} == dict.fromkeys(HOLDS, 2)
    assert len(list(unit.out.glob("list.*.sealed"))) == 3
    old, new = ({link.link_id: link.cluster.cluster_id for link in one["ca"].links} for one in (before, after))
    assert old and old.items() <= new.items()  # the same links, in the same clusters, although these have grown
    round_of(unit)
    assert {owner: unit.list_of(owner) for owner in HOLDS} == after


def test_a_late_owner_that_nobody_knows_changes_no_list_of_the_others(tmp_path: Path) -> None:
    strangers = [person("uk", number, record_id=f"uk-{number}", given_names="Xavier", surname_1=f"Stranger{chr(97 + number)}",
                        date_of_birth=f"19{40 + number}-07-11", phone=f"442079460{number:03d}") for number in range(6)]  # fmt: skip
    parties = Parties(tmp_path, people() | {"uk": {"suspect": strangers}})
    unit = parties.unit()
    round_of(unit, *(parties.package(owner) for owner in HOLDS))
    links, lists = unit.state.result("links.csv").read_bytes(), {path.name: path.read_bytes() for path in unit.out.glob("list.*")}
    unit.take_in(parties.package("uk"))
    assert list(unit.ask()) == ["uk"]  # the others have nothing to be asked about
    round_of(unit)
    assert unit.state.result("links.csv").read_bytes() == links
    assert {path.name: path.read_bytes() for path in unit.out.glob("list.*")} == lists


def test_after_so_many_requests_a_late_package_waits_for_the_next_epoch(tmp_path: Path) -> None:
    parties = Parties(tmp_path, people(), agreement={"exchange": {"requests": 1}})
    unit = parties.unit()
    round_of(unit, parties.package("ca"), parties.package("mx"))
    unit.take_in(parties.package("us"))
    with pytest.raises(TrilinkError, match="ca: asked 1 times in epoch 2026-11, as often as the agreement allows"):
        unit.ask()


def world(chance: dict[str, list[int]]) -> Tables:
    return {owner: {"suspect": [person(owner, number) for number in numbers]} for owner, numbers in chance.items()}


holdings = st.lists(st.integers(0, len(PEOPLE) - 1), min_size=1, max_size=10, unique=True)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chance=st.fixed_dictionaries(dict.fromkeys(("ca", "mx", "uk", "us"), holdings)), late=st.sampled_from(["ca", "mx", "uk", "us"]))
def test_late_is_all_at_once_whoever_holds_whom(chance: dict[str, list[int]], late: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """And what two owners have in common does not depend on who else takes part."""
    parties = Parties(tmp_path_factory.mktemp("world"), world(chance))
    at_once, unit = parties.unit("at once"), parties.unit("late")
    at_once.run()
    early = [owner for owner in parties.tables if owner != late]
    round_of(unit, *(parties.package(owner) for owner in early))
    possible = {name: data for name, (_, data) in done(unit).items()}
    round_of(unit, parties.package(late))
    assert outcome(unit) == outcome(at_once)
    assert {name: data for name, (_, data) in done(at_once).items()}.items() >= possible.items()
