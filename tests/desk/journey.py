"""What a browser test does with two desks, whatever their lists and database: sign in, find, read why, ask, be answered, confirm."""

from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser

from tests.desk.browsing import Visitor, accessible
from tests.desk.two_desks import Desks

SECRET = "Xyzzy-Plugh-4711"


class Names(NamedTuple):
    """Accounts at both desks: who investigates, whose are the second eyes, who answers for the other country."""

    investigator: str
    second: str
    controller: str


def whole_way(browser: Browser, desks: Desks, names: Names, core: Path) -> None:
    """From signing in to signing out again; every page is read by axe, and no address but the desk's is asked for."""
    asking = Visitor(browser, desks.addresses["mx"]).sign_in(names.investigator)
    accessible(asking.page)
    link = find_and_read(asking)
    request = _ask(asking)
    desks.carry("mx", "us")

    answering = Visitor(browser, desks.addresses["us"], "fr-CA").sign_in(names.controller)
    answering.go(f"/requests/{request}")
    assert "MLAT art. 3" in answering.text()
    accessible(answering.page)
    answering.page.fill("#core-serial_number", SECRET)
    answering.follow("form:has(#core-serial_number) button")
    desks.carry("us", "mx")
    asking.go(f"/requests/{request}")
    assert "Fields disclosed: serial_number" in asking.text() and SECRET not in asking.text()
    assert "serial_number" in desks.command("mx", "open", "--request", request, "--out", str(core))
    assert SECRET in core.read_text()

    _confirm(browser, desks, names, link)
    _take_along_and_leave(asking, link)
    assert asking.foreign_requests() == answering.foreign_requests() == []
    written = b"".join(path.read_bytes() for path in desks.folder.rglob("*") if path.is_file())
    assert SECRET.encode() not in written


def find_and_read(visitor: Visitor) -> str:
    """The first firearm that is linked with the United States; its link's number."""
    visitor.page.select_option("#entity", "firearm")
    visitor.page.select_option("#country", "US")
    visitor.follow("text=Show").follow("tbody a")
    accessible(visitor.page)
    assert "serial number" in visitor.text() and "Why this is a link" in visitor.text()
    return visitor.page.url.rsplit("/", 1)[1]


def _ask(visitor: Visitor) -> str:
    visitor.follow("text=Ask the other country")
    accessible(visitor.page)
    visitor.page.fill("#purpose", "trace")
    visitor.page.fill("#legal_basis", "MLAT art. 3")
    visitor.page.check("#urgency-urgent")
    visitor.follow("main button")
    accessible(visitor.page)
    return visitor.page.url.rsplit("/", 1)[1]


def _confirm(browser: Browser, desks: Desks, names: Names, link: str) -> None:
    for name, said in ((names.investigator, "awaits a second pair of eyes"), (names.second, "Confirmed")):
        visitor = Visitor(browser, desks.addresses["mx"]).sign_in(name)
        visitor.go(f"/links/{link}")
        visitor.page.check("#outcome-confirmed")
        visitor.page.fill("#reason", "the same gun")
        visitor.follow("text=Save decision")
        assert said in visitor.text()
    assert "awaits a second pair of eyes" not in visitor.text()


def _take_along_and_leave(visitor: Visitor, link: str) -> None:
    visitor.go("/links?status=confirmed")
    with visitor.page.expect_download() as download:
        visitor.page.click("text=CSV")
    assert link in Path(str(download.value.path())).read_text()
    visitor.follow("text=Sign out")
    assert visitor.go("/links").url.endswith("/sign-in")
