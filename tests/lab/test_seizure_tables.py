"""The invented world's seizures through the whole report: the true corridors beside the published ones."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from linkage.lab.corridors import as_markdown, beside, distortions, true_corridors
from linkage.lab.invention import invent
from linkage.lab.laboratory_tables import write_laboratory_tables
from linkage.lab.plan import Plan
from linkage.lab.seizure_tables import write_seizure_tables
from linkage.owner.places import normalise_region
from linkage.owner.profile import OwnerProfile
from linkage.owner.seizure_cells import Control, cells_of
from linkage.owner.seizure_report import aggregates_of
from linkage.owner.seizures import Recoveries, read_recoveries
from linkage.protocol.laboratory_links import ASSERTED
from linkage.protocol.report_draws import Draws
from linkage.protocol.seizure_tables import OTHER, TABLES, TOTAL, UNKNOWN
from linkage.protocol.suppression_audit import Seen, ranges
from tests.made_lists import AGREEMENT_FILE
from tests.made_seizures import agreed

AGREED = agreed()
YEAR = 2022


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus")
    invent(path, Plan(suspects=8000, overlap=0.05, noise="typical", seed=7))
    return path


@pytest.fixture(scope="module")
def recoveries(corpus: Path) -> Recoveries:
    write_seizure_tables(corpus, corpus / "seizures")
    firearms, seizures = corpus / "mx" / "firearm.csv", corpus / "seizures" / "mx.csv"
    profile = OwnerProfile(
        format="trilink/owner-profile/v1", party="mx", agreement=AGREEMENT_FILE, home=corpus / "home", keys={"private": corpus / "no"},
        sources={"firearm": {"path": firearms, "deduplicate": False}}, seizures={"path": seizures},
    )  # fmt: skip
    return read_recoveries(profile, AGREED, YEAR)


def test_the_corpus_stays_as_it_is_and_its_words_are_understood(corpus: Path, recoveries: Recoveries) -> None:
    assert recoveries.not_understood == {} and recoveries.left_out == {}
    true = pd.read_csv(corpus / "seizures.csv", dtype=str, keep_default_na=False)
    assert len(recoveries.table) == ((true["owner"] == "mx") & true["seizure_date"].str.startswith(str(YEAR))).sum()
    assert recoveries.table.nunique()["agency"] == 4


def test_a_gun_has_one_county_of_its_first_sale_whoever_traces_it(corpus: Path, recoveries: Recoveries) -> None:
    tables = [pd.read_csv(corpus / "seizures" / f"{owner}.csv", dtype=str, keep_default_na=False) for owner in ("ca", "mx", "us")]
    rows = pd.concat([table.assign(owner=owner) for owner, table in zip(("ca", "mx", "us"), tables, strict=True)])
    truth = pd.read_csv(corpus / "truth.csv", dtype=str, keep_default_na=False)
    named = rows.merge(truth[truth["entity"] == "firearm"], on=["owner", "record_id"])
    known = named[named["source_state"] != "unknown"]
    assert (named.loc[named["source_state"] == "unknown", "source_county"] == "").all()
    assert known.groupby("entity_id")["source_county"].nunique().max() == 1
    assert 0.6 < known["source_county"].ne("").mean() < 0.85


EVERY_TABLE = [name for name in TABLES if name not in ("T3", "T8")]


@pytest.mark.parametrize("name", EVERY_TABLE)
def test_every_table_has_something_to_show(recoveries: Recoveries, name: str) -> None:
    """With thresholds that a corpus of this size can meet: two rows besides unknown, all others and total."""
    few = AGREED.report.model_copy(update={"national_cases": 3, "local_cases": 3})
    cells = cells_of(recoveries.table, TABLES[name], Control(few, Draws(bytes(32), str(YEAR))))
    assert len({cell.row for cell in cells if cell.count} - {TOTAL, UNKNOWN, OTHER}) >= 2


def test_laboratories_join_seizures_of_every_two_countries(corpus: Path) -> None:
    counts = write_laboratory_tables(corpus, corpus / "laboratory")
    before = {path.name: path.read_bytes() for path in (corpus / "laboratory").iterdir()}
    assert write_laboratory_tables(corpus, corpus / "laboratory") == counts
    assert {path.name: path.read_bytes() for path in (corpus / "laboratory").iterdir()} == before
    clusters = {}
    for owner in ("ca", "mx", "us"):
        table = pd.read_csv(corpus / "laboratory" / f"{owner}.csv", dtype=str, keep_default_na=False)
        assert set(table["kind"]) == set(ASSERTED)
        clusters[owner] = set(table["kind"] + " " + table["cluster_id"].str.replace(r"[^A-Z0-9]", "", regex=True))
    assert all(len(clusters[left] & clusters[right]) > 30 for left, right in (("ca", "mx"), ("ca", "us"), ("mx", "us")))


def test_the_distortion_of_the_published_corridors_is_stated(corpus: Path, recoveries: Recoveries) -> None:
    """True is what the world holds, not what the owner's table came to: distinct guns by the truth."""
    true = true_corridors(corpus, YEAR, normalise_region)
    aggregates = aggregates_of(recoveries, ("mx", AGREED, YEAR), bytes(32), date(YEAR + 1, 2, 1), None)
    rows = beside(true, [aggregates])
    (found,) = distortions(rows, true, [aggregates])
    assert found.owner == "mx" and found.largest_error < AGREED.report.base and found.mean_error < AGREED.report.base
    assert found.guns == sum(row.true for row in rows) and found.shown <= found.corridors
    assert found.largest_shown >= 5 and abs(found.total_error or 0) < AGREED.report.base
    page = as_markdown(rows, [found], AGREED.report.base, YEAR)
    assert f"| mx | {found.guns} | {found.corridors} |" in page and "×" in page


