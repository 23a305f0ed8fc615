"""The invented corpus: the truth is consistent, numbers are nobody's twice, seeds repeat, what looks alike is not one."""

import hashlib
from collections import Counter
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkage.lab.firearms import next_serial
from linkage.lab.invention import invent
from linkage.lab.plan import SIZES, Plan, plan
from linkage.lab.population import invent_world
from tests.lab.invented import ENTITIES, OWNERS, Invented, invented, read

PLAN = Plan(1300, 0.1, "typical", seed=3, chunk=400)  # three chunks, the last one larger
PAIRS = list(combinations(OWNERS, 2))
UNIQUE = {
    "suspect": ("curp", "rfc", "ssn", "fbi_ucn", "fps", "sin", "passport", "driver_licence", "phone"),
    "firearm": ("ballistic_id",),
    "organization": ("rfc", "ein", "bn", "neq", "lei", "phone"),
}


def digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.csv"))}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    return invented(tmp_path_factory.mktemp("invented"), PLAN)


def test_same_seed_same_bytes_whatever_the_processes(corpus: Invented, tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    invent(tmp_path, PLAN, 2, lambda *step: said.append(step))
    assert digests(tmp_path) == digests(corpus.path)
    assert [step for step in said if step[0].startswith("inventing")] == [("inventing (chunks)", done, 3) for done in (1, 2, 3)]


def test_another_seed_makes_other_people(corpus: Invented, tmp_path: Path) -> None:
    invent(tmp_path, PLAN._replace(seed=4))
    assert not set(digests(tmp_path).values()) & set(digests(corpus.path).values())


def test_every_record_is_exactly_one_entity(corpus: Invented) -> None:
    named = Counter(corpus.truth[["owner", "entity", "record_id"]].itertuples(index=False, name=None))
    written = Counter((*key, record_id) for key, table in corpus.records.items() for record_id in table.record_id)
    assert named == written
    assert set(named.values()) == {1}
    assert len(named) == 3 * (1300 + 1300 + 780)


def test_no_owner_holds_an_entity_twice(corpus: Invented) -> None:
    assert not corpus.truth.duplicated(["owner", "entity", "entity_id"]).any()


def test_an_entity_is_of_one_type(corpus: Invented) -> None:
    assert (corpus.truth.entity == corpus.truth.entity_id.str.split("-").str[0]).all()


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("entity", ENTITIES)
def test_the_overlap_is_what_was_asked_for(entity: str, pair: tuple[str, str], corpus: Invented) -> None:
    left, right = corpus.both(entity, *pair)
    share = len(set(left.entity_id) & set(right.entity_id)) / len(left)
    if (entity, *pair) == ("firearm", "ca", "mx"):
        assert 0 < share < 0.01
    else:
        assert share == pytest.approx(PLAN.overlap, abs=0.005)


def test_three_share_less_than_two(corpus: Invented) -> None:
    held = corpus.truth[corpus.truth.entity == "suspect"].groupby("entity_id").size()
    assert 0 < (held == 3).sum() < (held == 2).sum() / 3


@pytest.mark.parametrize("entity", UNIQUE)
def test_no_number_is_shared_by_accident(entity: str, corpus: Invented) -> None:
    """Of all that is written, only a copying error may coincide: the truth behind it is checked for every chunk below."""
    for field in UNIQUE[entity]:
        seen = pd.concat([table[[field, "entity_id"]] for (_, kind), table in corpus.records.items() if kind == entity])
        holders = seen[seen[field] != ""].groupby(field).entity_id.nunique()
        assert (holders > 1).sum() <= 1, field


def test_true_numbers_are_distinct_across_chunks() -> None:
    worlds = [invent_world(PLAN.rng(chunk), PLAN, chunk) for chunk in range(PLAN.chunks)]
    for field in UNIQUE["suspect"]:
        numbers = [number for world in worlds for number in world.people.facts[field] if number]
        assert len(numbers) == len(set(numbers)), field
    for field in UNIQUE["organization"]:
        numbers = [number for world in worlds for number in world.organizations.facts[field] if number]
        assert len(numbers) == len(set(numbers)), field
    groups = [name for world in worlds for name in world.organizations.facts["name"][world.organizations.criminal]]
    assert len(groups) == len(set(groups))


def test_the_last_chunk_of_a_large_corpus_still_has_numbers() -> None:
    large = Plan(1_000_000, 0.02, "typical", seed=1, chunk=1000)
    last = invent_world(large.rng(large.chunks - 1), large, large.chunks - 1)
    assert (last.held["suspect"].sum(axis=0) == 1000).all()
    serials = [
        serial for serial, same in zip(last.firearms.facts["serial_number"], last.firearms.same_serial, strict=True) if serial and not same
    ]
    assert len(serials) == len(set(serials)) > 2000
    assert all(
        len(set(numbers)) == len(numbers) for numbers in (last.people.facts["phone"].tolist(), last.people.facts["passport"].tolist())
    )


def test_a_serial_is_shared_by_two_makes_on_purpose_or_by_nobody() -> None:
    holders: dict[str, list[tuple[str, bool]]] = {}
    for chunk in range(PLAN.chunks):
        guns = invent_world(PLAN.rng(chunk), PLAN, chunk).firearms
        for serial, make, known in zip(guns.facts["serial_number"], guns.facts["make"], guns.same_serial, strict=True):
            if serial:
                holders.setdefault(serial, []).append((make, bool(known)))
    shared = [found for found in holders.values() if len(found) > 1]
    assert len(shared) >= 20
    for found in shared:
        assert len(found) == 2 and found[0][0] != found[1][0] and found[0][1] and found[1][1]


def test_guns_of_one_sale_follow_each_other() -> None:
    guns = invent_world(PLAN.rng(0), PLAN, 0).firearms
    followers = [row for row in range(1, guns.size) if guns.leader[row] >= 0 and guns.leader[row] == guns.leader[row - 1]]
    assert len(followers) > 100
    for row in followers:
        before, after = (guns.facts["serial_number"][at] for at in (row - 1, row))
        if not guns.same_serial[row - 1 : row + 1].any() and before[-1].isdigit():
            assert after == next_serial(before)
    assert all(guns.facts["model"][row] == guns.facts["model"][row - 1] for row in followers)


def test_cases_join_and_every_record_has_one(corpus: Invented) -> None:
    cases = read(corpus.path / "cases.csv")
    assert not cases.duplicated(["owner", "case_id"]).any()
    used = {(owner, case) for (owner, _), table in corpus.records.items() for case in table.case_id}
    assert used == set(cases[["owner", "case_id"]].itertuples(index=False, name=None))
    types = pd.concat([table.assign(owner=owner, kind=kind) for (owner, kind), table in corpus.records.items()])
    assert (types.groupby(["owner", "case_id"]).kind.nunique() >= 2).sum() > 300


def test_linked_cases_share_several_entities_of_different_types(corpus: Invented) -> None:
    shared: Counter[tuple[str, str]] = Counter()
    for entity in ENTITIES:
        left, right = corpus.both(entity, "mx", "us")
        both = left.merge(right, on="entity_id", suffixes=("_mx", "_us"))
        shared.update({(a, b) for a, b in zip(both.case_id_mx, both.case_id_us, strict=True)})
    assert sum(types >= 2 for types in shared.values()) >= 10


def test_seizures_are_of_guns_and_their_cases(corpus: Invented) -> None:
    seizures = read(corpus.path / "seizures.csv")
    guns = pd.concat([table.assign(owner=owner) for (owner, kind), table in corpus.records.items() if kind == "firearm"])
    joined = seizures.merge(guns, on=["owner", "record_id"], suffixes=("", "_gun"))
    assert len(joined) == len(seizures) and (joined.case_id == joined.case_id_gun).all()
    written = joined[joined.recovery_date != ""]
    assert (written.seizure_date == written.recovery_date).all()
    order = seizures[["submitted", "traced", "source_known", "purchaser_known"]].eq("yes")
    assert all((~order[later] | order[earlier]).all() for earlier, later in zip(order, list(order)[1:], strict=False))
    assert set(seizures[seizures.source_known == "no"].source_state) == {"unknown"}


def test_a_gun_is_recovered_in_one_country(corpus: Invented) -> None:
    seizures = read(corpus.path / "seizures.csv").merge(corpus.truth, on=["owner", "record_id"])
    assert not seizures[seizures.entity == "firearm"].duplicated("entity_id").any()


def test_roles_stay_inside_a_case(corpus: Invented) -> None:
    roles = read(corpus.path / "roles.csv")
    for (owner, entity), rows in roles.groupby(["owner", "entity"]):
        thing, person = corpus.records[owner, entity].set_index("record_id"), corpus.records[owner, "suspect"].set_index("record_id")
        assert (thing.case_id[rows.record_id].to_numpy() == person.case_id[rows.suspect_id].to_numpy()).all()


def test_traits_say_what_the_records_show(corpus: Invented) -> None:
    for owner in OWNERS:
        people, guns = corpus.records[owner, "suspect"], corpus.records[owner, "firearm"]
        assert (people.traits.map(lambda own: "missing_birth_date" in own) == (people.date_of_birth == "")).all()
        assert (guns.traits.map(lambda own: "partial_serial" in own) == guns.serial_number.str.contains("?", regex=False)).all()
        none = guns[guns.traits.map(lambda own: "no_serial" in own)].serial_number
        assert none.nunique() < 8
    assert set(corpus.traits.trait) == {
        "hispanic_name", "missing_birth_date", "alias_used", "relative", "evasion", "two_surnames_lost", "partial_serial", "no_serial",
        "sequential_serial", "same_serial_other_make", "near_identical_name", "criminal_group",
    }  # fmt: skip


def test_the_errors_that_a_matcher_must_survive_are_there(corpus: Invented) -> None:
    people = {owner: corpus.records[owner, "suspect"] for owner in OWNERS}
    assert people["mx"].surname_1.str.contains("ñ").any()
    assert people["us"].surname_1.map(str.isascii).mean() > 0.9 and people["us"].surname_1.str.isupper().all()
    assert people["mx"].surname_2.ne("").sum() > 2.5 * people["us"].surname_2.ne("").sum()
    assert people["mx"].given_names.str.startswith(("Ma. ", "J. ")).any()
    assert all(people[owner].date_of_birth.str.contains("|", regex=False).any() for owner in OWNERS)
    assert all((people[owner].date_of_birth.str.len() == 4).any() for owner in OWNERS)
    makes = set().union(*(corpus.records[owner, "firearm"].make for owner in OWNERS))
    assert {"S&W", "Smith & Wesson", "Century Arms"} <= makes


def test_errors_come_in_clusters_by_officer(corpus: Invented) -> None:
    """An officer's carelessness is his own: in a corpus without it the shares of missing fields would differ less between agencies."""
    missing = pd.concat([table.assign(owner=owner) for (owner, kind), table in corpus.records.items() if kind == "suspect"])
    missing = missing.merge(read(corpus.path / "cases.csv"), on=["owner", "case_id"])
    share = missing[missing.owner == "us"].groupby("agency")[["nationality", "street", "phone"]].agg(lambda cells: (cells == "").mean())
    assert (share.loc["city police"] > share.loc["ATF"]).all()


def changed(corpus: Invented) -> float:
    """How often a field that both owners wrote differs between the two records of a true pair."""
    left, right = corpus.both("suspect", "ca", "us")
    pairs = left.merge(right, on="entity_id", suffixes=("_a", "_b"))
    fields = ("given_names", "surname_1", "ssn", "sin", "fps", "passport", "date_of_birth")
    cells = [(pairs[f"{field}_a"].str.upper(), pairs[f"{field}_b"].str.upper()) for field in fields]
    return float(sum(((a != b) & (a != "") & (b != "")).sum() for a, b in cells) / sum(((a != "") & (b != "")).sum() for a, b in cells))


def test_noise_levels_are_ordered(tmp_path: Path) -> None:
    shares = [changed(invented(tmp_path / noise, Plan(1500, 0.3, noise, seed=5))) for noise in ("low", "typical", "harsh")]
    assert shares[0] < 0.9 * shares[1] and shares[1] < 0.9 * shares[2], shares


@settings(max_examples=15, deadline=None)
@example(39, 0.5, 0, 20)  # a rest of 19
@given(st.integers(20, 300), st.floats(0, 0.5), st.integers(0, 2**32), st.integers(20, 150))
def test_any_plan_gives_what_it_says(suspects: int, overlap: float, seed: int, chunk: int) -> None:
    own = Plan(suspects, overlap, "typical", seed, chunk)
    held = {}
    for number in range(own.chunks):
        world = invent_world(own.rng(number), own, number)
        for entity, rows in world.held.items():
            assert rows.any(axis=1).all() and (rows.sum(axis=0) == own.records(entity, number)).all()
            held[entity] = held.get(entity, 0) + rows.sum(axis=0)
    assert (held["suspect"] == suspects).all() and (held["organization"] == round(0.6 * suspects)).all()


WRONG = [  # size, overlap, noise, seed, what is said
    ("10", None, "typical", 1, "at least 20"),
    ("9000000", None, "typical", 1, "at most"),
    ("huge", None, "typical", 1, "small, medium, large"),
    ("-5", None, "typical", 1, "small, medium, large"),
    ("small", 0.6, "typical", 1, "between 0 and 0.5"),
    ("small", float("nan"), "typical", 1, "between 0 and 0.5"),
    ("small", None, "loud", 1, "low, typical, harsh"),
    ("small", None, "low", -1, "0 or more"),
]


@pytest.mark.parametrize(("size", "overlap", "noise", "seed", "says"), WRONG)
def test_a_plan_that_cannot_be_is_refused(size: str, overlap: float | None, noise: str, seed: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        plan(size, overlap, noise, seed)


def test_sizes_have_names() -> None:
    assert [plan(size, None, "typical", 1).suspects for size in SIZES] == [400, 10_000, 1_000_000]
    assert plan("5000", None, "typical", 1).overlap == plan("medium", None, "typical", 1).overlap == 0.05


@pytest.mark.parametrize(
    ("serial", "following"),
    [("ABCD109", "ABCD110"), ("A999999A", "A000000A"), ("710-00099", "710-00100"), ("12A045B", "12A046B"), ("A9-A9999-99", "A0-A0000-00")],
)
def test_the_next_serial_keeps_the_shape(serial: str, following: str) -> None:
    assert next_serial(serial) == following
