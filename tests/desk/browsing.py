"""A real browser on a real desk: Debian's Chromium, driven by Playwright, on a server process of its own."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.desk.made_desk import PASSWORD

OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ROOT = Path(__file__).parents[2]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test where there is no Chromium."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(OPTIONS))
        yield browser
        browser.close()


@contextmanager
def serving(profile: Path, log: Path) -> Iterator[str]:
    """The address of ``trilink desk serve`` in a process of its own."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "flows.command_line", "desk", "serve", str(profile), "--port", str(port)]
    with log.open("ab") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        try:
            _await(f"http://127.0.0.1:{port}/sign-in", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _await(address: str, server: "subprocess.Popen[bytes]", log: Path, within: float = 120.0) -> None:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if server.poll() is not None:
            raise AssertionError(f"the desk ended at once: {log.read_text(encoding='utf-8')[-500:]}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)  # polling a server that starts, not waiting for luck
    raise AssertionError("the desk did not answer")


def accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe can see."""
    found = Axe().run(page, options={"runOnly": WCAG})
    assert found.violations_count == 0, found.generate_report()


class Visitor:
    """Somebody with a browser window; remembers every address that it asked for."""

    def __init__(self, browser: Browser, address: str, language: str = "en") -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(locale=language, viewport={"width": 1200, "height": 900})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))

    def sign_in(self, name: str) -> "Visitor":
        self.page.goto(f"{self.address}/sign-in")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        return self.follow("main button")

    def follow(self, selector: str) -> "Visitor":
        """Click on what opens a page, and wait for that page."""
        with self.page.expect_navigation():
            self.page.click(selector)
        return self

    def press(self, key: str) -> "Visitor":
        """Press a key that opens a page, and wait for that page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        return self

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def text(self) -> str:
        return self.page.inner_text("main")

    def foreign_requests(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(self.address + "/")]