@pytest.mark.parametrize("name", ["T3", "T4", "T6"])  # those that withhold something of these recoveries
def test_an_outsider_with_linear_programming_undoes_no_withheld_count(recoveries: Recoveries, name: str) -> None:
    """Who has the published cells and knows every rule: a sensitive count stays uncertain by the base, and the truth is in its range."""
    rule, table = AGREED.report, TABLES[name]
    cells = cells_of(recoveries.table, table, Control(rule, Draws(bytes(32), str(YEAR))))
    rows, columns = (list(dict.fromkeys(cell[at] for cell in ((one.row, one.column) for one in cells))) for at in (0, 1))
    shape = (len(rows), len(columns))
    seen = Seen(
        np.array([one.count or 0 for one in cells]).reshape(shape), np.array([one.count is None for one in cells]).reshape(shape),
        rule.base, rule.cases(table.area),
    )  # fmt: skip
    by_cell = recoveries.table.assign(column=recoveries.table[table.columns] if table.columns else TOTAL).groupby([table.rows, "column"])
    true, cases = by_cell.size(), by_cell["case"].nunique()
    few = [0 < cases.get((one.row, one.column), 0) < rule.cases(table.area) for one in cells]
    sensitive = [place for place, one in enumerate(cells) if one.count is None and few[place]]
    tried = sensitive[:: max(1, len(sensitive) // 8)]
    assert tried, "something is withheld"
    for place, (low, high) in zip(tried, ranges(seen, tried), strict=True):
        count = true[cells[place].row, cells[place].column]
        assert low <= count <= high and high - low >= rule.base, (name, count, low, high)


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.listed])
def test_a_row_in_the_owners_words_rests_on_enough_cases_and_so_does_all_others(recoveries: Recoveries, name: str) -> None:
    """Nothing of these tables is withheld: what could be subtracted from the total, ``other``, must bear being seen as well."""
    rule, table = AGREED.report, TABLES[name]
    shown = {cell.row: cell.count for cell in cells_of(recoveries.table, table, Control(rule, Draws(bytes(32), str(YEAR))))}
    assert None not in shown.values()
    named = recoveries.table[table.rows]
    cases = recoveries.table["case"].groupby(named.where(named.isin(list(shown)), OTHER)).nunique()
    assert all(cases.get(row, 0) >= rule.cases(table.area) for row in shown if row != TOTAL)


def test_published_corridors_beside_the_true_ones(recoveries: Recoveries) -> None:
    """What is published is off by less than the base; what is withheld is small, and said to be withheld."""
    true = recoveries.table.groupby(["source_state", "recovery_region"]).size()
    cells = cells_of(recoveries.table, TABLES["T3"], Control(AGREED.report, Draws(bytes(32), str(YEAR))))
    corridors = {(cell.row, cell.column): cell.count for cell in cells if TOTAL not in (cell.row, cell.column)}
    shown = {name: count for name, count in corridors.items() if count is not None}
    assert all(abs(count - true.get(name, 0)) < AGREED.report.base for name, count in shown.items())
    assert all(true.get(name, 0) == 0 for name, count in shown.items() if count == 0)
    withheld = sum(true.get(name, 0) for name, count in corridors.items() if count is None)
    assert 0 < withheld < len(recoveries.table) / 2
    largest = true.drop("unknown").nlargest(10).index
    assert sum(name in shown for name in largest) >= 5, "most of the large corridors can be read"
