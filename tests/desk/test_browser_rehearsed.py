"""One visit from signing in to signing out, by mouse and by keyboard alone, on the medium corpus' lists, the asking desk on PostgreSQL.

And the desks that a rehearsal makes, and what the joint team writes, read by axe.
"""

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
from tests.desk.keyboard import whole_way_by_keyboard
from tests.desk.made_desk import PASSWORD
from tests.desk.two_desks import Desks, from_the_medium_corpus
from tests.postgresql import PASSWORD as SERVER_PASSWORD
from tests.postgresql import postgresql

pytestmark = pytest.mark.e2e

LANGUAGES = ("en", "es", "fr")


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    with postgresql() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", SERVER_PASSWORD)
        assert SERVER_PASSWORD not in url
        made = Desks(tmp_path_factory.mktemp("medium-desks"), from_the_medium_corpus, {"mx": url})
        assert not (made.folder / "mx" / "desk.sqlite").exists()
        with made.served():
            yield made


def test_the_whole_way_on_the_medium_corpus_and_postgresql(browser: Browser, desks: Desks, tmp_path: Path) -> None:
    whole_way(browser, desks, Names("ana", "carla", "dora"), tmp_path / "core.json")


def test_the_whole_way_by_keyboard_alone(browser: Browser, desks: Desks) -> None:
    whole_way_by_keyboard(browser, desks, Names("beto", "carla", "dora"))


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
