"""The invented world's seizures through the whole report: the true corridors beside the published ones."""

from pathlib import Path

import pandas as pd
import pytest

from linkage.lab.invention import invent
from linkage.lab.plan import Plan
from linkage.lab.seizure_tables import write_seizure_tables
from linkage.owner.profile import OwnerProfile
from linkage.owner.seizure_cells import Control, cells_of
from linkage.owner.seizures import Recoveries, read_recoveries
from linkage.protocol.report_draws import Draws
from linkage.protocol.seizure_tables import TABLES, TOTAL
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
