"""The doctor names what is broken, says what to do, breaks nothing itself, and shows no secret."""

import json
import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows._doctor.findings import Finding, Found, examine
from flows._doctor.installation import installation, room
from flows._doctor.party import party
from flows._doctor.services import database, prefect_server, services
from flows.command_line import app
from linkage.desk.store import open_store
from linkage.lab.parties import make_parties
from linkage.protocol.ledger import FILE, HEAD_FILE, Ledger
from linkage.protocol.party_profile import agreement_of, read_party, unlock

ROOT = Path(__file__).resolve().parents[2]
PROFILE = """
format = "trilink/owner-profile/v1"
party = "mx"
agreement = "../../agreement.toml"
home = "home"
keys = { private = "private.json", passphrase_file = "passphrase" }
ledger = { who = "duty officer", legal_basis = "agreement, art. 4", purpose = "a test", receipts = "outbox" }
exchange = { inbox = "inbox", outbox = "outbox", fetch = ["../../post"], send = { unit = "../../post" } }
sources = {}
"""


def now() -> datetime:
    """The time of the check: the suite may run for longer than a clock may be wrong."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Owners and a unit with keys and a signed agreement; mx has a home with a ledger, and its exchange folders."""
    base = tmp_path_factory.mktemp("healthy")
    make_parties(base, ROOT / "configs" / "agreement.toml", ["mx", "us"], seed=None)
    mx = base / "parties" / "mx"
    (mx / "profile.toml").write_text(PROFILE, encoding="utf-8")
    for box in (mx / "inbox", mx / "outbox", base / "post"):
        box.mkdir()
    profile = read_party(mx / "profile.toml")
    ledger = Ledger(profile.home, unlock(profile), agreement_of(profile, "owner"), profile.ledger_rule().grounds("encode"))
    ledger.note("linked", {"epoch": "2026-11", "run": "run-1", "counts": {}}, now())
    return base


@pytest.fixture
def mx(healthy: Path, tmp_path: Path) -> Path:
    """A copy of them that may be broken: mx's folder."""
    shutil.copytree(healthy, tmp_path / "all")
    return tmp_path / "all" / "parties" / "mx"


def unwell(findings: list[Finding]) -> dict[str, str]:
    return {one.check: one.state for one in findings if one.state != "ok"}


def test_what_is_well_is_said_to_be(mx: Path) -> None:
    findings = [*installation(), *party(mx / "profile.toml", now())]
    assert unwell(findings) == {}, [one for one in findings if one.state != "ok"]
    assert len(findings) > 15


