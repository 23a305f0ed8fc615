"""Four parties, each with its own home, server folder and watcher, driven round by round: nobody waits, nobody calls a command.

The clock that decides what is due is passed in; what is sealed is sealed now.
"""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows._alone import RUN, WATCH, held
from flows._tasks import without_heartbeat
from flows.watch.watcher import Outcome, moved, watch_round
from linkage.lab.parties import make_parties
from linkage.protocol.ledger import FILE
from linkage.protocol.ledger_comparison import accused, compare
from linkage.protocol.ledger_verification import read_ledger
from tests.conftest import Trilink

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
EPOCH, OWNERS, UNIT = "2026-11", ("ca", "mx", "us"), "unit"
NOW = datetime.now(UTC)
PROFILE = """
format = "trilink/{role}-profile/v1"
party = "{party}"
agreement = "../../agreement.toml"
home = "home"
keys = {{ private = "private.json", passphrase_file = "passphrase" }}
ledger = {{ who = "duty officer", legal_basis = "agreement, art. 4", purpose = "a test", receipts = "outbox" }}

[exchange]
inbox = "inbox"
outbox = "outbox"
fetch = ["../../post/{party}"]
send = {{ {send} }}

[watch]
wait_hours = 48
workers = 1
"""
OWNER = 'epochs = ["2026-11"]\nlists = "lists"\n\n[sources.suspect]\npath = "suspect.csv"\n'
EXPECTS = 'expects = { ca = ["suspect"], mx = ["suspect"], us = ["suspect"] }\n'


class World:
    """All parties' folders; ``settle`` lets every watcher go round until nothing moves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.parties = (*OWNERS, UNIT)

    def at(self, party: str, *names: str) -> Path:
        return self.folder.joinpath("parties", party, *names)

    def round(self, party: str, now: datetime) -> list[Outcome]:
        return watch_round(self.at(party, "profile.toml"), now)

    def settle(self, after_hours: float = 0) -> dict[str, list[Outcome]]:
        now, seen = NOW + timedelta(hours=after_hours), dict[str, list[Outcome]]()
        for _ in range(30):
            outcomes = {party: self.round(party, now) for party in self.parties}
            for party, found in outcomes.items():
                seen.setdefault(party, []).extend(found)
            if not any(moved(found) for found in outcomes.values()):
                return seen
        raise AssertionError("the watchers never come to rest")

    def sealed(self, party: str, box: str = "outbox") -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.at(party, box).glob("*.sealed"))}

    def linked_with(self, party: str) -> set[str]:
        document = json.loads(self.at(party, "lists", EPOCH, "linked-cases.json").read_text(encoding="utf-8"))
        return {link["other"]["owner"] for link in document["links"]}


@pytest.fixture(scope="module")
def world(trilink: Trilink, canary_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The way from us to the unit is broken."""
    made = World(tmp_path_factory.mktemp("world"))
    make_parties(made.folder, ROOT / "configs" / "agreement.toml", OWNERS, seed=None)
    for party in made.parties:
        send = ", ".join(f'{other} = "../../{_way(party, other)}/{other}"' for other in made.parties if other != party)
        text = PROFILE.format(role="unit" if party == UNIT else "owner", party=party, send=send)
        made.at(party, "profile.toml").write_text(text + (EXPECTS if party == UNIT else OWNER), encoding="utf-8")
        (made.folder / "post" / party).mkdir(parents=True)
    for owner in OWNERS:
        shutil.copy(canary_corpus / owner / "suspect.csv", made.at(owner))
    (made.folder / "broken").touch()
    with temporary_settings({PREFECT_API_URL: trilink.environment["PREFECT_API_URL"]}), without_heartbeat():
        yield made


def _way(party: str, other: str) -> str:
    return "broken" if (party, other) == ("us", UNIT) else "post"


def test_an_epoch_with_a_late_party(world: World) -> None:
    seen = world.settle()
    assert [one for one in seen["mx"] if one.state == "failed"] == []
    assert {one.what for one in seen["mx"] if one.state == "done"} == {f"contribute {EPOCH}", f"encode {EPOCH}", "receipts"}
    assert {one.what for one in seen["us"] if one.state == "failed"} == {f"leave for {UNIT}"}, "a broken way is said, and ends nothing"
    assert not _requests(world), "two packages of three, and the deadline has not passed"

    world.at(UNIT, "inbox", f"package.{EPOCH}.us.firearm.sealed").write_bytes(b"TRILINK of a kind that nobody knows")
    seen = world.settle(after_hours=49)
    assert [one.state for one in seen[UNIT] if one.what == f"link {EPOCH}"] == ["failed"], "one bad package is said"
    assert _requests(world) == {"ca 1", "mx 1"}, "and costs the good ones nothing"
    assert world.linked_with("mx") == {"ca"} and world.linked_with("ca") == {"mx"}

    world.at(UNIT, "inbox", f"package.{EPOCH}.us.firearm.sealed").unlink()
    (world.folder / "broken").unlink()
    (world.folder / "broken").symlink_to("post")
    world.settle(after_hours=60)
    assert "us 1" in _requests(world)
    assert world.linked_with("mx") == {"ca", "us"} and world.linked_with("us") == {"ca", "mx"}
    ledgers = [read_ledger(world.at(party, "home", FILE)) for party in world.parties]
    findings = compare(ledgers)
    assert accused(findings) == []
    assert {found.what.split()[0] for found in findings} <= {"commitment"}, "all else is signed for"


def _requests(world: World) -> set[str]:
    return {" ".join(name.split(".")[2:4]) for name in world.sealed(UNIT) if name.startswith("regroup-request.")}


def test_going_round_again_moves_nothing(world: World) -> None:
    before = {party: world.sealed(party) for party in world.parties}
    assert not any(moved(found) for found in world.settle(after_hours=60).values())
    for party in world.parties:
        world.at(party, "home", "watch.json").unlink()
    world.settle(after_hours=60)
    after = {party: world.sealed(party) for party in world.parties}
    assert {party: sorted(files) for party, files in after.items()} == {party: sorted(files) for party, files in before.items()}
    assert after == before, "what the watcher remembers can be lost"


def test_two_runs_at_one_home_do_not_happen(world: World) -> None:
    world.at("mx", "home", "watch.json").unlink()
    with held(world.at("mx", "home"), RUN):
        found = world.round("mx", NOW + timedelta(hours=61))
    assert {one.state for one in found} == {"busy"} and not world.at("mx", "home", "watch.json").exists()
    assert {one.state for one in world.round("mx", NOW + timedelta(hours=61))} == {"done"}


def test_the_command_goes_round_until_nothing_moves(world: World, trilink: Trilink, tmp_path: Path) -> None:
    world.at("us", "home", "watch.json").unlink()
    once = ("up", "--party", world.at("us", "profile.toml"), "--once", "--log", "json", "--metrics", tmp_path / "trilink.prom")
    done = trilink(*once)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert {line["event"] for line in said if line["state"] == "done"} >= {f"encode {EPOCH}", f"resolve {EPOCH}"}
    assert {line["state"] for line in said} == {"done"}
    assert 'trilink_steps_failing{party="us",step="encode"} 0' in (tmp_path / "trilink.prom").read_text(encoding="utf-8")
    with held(world.at("us", "home"), WATCH):
        second = trilink(*once)
    assert second.returncode == 1 and second.stderr.count("\n") == 1 and "another run" in second.stderr
