"""The seizure report in a real browser: axe finds nothing against WCAG 2.2 AA, in any language, and the page asks nobody for anything."""

from datetime import date
from pathlib import Path

import pytest

from linkage.owner.seizure_report import counted_release
from linkage.owner.seizures import read_recoveries
from linkage.unit.seizure_linkage import EntityLinks
from linkage.unit.seizure_report import LANGUAGES, Linked, Report, write_seizure_report
from tests.desk.browsing import Visitor, accessible, chromium
from tests.made_seizures import agreed, owner_with, seizures

YEAR = 2025
LINKED = Linked(
    "2026-11",
    {
        "firearm": EntityLinks(
            {("mx us", "A"): 160, ("mx us", "*"): None, ("*", "A"): 160, ("*", "*"): 240},
            {("2", "*"): None, ("3", "*"): None, ("*", "*"): 240},
            {("mx", "*"): 240, ("us", "*"): 240, ("*", "*"): 480},
            {("mx us", "confirmed"): 80, ("mx us", "refuted"): None, ("mx us", "*"): 120,
             ("*", "confirmed"): 80, ("*", "refuted"): None, ("*", "*"): 120},
            {"precision": 0.956, "precision_interval": [0.94, 0.97], "recall": 0.93},
        )
    },
    {("mx us", "die"): 40, ("*", "die"): 40},
)  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    agreement, released = agreed(), {}
    for at, owner in enumerate(("mx", "us")):
        profile = owner_with(tmp_path_factory.mktemp(owner), seizures(owner, 250 + 100 * at, seed=at), owner=owner)
        recoveries = read_recoveries(profile, agreement, YEAR)
        released[owner] = counted_release(profile.home, recoveries, (owner, agreement, YEAR), date(2026, 2, 1))[0]
    out = tmp_path_factory.mktemp("report")
    write_seizure_report(Report(agreement, YEAR, {YEAR: released}, LINKED), out)
    return out


def test_the_report_is_accessible_in_every_language_and_asks_nobody(written: Path) -> None:
    with chromium() as browser:
        visitor = Visitor(browser, written.as_uri())
        for language in LANGUAGES:
            visitor.go(f"/seizures.{YEAR}.{language}.html")
            accessible(visitor.page)
            assert visitor.page.locator("table").count() > 15
        assert visitor.foreign_requests() == []
