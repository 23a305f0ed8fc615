"""Two countries' desks in a real browser: from signing in to four eyes and disclosure, by mouse and by keyboard alone."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from linkage.desk.store import open_store
from linkage.protocol.agreement_signatures import sign_agreement, signature_path
from linkage.protocol.key_files import save_private
from tests.desk.browsing import ROOT, Visitor, chromium, serving
from tests.desk.made_desk import made_desk
from tests.made_lists import AGREEMENT_FILE, KEYS, agreement

LINK = f"{0:032x}"
SECRET = "Xyzzy-Plugh-4711"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class Desks:
    """The desks of mx and us: profiles, addresses, and the folder between them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.addresses = folder, {"mx": "", "us": ""}
        self.profiles = {owner: _profile(folder, owner) for owner in self.addresses}

    def command(self, owner: str, *words: str) -> str:
        command = [sys.executable, "-m", "flows.command_line", "desk", words[0], str(self.profiles[owner]), *words[1:]]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def carry(self, sender: str, receiver: str) -> None:
        self.command(sender, "send", "--out", str(self.folder / "between"))
        self.command(receiver, "receive", "--from", str(self.folder / "between"))


def _profile(folder: Path, owner: str) -> Path:
    home = folder / owner
    home.mkdir()
    made_desk(home, owner, store=open_store(home / "desk.sqlite"), at=float(int(time.time())))
    (home / "passphrase").touch(mode=0o600)
    (home / "passphrase").write_text("of tests alone")
    save_private(home / "private.json", KEYS[owner], b"of tests alone", scrypt_n=2**14)
    text = AGREEMENT_FILE.read_text(encoding="utf-8")
    for party, rule in agreement().parties.items():
        keys = f'signing_key = "{rule.signing_key}"\nsealing_key = "{rule.sealing_key}"\n'
        text = text.replace(f"[parties.{party}]\n", f"[parties.{party}]\n{keys}")
    (folder / "agreement.toml").write_text(text, encoding="utf-8")
    for party, keys_of in KEYS.items():
        if not signature_path(folder / "agreement.toml", party).exists():
            sign_agreement(folder / "agreement.toml", keys_of, datetime.now(UTC))
    profile = home / "desk.toml"
    lines = ['format = "trilink/desk-profile/v1"', f'party = "{owner}"', 'agreement = "../agreement.toml"', 'home = "."']
    lines += ["[keys]", 'private = "private.json"', 'passphrase_file = "passphrase"', "[ledger]", 'home = "."', 'who = "desk"']
    lines += ['legal_basis = "the agreement, art. 6"', 'purpose = "a test"', 'receipts = "../between"', ""]
    profile.write_text("\n".join(lines), encoding="utf-8")
    return profile


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
