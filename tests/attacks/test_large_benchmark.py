"""The attacks of ``benchmarks.privacy_large`` on a small table: at chance as shipped, and winning where postings can be compared."""

from pathlib import Path

import pytest

from benchmarks.privacy_large import attacked_postings, graph, known_pairs
from linkage.lab.invention import invent
from linkage.lab.plan import plan

PEOPLE = 400


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "data"
    invent(folder, plan(str(PEOPLE), None, "typical", 7), 1)
    return folder


@pytest.mark.parametrize("entity", ["firearm", "organization", "suspect"])
def test_a_package_as_shipped_is_at_chance(entity: str, data: Path) -> None:
    found = attacked_postings(data, entity, "as shipped")
    assert found["neighbours"] == 0.0
    assert found["all of these"] == found["similarities inside blocks"] == found["multiplicity"] == 0.0
    assert found["fullness of filters"] <= 0.01


@pytest.mark.parametrize("name", ["token postings 8", "token postings 30, cap 30"])
def test_with_eight_and_thirty_postings_a_token_it_is_not(name: str, data: Path) -> None:
    found = attacked_postings(data, "suspect", name)
    assert found["neighbours"] > 0.0
    assert found["all of these"] > 0.01


def test_known_pairs_teach_nothing_of_the_others(data: Path) -> None:
    assert known_pairs(data, "suspect", 250)["top"] <= 0.02


def test_a_similarity_graph_of_one_filter_a_record_gives_people_away(data: Path) -> None:
    assert graph(data, 300, 1)["share"] >= 0.9
