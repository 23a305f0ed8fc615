"""The same visit by keyboard alone: Tab, letters, arrows, space, Enter; what has the focus is seen at every step."""

from playwright.sync_api import Browser, Page

from tests.desk.browsing import Visitor
from tests.desk.journey import SECRET, Names
from tests.desk.made_desk import PASSWORD
from tests.desk.two_desks import Desks

MOST_TABS = 400  # a queue of fifty rows has a hundred stops
FOCUS = "getComputedStyle(document.activeElement).outlineStyle"


class Typist(Visitor):
    """Somebody who has no mouse."""

    def tab_to(self, selector: str) -> "Typist":
        """Tab until what the selector names has the focus."""
        page: Page = self.page
        for _ in range(MOST_TABS):
            page.keyboard.press("Tab")
            if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
                assert page.evaluate(FOCUS) != "none", f"nobody sees that {selector} has the focus"
                return self
        raise AssertionError(f"the keyboard does not reach {selector}")

    def type_into(self, selector: str, text: str) -> "Typist":
        self.tab_to(selector).page.keyboard.type(text)
        return self

    def enter(self, selector: str) -> "Typist":
        """Follow a link or press a button, and wait for its page."""
        self.tab_to(selector).press("Enter")
        return self

    def tick(self, name: str, turns: int) -> "Typist":
        """Into a group of choices, its first one chosen, then so many turns down."""
        self.tab_to(f"input[type=radio][name={name}]").page.keyboard.press("Space")
        for _ in range(turns):
            self.page.keyboard.press("ArrowDown")
        return self

    def sign_in(self, name: str) -> "Typist":
        self.page.goto(f"{self.address}/sign-in")
        self.tab_to(".skip").type_into("#name", name).type_into("#password", PASSWORD).press("Enter")
        return self


def whole_way_by_keyboard(browser: Browser, desks: Desks, names: Names) -> None:
    """Sign in, find, read why, ask, answer as the other country, confirm with four eyes, export, sign out."""
    asking = Typist(browser, desks.addresses["mx"]).sign_in(names.investigator)
    link = _find_and_read(asking)
    asking.enter(f'a[href="/links/{link}/request"]')
    asking.type_into("#purpose", "trace").type_into("#legal_basis", "MLAT art. 3").tick("urgency", 1).enter("main button")
    request = asking.page.url.rsplit("/", 1)[1]
    desks.carry("mx", "us")

    answering = Typist(browser, desks.addresses["us"]).sign_in(names.controller)
    answering.enter('a[href="/requests"]').enter(f'a[href="/requests/{request}"]')
    assert "MLAT art. 3" in answering.text()
    answering.type_into("#core-serial_number", SECRET).enter("form:has(#core-serial_number) button")
    desks.carry("us", "mx")

    asking.enter('a[href="/requests"]').enter(f'a[href="/requests/{request}"]')
    assert "Fields disclosed: serial_number" in asking.text() and SECRET not in asking.text()
    for name, said in ((names.investigator, "awaits a second pair of eyes"), (names.second, "Confirmed")):
        reviewing = Typist(browser, desks.addresses["mx"]).sign_in(name)
        reviewing.type_into("#case", desks_case(asking, link)).enter(".filters button").enter(f'tbody a[href="/links/{link}"]')
        reviewing.tick("outcome", 1).type_into("#reason", "the same gun").enter("form:has(#reason) button")
        assert said in reviewing.text()
    _take_along_and_leave(reviewing)


def desks_case(visitor: Typist, link: str) -> str:
    """The own case number of a link, as its page says it."""
    return visitor.go(f"/links/{link}").locator(".sides dd bdi").nth(1).inner_text()


def _find_and_read(visitor: Typist) -> str:
    """The first firearm that is linked with the United States and that nobody has looked at; its link's number."""
    visitor.type_into("#entity", "Firearm").type_into("#country", "United").type_into("#status", "Candidate")
    visitor.enter(".filters button").enter("tbody a")
    visitor.tab_to("summary").page.keyboard.press("Enter")
    visitor.page.locator("details table").wait_for()
    assert "Why this is a link" in visitor.text() and "United States" in visitor.text()
    return visitor.page.url.rsplit("/", 1)[1]


def _take_along_and_leave(visitor: Typist) -> None:
    visitor.enter('a[href="/links"]')
    visitor.tab_to('a[href^="/export/csv"]')
    with visitor.page.expect_download() as download:
        visitor.page.keyboard.press("Enter")
    assert download.value.suggested_filename == "linked-cases.csv"
    visitor.enter('form[action="/sign-out"] button')
    assert visitor.go("/links").url.endswith("/sign-in")
    assert visitor.foreign_requests() == []
