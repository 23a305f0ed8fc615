"""Two countries' desks in a real browser: from signing in to four eyes and disclosure, by mouse and by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.desk.browsing import Visitor
from tests.desk.journey import Names, whole_way
from tests.desk.two_desks import Desks

LINK = f"{0:032x}"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    made = Desks(tmp_path_factory.mktemp("desks"))
    with made.served():
        yield made


def test_from_signing_in_to_four_eyes(browser: Browser, desks: Desks, tmp_path: Path) -> None:
    whole_way(browser, desks, Names("ana", "carla", "dora"), tmp_path / "core.json")


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
    visitor.press("Enter")
    assert page.url.endswith("/links")
    tab_to("tbody a")
    visitor.press("Enter")
    tab_to("summary")
    page.keyboard.press("Enter")
    page.locator("details table").wait_for()
    tab_to("input[type=radio]")
    page.keyboard.press("Space")
    tab_to("#reason")
    page.keyboard.type("by keyboard")
    tab_to("main button")
    visitor.press("Enter")
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
