"""Two countries' desks in a real browser: from signing in to four eyes and disclosure, by mouse and by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.desk.browsing import Visitor, chromium, serving
from tests.desk.two_desks import Desks

LINK = f"{0:032x}"
SECRET = "Xyzzy-Plugh-4711"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    made = Desks(tmp_path_factory.mktemp("desks"))
    with serving(made.profiles["mx"], made.folder / "mx.log") as mx, serving(made.profiles["us"], made.folder / "us.log") as us:
        made.addresses = {"mx": mx, "us": us}
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can see."""
    found = Axe().run(page, options={"runOnly": WCAG})
    assert found.violations_count == 0, found.generate_report()


def test_from_signing_in_to_four_eyes(browser: Browser, desks: Desks, tmp_path: Path) -> None:
    ana = Visitor(browser, desks.addresses["mx"]).sign_in("ana")
    accessible(ana.page)
    ana.page.select_option("#entity", "firearm")
    ana.page.click("text=Show")
    ana.page.click("tbody a")
    link = ana.page.url.rsplit("/", 1)[1]
    accessible(ana.page)
    assert "serial number" in ana.text() and "Expected right in this band" in ana.text()

    ana.page.click("text=Ask the other country")
    accessible(ana.page)
    ana.page.fill("#purpose", "trace")
    ana.page.fill("#legal_basis", "MLAT art. 3")
    ana.page.check("#urgency-urgent")
    ana.page.click("main button")
    accessible(ana.page)
    request = ana.page.url.rsplit("/", 1)[1]
    desks.carry("mx", "us")

    dora = Visitor(browser, desks.addresses["us"], "fr-CA").sign_in("dora")
    dora.go(f"/requests/{request}")
    assert "MLAT art. 3" in dora.text()
    accessible(dora.page)
    dora.page.fill("#core-serial_number", SECRET)
    dora.page.click("main button")
    desks.carry("us", "mx")
    ana.go(f"/requests/{request}")
    assert "Fields disclosed: serial_number" in ana.text() and SECRET not in ana.text()
    assert "serial_number" in desks.command("mx", "open", "--request", request, "--out", str(tmp_path / "core.json"))
    assert SECRET in (tmp_path / "core.json").read_text()

    for name, said in (("ana", "awaits a second pair of eyes"), ("carla", "Confirmed")):
        visitor = Visitor(browser, desks.addresses["mx"]).sign_in(name)
        visitor.go(f"/links/{link}")
        visitor.page.check("#outcome-confirmed")
        visitor.page.fill("#reason", "the same gun")
        visitor.page.click("text=Save decision")
        assert said in visitor.text()
    assert "awaits a second pair of eyes" not in visitor.text()

    with ana.page.expect_download() as download:
        ana.go("/links")
        ana.page.click("text=CSV")
    assert link in Path(str(download.value.path())).read_text()
    ana.page.click("text=Sign out")
    assert ana.go("/links").url.endswith("/sign-in")
    assert ana.foreign_requests() == dora.foreign_requests() == []
    written = b"".join(path.read_bytes() for path in desks.folder.rglob("*") if path.is_file())
    assert SECRET.encode() not in written


def test_by_keyboard_alone(browser: Browser, desks: Desks) -> None:
    """Tab, arrows, space, Enter; what has the focus is seen."""
    visitor = Visitor(browser, desks.addresses["mx"])
    page = visitor.go("/sign-in")

    def tab_to(selector: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
                assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    tab_to(".skip")
    tab_to("#name")
    page.keyboard.type("carla")
    tab_to("#password")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/links")
    tab_to("tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/links/*")
    tab_to("summary")
    page.keyboard.press("Enter")
    assert page.locator("details table").is_visible()
    tab_to("input[type=radio]")
    page.keyboard.press("Space")
    tab_to("#reason")
    page.keyboard.type("by keyboard")
    tab_to("main button")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "by keyboard" in visitor.text()


def test_a_telephone_and_no_script(browser: Browser, desks: Desks) -> None:
    visitor = Visitor(browser, desks.addresses["mx"], "es-MX")
    visitor.context.close()
    visitor.context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="es-MX")
    visitor.page = visitor.context.new_page()
    visitor.page.set_default_timeout(60_000)
    visitor.page.goto(f"{visitor.address}/sign-in")
    assert "Iniciar sesión" in visitor.text()
    visitor.sign_in("ana")
    visitor.go(f"/links/{LINK}")
    assert visitor.page.locator("#outcome-confirmed").is_visible()
    box = visitor.page.locator("body").bounding_box()
    assert box is not None and box["width"] <= 360


def test_the_other_country_gets_nothing(browser: Browser, desks: Desks) -> None:
    """A session of the other country's desk opens nothing here."""
    dora = Visitor(browser, desks.addresses["us"]).sign_in("dora")
    (cookie,) = dora.context.cookies()
    stranger = Visitor(browser, desks.addresses["mx"])
    stranger.context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": desks.addresses["mx"]}])
    assert stranger.go("/links").url.endswith("/sign-in")
