"""Budgets: what a party may submit and be told; over them nothing goes on, and it is noted."""

from pathlib import Path
from typing import Any

import pytest

from linkage.protocol.budgets import Subject, check_list, check_package
from linkage.protocol.errors import OverBudget
from tests.ledger_parties import NOW, UNIT, Correspondents

BUDGETS: dict[str, Any] = {"max_records": 1_000, "max_growth": 3.0, "max_links": 50}

PACKAGES = [  # records of last epoch's package (None: there was none), of this one, over which budget
    (None, 1_000, ""),
    (None, 1_001, "has 1,001 records, the agreement allows 1,000 an epoch"),
    (200, 600, ""),
    (200, 601, "grew to 601 records, the agreement allows 600 after the last epoch's"),
    (99, 900, ""),  # too few to say anything
    (600, 10, ""),
]


@pytest.mark.parametrize("party", ["mx", UNIT], ids=["at home", "at the unit"])
@pytest.mark.parametrize(("before", "records", "says"), PACKAGES)
def test_packages(before: int | None, records: int, says: str, party: str, tmp_path: Path) -> None:
    """The owner and the unit each judge by their own ledger, and come to the same."""
    parties = Correspondents(tmp_path, {"budgets": BUDGETS})
    for owner, count in (("mx", before), ("ca", 900)):  # another owner's growth is another matter
        if count is not None:
            parties.take(parties.send("package", owner, UNIT, {"entity": "suspect", "records": count}))
    ledger, about = parties.ledger(party), Subject("mx", "2026-12", "suspect")
    if not says:
        check_package(ledger, about, records, NOW)
        assert ledger.entries("over_budget") == []
        return
    with pytest.raises(OverBudget, match=says):
        check_package(ledger, about, records, NOW)
    (entry,) = ledger.entries("over_budget")
    assert (entry.facts["of"], entry.facts["entity"], entry.facts["found"]) == ("mx", "suspect", records)


def test_the_same_epoch_is_no_growth(tmp_path: Path) -> None:
    """A rerun of the epoch judges as its first run did."""
    parties = Correspondents(tmp_path, {"budgets": BUDGETS})
    parties.take(parties.send("package", "mx", UNIT, {"entity": "suspect", "records": 200}))
    check_package(parties.ledger(UNIT), Subject("mx", "2026-11", "suspect"), 900, NOW)


def test_lists(tmp_path: Path) -> None:
    ledger = Correspondents(tmp_path, {"budgets": BUDGETS}).ledger(UNIT)
    check_list(ledger, Subject("mx", "2026-11", None), 50, NOW)
    with pytest.raises(OverBudget, match="mx: its list would have 51 links, the agreement allows 50"):
        check_list(ledger, Subject("mx", "2026-11", None), 51, NOW)


def test_without_budgets_nothing_is_over(tmp_path: Path) -> None:
    ledger = Correspondents(tmp_path).ledger(UNIT)
    check_package(ledger, Subject("mx", "2026-11", "suspect"), 10**9, NOW)
    check_list(ledger, Subject("mx", "2026-11", None), 10**9, NOW)
    assert not ledger.path.exists()
