"""Fifty investigators at once on a hundred thousand links: how long pages take, and whether a decision is lost.

``python -m benchmarks.desk [--links 100000] [--people 50] [--rounds 10] [--read 3]``: invented links in a fresh SQLite database, a real
server process on loopback, one thread and one session a person. In each round a person reads the queue, filters it, opens a link, and in
every fifth decides; between two pages it reads for ``--read`` seconds on average (0: as fast as the server answers). Milliseconds are from
the request to the last byte, signing in left out, for a password takes time on purpose.
"""

import argparse
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

import sqlalchemy as sa

from linkage.desk.accounts import grant, hashed
from linkage.desk.queue import PAGE
from linkage.desk.store import decisions, links, lists, open_store, own_records, users
from linkage.lab.parties import make_parties

PASSWORD = "correct horse battery"
ROOT = Path(__file__).parents[1]
CASES = 4_000


class Result(NamedTuple):
    """Seconds of each page by kind, and how many decisions the server accepted."""

    seconds: dict[str, list[float]]
    accepted: int


def fill(folder: Path, count: int, people: int) -> Path:
    """A desk's home with ``count`` invented links over ``CASES`` cases, every person granted a tenth of them; returns its profile."""
    store = open_store(folder / "desk.sqlite")
    draw = random.Random(1)
    with store.change() as connection:
        listed = {"digest": "0" * 64, "epoch": "2026-11", "run": "0" * 32, "released": "2026-11-01", "expires": "2126-11-01"}
        connection.execute(lists.insert().values(id=1, **listed, caution="", estimates=[], imported=0.0))
        for begin in range(0, count, 5_000):
            numbers = range(begin, min(begin + 5_000, count))
            connection.execute(links.insert(), [_link(number, draw) for number in numbers])
            own = [{"link_id": f"{number:032x}", "record_id": f"r{number}", "case_id": f"C/{number % CASES}"} for number in numbers]
            connection.execute(own_records.insert(), own)
        password = hashed(PASSWORD)
        for person in range(people):
            row = {"name": f"p{person}", "password": password, "role": "investigator", "language": "es", "active": True}
            connection.execute(users.insert().values(**row, failures=0, locked_until=0.0))
            for case in draw.sample(range(CASES), CASES // 10):
                grant(connection, f"p{person}", f"C/{case}")
    make_parties(folder, ROOT / "configs" / "agreement.toml", ["ca", "mx", "us"], seed=1)
    profile = folder / "desk.toml"
    lines = ['format = "trilink/desk-profile/v1"', 'party = "mx"', 'agreement = "agreement.toml"', 'home = "."']
    profile.write_text("\n".join([*lines, "[keys]", 'private = "unused"', ""]), encoding="utf-8")
    return profile


def _link(number: int, draw: random.Random) -> dict[str, object]:
    country, owner = draw.choice([("US", "us"), ("CA", "ca")])
    return {
        "link_id": f"{number:032x}", "list_id": 1, "first_list_id": 1, "entity": draw.choice(["firearm", "suspect", "organization"]),
        "band": draw.choice("AAABC"), "owner": owner, "country": country, "contact_desk": f"{owner}-desk", "reference": f"{number:032x}",
        "case_reference": f"{number % 9_000:032x}", "cluster_id": f"{number // 2:032x}", "status": "candidate", "awaiting": False,
        "cluster": {"records": 2, "countries": ["MX", country], "weakest_band": "A"}, "flagged": False, "case_links": {"firearm": 1},
        "fields": {"agree": ["serial_number", "calibre"], "similar": ["model"], "conflict": ["recovery_date"], "missing": []},
    }  # fmt: skip


class Person:
    """One investigator's session over HTTP."""

    def __init__(self, address: str, number: int, chosen: argparse.Namespace) -> None:
        self.address, self.chosen, self.draw = address, chosen, random.Random(number)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.seconds: dict[str, list[float]] = {"queue": [], "filter": [], "link": [], "decision": []}
        self.accepted = 0
        self._fetch("/sign-in", {"name": f"p{number}", "password": PASSWORD})

    def work(self) -> None:
        pages = max(1, self.chosen.links // 10 // PAGE)
        for number in range(self.chosen.rounds):
            text = self._timed("queue", f"/links?page={self.draw.randint(1, pages)}")
            self._timed("filter", f"/links?case=C/{self.draw.randint(1, 99)}&band=A&order=newest")
            link = self.draw.choice(re.findall(r'href="(/links/[0-9a-f]{32})"', text))
            text = self._timed("link", link)
            if number % 5 == 0:
                self._decide(link, text)

    def _decide(self, link: str, text: str) -> None:
        fields = {"outcome": "checked", "reason": "looked", "seen": _hidden(text, "seen"), "form_key": _hidden(text, "form_key")}
        said = self._timed("decision", f"{link}/decision", fields)
        self.accepted += bool(said)  # empty when somebody was faster, which the page says

    def _timed(self, kind: str, path: str, fields: dict[str, str] | None = None) -> str:
        time.sleep(self.draw.expovariate(1 / self.chosen.read) if self.chosen.read else 0)
        begin = time.perf_counter()
        text = self._fetch(path, fields)
        self.seconds[kind].append(time.perf_counter() - begin)
        return text

    def _fetch(self, path: str, fields: dict[str, str] | None = None) -> str:
        data = urlencode(fields).encode() if fields else None
        try:
            with self.opener.open(self.address + path, data, timeout=120) as answer:
                return str(answer.read().decode())
        except HTTPError as error:
            if error.code == 409:
                return ""
            raise


def _hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    return found[1] if found else ""


def visit(address: str, chosen: argparse.Namespace) -> Result:
    with ThreadPoolExecutor(chosen.people) as pool:
        present = list(pool.map(lambda number: Person(address, number, chosen), range(chosen.people)))
        list(pool.map(Person.work, present))
    seconds = {kind: [one for person in present for one in person.seconds[kind]] for kind in present[0].seconds}
    return Result(seconds, sum(one.accepted for one in present))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--read", type=float, default=3.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        profile = fill(Path(folder), chosen.links, chosen.people)
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "flows.command_line", "desk", "serve", str(profile), "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        try:
            _await(f"http://127.0.0.1:{port}/sign-in")
            begin = time.perf_counter()
            result = visit(f"http://127.0.0.1:{port}", chosen)
            lasted = time.perf_counter() - begin
        finally:
            server.terminate()
            server.wait()
        kept = open_store(Path(folder) / "desk.sqlite")
        with kept.look() as connection:
            written = connection.scalar(sa.select(sa.func.count()).select_from(decisions)) or 0
    _report(chosen, result, written, lasted)


def _await(address: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)


def _report(chosen: argparse.Namespace, result: Result, written: int, lasted: float) -> None:
    every = [one for seconds in result.seconds.values() for one in seconds]
    print(f"{chosen.links:,} links, {chosen.people} people, {len(every):,} pages in {lasted:.0f} s ({len(every) / lasted:.0f} a second)")
    print("| page | count | median ms | 95 % below ms | slowest ms |\n| --- | ---: | ---: | ---: | ---: |")
    for kind, seconds in [*result.seconds.items(), ("all", every)]:
        ms = sorted(1000 * one for one in seconds)
        print(f"| {kind} | {len(ms)} | {statistics.median(ms):.0f} | {ms[int(0.95 * len(ms)) - 1]:.0f} | {ms[-1]:.0f} |")
    print(f"decisions accepted {result.accepted}, in the database {written}")


if __name__ == "__main__":
    main()