def _text(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(mx: Path) -> None:
        path = mx / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _split_ledger(mx: Path) -> None:
    lines = (mx / "home" / FILE).read_bytes().splitlines(keepends=True)
    (mx / "home" / FILE).write_bytes(b"".join(lines[:-1]))


def _signature(mx: Path) -> Path:
    return mx / "../../agreement.us.signature.json"


def _torn(mx: Path) -> None:
    with (mx / "home" / FILE).open("ab") as file:
        file.write(b'{"entry":{"agree')


def _from_the_future(mx: Path) -> None:
    path = mx / "inbox" / "list.2026-11.mx.1.sealed"
    path.touch()
    os.utime(path, (now().timestamp() + 7200,) * 2)


BROKEN: list[tuple[str, Callable[[Path], object], dict[str, str], str]] = [
    # what is broken, how, what the doctor finds, a word of what it says to do
    ("no profile", lambda mx: (mx / "profile.toml").unlink(), {"profile": "fail"}, "run this again"),
    ("a profile anybody may change", lambda mx: (mx / "profile.toml").chmod(0o666), {"profile": "fail"}, "chmod o-w"),
    ("an agreement that was changed", _text("../../agreement.toml", "cap = 8", "cap = 9"), {"agreement": "fail"}, "run this again"),
    ("a signature that is missing", lambda mx: _signature(mx).unlink(), {"agreement": "fail"}, "run this again"),
    ("a key file for all", lambda mx: (mx / "private.json").chmod(0o640), {"key file": "fail", "passphrase": "fail"}, "run this again"),
    (
        "somebody else's keys",
        lambda mx: shutil.copy(mx / "../us/private.json", mx / "private.json"),
        {"key file": "fail", "passphrase": "fail"},
        "the keys that it names",
    ),
    ("a wrong passphrase", lambda mx: (mx / "passphrase").write_text("hunter2"), {"passphrase": "fail"}, "run this again"),
    ("a passphrase for all", lambda mx: (mx / "passphrase").chmod(0o644), {"passphrase": "fail"}, "run this again"),
    ("no passphrase at hand", _text("profile.toml", ', passphrase_file = "passphrase"', ""), {"passphrase": "warn"}, "unattended"),
    ("a home for all", lambda mx: (mx / "home").chmod(0o755), {"home": "fail"}, "chmod 700"),
    ("a ledger that was cut", _split_ledger, {"ledger": "fail"}, "run this again"),
    ("a ledger that is gone", lambda mx: (mx / "home" / FILE).unlink(), {"ledger": "fail"}, "run this again"),
    ("a cut line in the ledger", _torn, {"ledger": "warn"}, "next step"),
    ("a damaged head", lambda mx: (mx / "home" / HEAD_FILE).write_text("{"), {"ledger": "fail"}, "run this again"),
    ("no grounds for the ledger", _text("profile.toml", "ledger = {", "watch = {} #"), {"ledger": "fail"}, "run this again"),
    ("a file from the future", _from_the_future, {"clocks of folders": "warn"}, "ask its sender"),
    ("no exchange folder", lambda mx: (mx / "../../post").rmdir(), {"fetch 1": "warn", "leave for unit": "warn"}, "mount it"),
    (
        "an address with a password",
        _text("profile.toml", '"../../post"]', '"sftp://mx:hunter2@127.0.0.1/in"]'),
        {"profile": "fail"},
        "run this again",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("broken", "found", "todo"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_broken_is_found(broken: Callable[[Path], object], found: dict[str, str], todo: str, mx: Path) -> None:
    broken(mx)
    before = {path: path.stat().st_mtime_ns for path in mx.rglob("*") if path.is_file()}
    findings = list(party(mx / "profile.toml", now()))
    assert unwell(findings) == found, findings
    assert all(one.todo for one in findings if one.state != "ok")
    assert any(todo in one.todo for one in findings)
    assert {path: path.stat().st_mtime_ns for path in mx.rglob("*") if path.is_file()} == before, "the doctor changes nothing"
    assert "hunter2" not in json.dumps(findings)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folders_that_cannot_be_written(mx: Path) -> None:
    for name in ("home", "outbox"):
        (mx / name).chmod(0o500)
    found = unwell(list(party(mx / "profile.toml", now())))
    for name in ("home", "outbox"):
        (mx / name).chmod(0o700)
    assert found == {"home": "fail", "outbox": "fail", "receipts folder": "fail"}


@pytest.mark.parametrize(
    ("when", "found"),
    [
        (timedelta(days=-3), {"clock": "fail", "clocks of folders": "warn"}),
        (timedelta(days=3), {"clocks of folders": "warn"}),
        (datetime(2027, 12, 15, tzinfo=UTC) - datetime.now(UTC), {"agreement": "warn", "clocks of folders": "warn"}),
        (timedelta(days=3650), {"agreement": "fail", "clocks of folders": "warn"}),
    ],
)
def test_a_clock_that_is_wrong(when: timedelta, found: dict[str, str], mx: Path) -> None:
    assert unwell(list(party(mx / "profile.toml", now() + when))) == found


def test_the_desk_s_database(mx: Path) -> None:
    _text("profile.toml", "owner-profile", "desk-profile")(mx)
    _text("profile.toml", "sources = {}", "")(mx)
    _text("profile.toml", "ledger = { ", 'ledger = { home = "home", ')(mx)
    assert unwell(list(party(mx / "profile.toml", now()))) == {"desk database": "warn"}, "not there yet"
    open_store(mx / "home" / "desk.sqlite")
    assert unwell(list(party(mx / "profile.toml", now()))) == {}
    for left in (mx / "home").glob("desk.sqlite*"):
        left.unlink()  # another file takes its place: a connection that is still open writes into the former one
    (mx / "home" / "desk.sqlite").write_bytes(b"not a database at all" * 100)
    assert unwell(list(party(mx / "profile.toml", now()))) == {"desk database": "fail"}


def test_room_on_the_disk(tmp_path: Path) -> None:
    assert [room(tmp_path, least).state for least in (1, 2**62)] == ["ok", "fail"]


def test_servers_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nothing answers there
        port = taken.getsockname()[1]
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{port}/api")
        monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", f"postgresql+asyncpg://trilink:hunter2@127.0.0.1:{port}/prefect")
        findings = list(services(f"tcp://127.0.0.1:{port}"))
    assert unwell(findings) == dict.fromkeys(("prefect server", "prefect database", "dask scheduler"), "fail")
    assert "hunter2" not in json.dumps(findings)
    assert database("nonsense").state == prefect_server("nonsense").state == "fail"
    assert database("sqlite+aiosqlite:///prefect.db").state == "ok"


def test_a_look_that_stumbles_says_no_value() -> None:
    def stumbles(_: None) -> Found:
        raise ValueError("Guadalupe Muñoz")

    assert examine("it", stumbles, None) == Finding(
        "it", "fail", "ValueError; what it said is withheld", "report this: the doctor itself stumbled"
    )


def test_the_command_ends_with_1_when_something_fails(mx: Path) -> None:
    healthy = CliRunner().invoke(app, ["doctor", str(mx / "profile.toml"), "--json"])
    assert healthy.exit_code == 0 and {row["state"] for row in json.loads(healthy.stdout)} == {"ok"}
    (mx / "passphrase").write_text("hunter2")
    (mx / "private.json").chmod(0o644)
    broken = CliRunner().invoke(app, ["doctor", str(mx / "profile.toml")])
    assert broken.exit_code == 1 and "chmod 600" in broken.output and "hunter2" not in broken.output
