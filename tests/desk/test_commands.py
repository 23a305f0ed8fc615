"""A desk without a browser: find, read why, ask, answer, decide with four eyes, by commands and files alone."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from flows._commands._shown import console
from flows.command_line import app
from linkage.desk.store import decisions, journal, open_store, requests
from tests.desk.made_desk import CASE, HOSTILE, PASSWORD
from tests.desk.two_desks import Desks

LINK, FOREIGN = f"{0:032x}", f"{1:032x}"
SECRET = "Xyzzy-Plugh-4711"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Desks:
    return Desks(tmp_path_factory.mktemp("desks"))


@pytest.fixture
def run(desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``trilink desk COMMAND`` at a desk as somebody; ``words`` become the file that --words names."""

    monkeypatch.setattr(console, "width", 220)

    def command(owner: str, who: str, name: str, *options: str, words: str = "", password: str = PASSWORD) -> tuple[int, str, str]:
        line = ["desk", name, str(desks.profiles[owner]), *options]
        if words:
            (tmp_path / "words.toml").write_text(words, encoding="utf-8")
            line += ["--words", str(tmp_path / "words.toml")]
        if not who:
            done = CliRunner().invoke(app, line)
            return done.exit_code, done.stdout, done.stderr
        read, write = os.pipe()
        os.write(write, password.encode() + b"\n")
        os.close(write)
        done = CliRunner().invoke(app, [*line, "--as", who, "--password-fd", str(read)])
        os.close(read)
        return done.exit_code, done.stdout, done.stderr

    return command


def carry(desks: Desks, run: Run, sender: str, receiver: str) -> None:
    between = str(desks.folder / "between")
    assert run(sender, "", "send", "--out", between)[0] == 0
    assert run(receiver, "", "receive", "--from", between)[0] == 0


def test_the_whole_way_without_a_browser(desks: Desks, run: Run, tmp_path: Path) -> None:
    found = json.loads(run("mx", "ana", "queue", "--entity", "firearm", "--json")[1])
    assert found["total"] == 2 and {case for row in found["links"] for _, case in row["own"]} == {CASE}
    link = found["links"][0]["link_id"]
    code, page, _ = run("mx", "ana", "show", "--link", link)
    assert code == 0 and "serial_number" in page and "Lead only" in page and "us-desk" in page

    asked = 'purpose = "trace"\nlegal_basis = "MLAT art. 3"\nurgency = "urgent"\n'
    request = json.loads(run("mx", "ana", "ask", "--link", link, "--json", words=asked)[1])["request"]
    carry(desks, run, "mx", "us")
    (waiting,) = json.loads(run("us", "dora", "requests", "--json")[1])["requests"]
    assert (waiting["id"], waiting["state"]) == (request, "asked") and "47 hours left" in waiting["clock"]
    assert "MLAT art. 3" in run("us", "dora", "show", "--request", request)[1]

    assert run("us", "dora", "answer", "--request", request, "--what", "question", words='text = "which case?"')[0] == 0
    carry(desks, run, "us", "mx")
    assert run("mx", "ana", "answer", "--request", request, "--what", "reply", words='text = "the first"')[0] == 0
    carry(desks, run, "mx", "us")
    core = f'text = "call us"\n[core]\nserial_number = "{SECRET}"\n'
    assert run("us", "dora", "answer", "--request", request, "--what", "answer", words=core)[0] == 0
    carry(desks, run, "us", "mx")
    page = run("mx", "ana", "show", "--request", request)[1]
    assert "answered" in page and "serial_number" in page and SECRET not in page
    code, opened, _ = run("mx", "", "open", "--request", request, "--show")
    assert code == 0 and SECRET in opened

    said = [json.loads(run("mx", who, "decide", "--link", link, "--outcome", "confirmed", "--seen", seen, "--json",
                           words='reason = "the same gun"')[1]) for who, seen in (("ana", "0"), ("carla", "1"))]  # fmt: skip
    assert [one["awaiting"] for one in said] == [True, False]
    out = tmp_path / "cases.csv"
    assert run("mx", "ana", "queue", "--status", "confirmed", "--out", str(out))[0] == 0
    assert link in out.read_text() and '"ana"' in out.read_text() and out.stat().st_mode & 0o777 == 0o600
    (tmp_path / "words.toml").unlink()
    kept = b"".join(path.read_bytes() for path in (*desks.folder.rglob("*"), *tmp_path.rglob("*")) if path.is_file())
    assert SECRET.encode() not in kept


def test_who_decides_on_an_older_page_is_told_what_to_do(run: Run) -> None:
    link = f"{6:032x}"
    assert run("mx", "ana", "decide", "--link", link, "--outcome", "checked", "--seen", "0", words='reason = "looked"')[0] == 0
    code, _, line = run("mx", "carla", "decide", "--link", link, "--outcome", "refuted", "--seen", "0", words='reason = "no"')
    assert code == 1 and "run `trilink desk show` again" in line


