"""Pictures for the documents: ``python -m tests.desk.screenshots docs/images RUN REPORT``. Invented links, a real browser.

RUN is a rehearsal of the invented medium corpus, whose run page is shown (``medium_lists.py`` says how it is made), REPORT the folder of
``trilink lab report RUN --year 2020 --out REPORT``. Pictures are of the width of a page of the documents, and of a telephone.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from flows.command_line import app
from linkage.protocol.agreement import read_agreement
from tests.desk.browsing import Visitor, chromium
from tests.desk.journey import Names, find_and_read, whole_way
from tests.desk.two_desks import Desks, from_the_medium_corpus

WIDE, TELEPHONE = {"width": 1100, "height": 760}, {"width": 390, "height": 760}
TALL = 1500  # of a page that goes on


def main(out: Path, run: Path, report: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        (Path(folder) / "desks").mkdir()
        desks = Desks(Path(folder) / "desks", from_the_medium_corpus)
        with desks.served():
            whole_way(browser, desks, Names("ana", "carla", "dora"), Path(folder) / "core.json")
            desk_pages(browser, desks, out)
        of_a_file(browser, report / "seizures.2020.en.html", out / "report.png")
        of_a_file(browser, run_page(run, Path(folder)), out / "run.png")


def desk_pages(browser: Browser, desks: Desks, out: Path) -> None:
    """The queue, a case, asking, a request that was answered, the queue on a telephone."""
    visitor = Visitor(browser, desks.addresses["mx"]).sign_in("carla")
    page = visitor.page
    page.set_viewport_size(WIDE)
    visitor.go("/links")
    shot(page, out / "desk-links.png", WIDE["height"])
    link = find_and_read(visitor)
    shot(page, out / "desk-link.png", TALL)
    visitor.go(f"/links/{link}/request")
    shot(page, out / "desk-ask.png", WIDE["height"])
    page.set_viewport_size(TELEPHONE)
    visitor.go(f"/links/{link}")
    shot(page, out / "desk-telephone.png", TELEPHONE["height"])
    answered = Visitor(browser, desks.addresses["mx"]).sign_in("ana")
    answered.page.set_viewport_size(WIDE)
    answered.follow('a[href="/requests"]').follow("tbody a")
    shot(answered.page, out / "desk-request.png", WIDE["height"])


def of_a_file(browser: Browser, path: Path, out: Path) -> None:
    page = browser.new_page(viewport=WIDE)
    page.goto(path.resolve().as_uri())
    shot(page, out, TALL)
    page.close()


def run_page(run: Path, folder: Path) -> Path:
    unit = run / "parties" / read_agreement(run / "agreement.toml").unit / "profile.toml"
    done = CliRunner().invoke(app, ["unit", "page", str(unit), "--epoch", "rehearsal", "--out", str(folder / "run.html")])
    assert done.exit_code == 0, done.stderr
    return folder / "run.html"


def shot(page: Page, path: Path, height: int) -> None:
    """The page from its top, so many pixels of it."""
    width = page.viewport_size["width"] if page.viewport_size else WIDE["width"]
    whole = int(page.evaluate("document.documentElement.scrollHeight"))
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": min(height, whole)})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
