"""From pairs of postings to decided pairs of records, and the unit's own results."""

import csv
import io
import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.unit.linking import CLUSTERS_HEADER, LINKS_HEADER, QUALITY, _best_pairs, _meetings, weighed_pairs
from linkage.unit.regrouping import read_groups, read_possible
from tests.parties import Parties, Unit
from tests.small_world import TEXT, people, person, shared

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=30)
WEIGHTS = [3.0, -1.0, 7.5, 7.5, 0.0]  # of five patterns; two weigh the same


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    """After a whole run of honest owners."""
    made = Parties(tmp_path_factory.mktemp("parties"), people()).unit()
    made.run()
    return made


def table(unit: Unit, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(unit.state.result(name).read_text(encoding="utf-8"))))


@given(ROWS)
def test_the_best_pair_of_postings_speaks_for_two_records(rows: list[tuple[int, int, int]]) -> None:
    codes, patterns = np.unique([code for _, _, code in rows], return_inverse=True)
    weights = np.array(WEIGHTS)[codes]
    group = _best_pairs(np.array(rows), patterns, codes, weights)
    best: dict[tuple[int, int], float] = {}
    for left, right, code in rows:
        best[left, right] = max(best.get((left, right), -99.0), WEIGHTS[code])
    found = zip(group.left.tolist(), group.right.tolist(), weights[group.patterns].tolist(), strict=True)
    assert list(found) == [(left, right, weight) for (left, right), weight in sorted(best.items())]
    met = Counter((left, right) for left, right, _ in rows)
    assert _meetings(np.array(rows)).tolist() == [met[ends] for ends in sorted(met)]


def test_records_that_met_in_three_blocks_are_one_pair(unit: Unit) -> None:
    state = unit.state
    groups = {owner: read_groups(state, owner, "suspect") for owner in state.present("suspect")}
    postings = read_possible(state.possible("suspect", "ca", "mx"))
    pairs, matches, *_ = weighed_pairs(state, "suspect", ("ca", "mx"), groups)
    assert len(postings) >= 3 * 8  # eight persons, three passes, and names that sound in two ways
    assert len(pairs) == 8
    assert matches == pytest.approx(8, abs=0.1)


def test_results_have_agreed_columns_sorted_rows_and_no_record_id(unit: Unit) -> None:
    links, clusters = table(unit, "links.csv"), table(unit, "clusters.csv")
    assert (links[0], clusters[0]) == (LINKS_HEADER, CLUSTERS_HEADER)
    assert len(links) == 1 + len(shared("ca", "mx") | shared("ca", "us") | shared("mx", "us"))
    sides = [(left, name, right, other) for _, left, name, right, other, *_ in links[1:]]
    assert sides == sorted(sides)
    assert all(len(name) == len(other) == 32 for _, name, _, other in sides)
    assert "mx-0" not in "".join(path.read_text(encoding="utf-8") for path in sorted((unit.state.folder / "results").iterdir()))


def test_clusters_hold_every_linked_record_once(unit: Unit) -> None:
    linked = {(row[at], row[at + 1]) for row in table(unit, "links.csv")[1:] for at in (1, 3)}
    rows = table(unit, "clusters.csv")[1:]
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), key=int)
    assert len(rows) == len(linked)
    assert {(row[2], row[3]) for row in rows} == linked


def test_an_alias_that_fits_is_enough(tmp_path: Path) -> None:
    """Every pair of variants may speak for the two records; what the others say is not held against them."""
    tables = people("ca", "mx")
    tables["mx"]["suspect"][5] |= {"date_of_birth": "1988-12-19|1901-01-01"}
    variants = {"entities": {"suspect": with_two_birth_dates()}}
    parties = Parties(tmp_path, tables, agreement=variants)
    assert parties.links(parties.unit().run()) == shared("ca", "mx")


def with_two_birth_dates() -> dict[str, object]:
    """The small world's suspects, who may claim several dates of birth."""
    entity: dict[str, object] = tomllib.loads(TEXT)["entities"]["suspect"]
    entity["fields"] |= {"date_of_birth": {"kind": "date", "many": "variants"}}  # type: ignore[operator]
    return entity


def test_the_likelier_of_two_rivals_is_linked(tmp_path: Path) -> None:
    """A brother at the same address with the same telephone does not take the place of the man himself."""
    tables = people("ca", "mx")
    tables["mx"]["suspect"].append(person("mx", 5, record_id="mx-brother", given_names="Florian", date_of_birth="1990-01-05"))
    parties = Parties(tmp_path, tables)
    assert parties.links(parties.unit().run()) == shared("ca", "mx")


def test_quality_counts_the_links_and_names_no_record(unit: Unit) -> None:
    text = unit.state.result("quality.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["format"] == QUALITY == "trilink/quality/v1"
    found = document["entities"]["suspect"]
    assert found["links"] == len(table(unit, "links.csv")) - 1 == sum(row["links"] for row in found["owner_pairs"])
    assert 0.9 < found["precision"] <= 1.0 and found["contested"] == 0
    assert not re.search(r"[0-9a-f]{32}", text)