REFUSED = [  # who, command and options, words, what is said; x stands for a link that is not to be known
    ("beto", ["show", "--link", LINK], "", "none of this number that you may know of"),
    ("ana", ["show", "--link", FOREIGN], "", "none of this number that you may know of"),
    ("eva", ["queue"], "", "eva is auditor, and may not do this"),
    ("dora", ["decide", "--link", LINK, "--outcome", "confirmed", "--seen", "0"], 'reason = "x"', "dora is data_controller"),
    ("ana", ["mark", "--link", LINK, "--silent-days", "3"], "", "ana is investigator"),
    ("dora", ["ask", "--link", LINK], 'purpose = "x"\nlegal_basis = "x"\nurgency = "routine"', "dora is data_controller"),
    ("ana", ["ask", "--link", FOREIGN], 'purpose = "x"\nlegal_basis = "x"\nurgency = "routine"', "none of this number"),
    ("ana", ["ask", "--link", LINK], 'purpose = "x"\nurgency = "routine"', "words.toml: legal_basis missing"),
    ("ana", ["ask", "--link", LINK], 'purpose = "x"\nlegal_basis = "x"\nurgency = "now"', "urgency"),
    ("ana", ["ask", "--link", LINK], "purpose = secret", "words.toml: is not TOML; expected a file of these words"),
    ("ana", ["note", "--link", LINK], 'text = "x"\nmore = "y"', "a key too many"),
    ("ana", ["note", "--link", LINK], "text = 7", "of another type"),
    ("ana", ["decide", "--link", LINK, "--outcome", "king", "--seen", "0"], 'reason = "x"', "outcome: expected one of checked"),
    ("dora", ["answer", "--request", "ab" * 16, "--what", "answer"], '[core]\nmake = "x"', "none of this number"),
    ("dora", ["answer", "--request", "ab" * 16, "--what", "nothing"], 'text = "x"', "none of this number"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "line", "words", "said"), REFUSED)
def test_the_same_rules_as_on_the_pages(run: Run, who: str, line: list[str], words: str, said: str) -> None:
    code, _, error = run("mx", who, *line, words=words)
    assert (code, said in error, error.count("\n")) == (1, True, 1), error


def test_a_silence_travels_by_commands_too(desks: Desks, run: Run) -> None:
    link = f"{3:032x}"  # of another case than the others are about
    code, line, _ = run("us", "fina", "mark", "--link", link, "--flag", "--silent-days", "3")
    assert code == 0 and "`trilink desk send` seals a silence" in line
    carry(desks, run, "us", "mx")
    code, _, line = run("mx", "beto", "show", "--link", link)
    assert code == 1 and "none of this number that you may know of" in line
    shown = json.loads(run("mx", "fina", "show", "--link", link, "--json")[1])
    assert shown["quiet"] and shown["silent_until"] == ""
    assert run("us", "fina", "mark", "--link", link, "--silent-days", "0")[0] == 0
    carry(desks, run, "us", "mx")
    assert run("mx", "beto", "show", "--link", link)[0] == 0


def test_a_case_is_said_silent_by_commands_too(desks: Desks, run: Run) -> None:
    assert "0 silent cases" in run("us", "fina", "silences")[1]
    told = json.loads(run("us", "fina", "silence", "--case", "FED/99/2026", "--days", "9", "--json")[1])
    assert told == {"links": 0}
    (row,) = json.loads(run("us", "fina", "silences", "--json")[1])["cases"]
    assert (row["case_id"], row["links"], row["name"]) == ("FED/99/2026", 0, "fina")
    assert "FED/99/2026" in run("us", "fina", "silences")[1]
    for who, case, days, said in (
        ("ana", "X", "9", "may not do this"),
        ("fina", "X", "999", "0 to 30 days"),
        ("fina", " ", "1", "own case number"),
    ):
        code, _, error = run("us", who, "silence", "--case", case, "--days", days)
        assert code == 1 and said in error and error.count("\n") == 1
    assert run("us", "fina", "silence", "--case", "FED/99/2026", "--days", "0")[1].startswith("lifted; ")
    assert json.loads(run("us", "fina", "silences", "--json")[1]) == {"cases": []}


def test_a_wrong_password_is_slow_noted_and_says_what_next(desks: Desks, run: Run) -> None:
    code, _, line = run("us", "beto", "queue", password="wrong horse battery")
    assert code == 1 and "ask your data controller" in line and "wrong horse" not in line
    with open_store(desks.profiles["us"].parent / "desk.sqlite").look() as connection:
        tried = sa.select(sa.func.count()).where(journal.c.event == "sign_in_refused", journal.c.user_name == "")
        assert connection.scalar(tried) == 1


def test_a_closed_descriptor_is_one_clear_line(desks: Desks) -> None:
    done = CliRunner().invoke(app, ["desk", "queue", str(desks.profiles["mx"]), "--as", "ana", "--password-fd", "97"])
    assert (done.exit_code, done.stderr) == (1, "trilink: --password-fd 97: is not open for reading\n")


USAGE = [
    ["queue", "--order", "nonsense"],
    ["queue", "--out", "cases.doc"],
    ["show"],
    ["show", "--link", "a", "--request", "b"],
    ["mark", "--link", LINK],
]


@pytest.mark.parametrize("line", USAGE)
def test_wrong_usage_ends_with_2_before_a_password_is_asked_for(run: Run, line: list[str]) -> None:
    assert run("mx", "ana", *line)[0] == 2


def test_hostile_records_stay_text_and_move_no_cursor(run: Run) -> None:
    code, page, _ = run("mx", "carla", "queue")
    assert code == 0 and "\x1b" not in page and HOSTILE[6][-5:] in run("mx", "carla", "show", "--link", f"{6:032x}")[1]
    assert run("mx", "ana", "note", "--link", LINK, words='text = "\\u001b[2Jgone"')[0] == 0
    assert "\x1b" not in run("mx", "ana", "show", "--link", LINK)[1]


def test_what_was_refused_changed_nothing(desks: Desks, run: Run) -> None:
    with open_store(desks.profiles["us"].parent / "desk.sqlite").look() as connection:
        before = [connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (decisions, requests)]
    run("us", "eva", "decide", "--link", LINK, "--outcome", "confirmed", "--seen", "0", words='reason = "x"')
    run("us", "beto", "ask", "--link", LINK, words='purpose = "x"\nlegal_basis = "x"\nurgency = "routine"')
    with open_store(desks.profiles["us"].parent / "desk.sqlite").look() as connection:
        assert before == [connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in (decisions, requests)]
