"""The same way on desks with a rehearsal's lists, the asking one on PostgreSQL; and what the joint team writes, read by axe."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from flows.rehearsed_desks import ACCOUNTS, make_desks
from linkage.protocol.agreement import read_agreement
from tests.conftest import Trilink
from tests.desk.browsing import accessible
from tests.desk.journey import Names, whole_way
from tests.desk.made_desk import PASSWORD
from tests.desk.two_desks import Desks
from tests.postgresql import PASSWORD as SERVER_PASSWORD
from tests.postgresql import postgresql

pytestmark = pytest.mark.e2e

LANGUAGES = ("en", "es", "fr")


class Rehearsed(Desks):
    """The desks that ``trilink lab desks`` makes."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder, self.addresses = folder, addresses
        self.profiles = {owner: folder / owner / "desk.toml" for owner in addresses}


@pytest.fixture(scope="module")
def desks(rehearsed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    folder = tmp_path_factory.mktemp("rehearsed-desks")
    run = shutil.copytree(rehearsed, folder / "run")  # desks write in their party's ledger, and others look at the rehearsal's
    with postgresql() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", SERVER_PASSWORD)
        assert SERVER_PASSWORD not in url
        counts = make_desks(run, folder, PASSWORD, {"mx": url})
        assert counts["mx"] > 20 and not (folder / "mx" / "desk.sqlite").exists()
        made = Rehearsed(folder, {"mx": "", "us": ""})
        with made.served():
            yield made


def test_the_whole_way_on_a_rehearsals_lists_and_postgresql(browser: Browser, desks: Rehearsed, tmp_path: Path) -> None:
    whole_way(browser, desks, Names("investigator", "reviewer", "data_controller"), tmp_path / "core.json")


def test_making_the_desks_again_changes_nothing(rehearsed: Path, tmp_path: Path) -> None:
    first = make_desks(rehearsed, tmp_path, PASSWORD)
    assert make_desks(rehearsed, tmp_path, PASSWORD) == first
    assert set(ACCOUNTS.values()) == {"investigator", "supervisor", "deconfliction", "data_controller", "auditor"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_units_page_and_the_owners_lists_are_accessible(
    browser: Browser, rehearsed: Path, trilink: Trilink, tmp_path: Path, language: str
) -> None:
    unit = rehearsed / "parties" / read_agreement(rehearsed / "agreement.toml").unit / "profile.toml"
    done = trilink("unit", "page", unit, "--epoch", "rehearsal", "--out", tmp_path / "run.html", "--language", language)
    assert done.returncode == 0, done.stderr
    page = browser.new_page()
    for path in (tmp_path / "run.html", rehearsed / "lists" / "mx" / "linked-cases.html"):
        page.goto(path.as_uri())
        accessible(page)
    assert urlsplit(page.url).scheme == "file"
    page.close()
