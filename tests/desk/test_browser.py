"""Two countries' desks in a real browser: on a telephone without scripts, and with the other country's session."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.desk.browsing import Visitor
from tests.desk.two_desks import Desks

LINK = f"{0:032x}"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    made = Desks(tmp_path_factory.mktemp("desks"))
    with made.served():
        yield made


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
