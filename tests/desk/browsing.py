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
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.desk.made_desk import PASSWORD

OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
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
        self.page.click("main button")
        return self

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def text(self) -> str:
        return self.page.inner_text("main")

    def foreign_requests(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(self.address + "/")]
