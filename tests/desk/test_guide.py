"""docs/how-to-desk.md as it is typed: its profile, and each of its commands, on the medium corpus' list, the other country answering.

Passwords are given where a person would type them, ids stand for those of the page; what is said last on the page may be typed first.
"""

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command_line import app
from linkage.desk.accounts import grant
from linkage.desk.profile import read_desk_profile
from linkage.desk.store import open_store
from tests.desk.made_desk import PASSWORD
from tests.desk.medium_lists import medium_list
from tests.desk.two_desks import Desks, from_the_medium_corpus
from tests.test_documents import FENCE

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "how-to-desk.md").read_text(encoding="utf-8")
LINK, REQUEST = "017d60e4cd916e03e18aedf42f916d3f", "0bc4176470c87460268675ed2827126c"  # as the page has them
RUN_ELSEWHERE = {"serve", "lab", "rehearse"}  # tests/desk/browsing.py, tests/desk/test_browser_rehearsed.py, tests/e2e
WORDS = {
    "request.toml": 'purpose = "trace"\nlegal_basis = "MLAT art. 3"\nurgency = "urgent"\n',
    "answer.toml": 'text = "call us"\n[core]\nserial_number = "XK-4711"\n',
    "reason.toml": 'reason = "the same serial"\n',
}


class Typed:
    """Somebody in the desk's folder who types what the page says, each line once."""

    def __init__(self) -> None:
        lines = [line.split(" #")[0].strip() for language, body in FENCE.findall(GUIDE) if language == "sh" for line in body.splitlines()]
        words = [shlex.split(line)[1:] for line in lines]
        named = [(line[1] if line[0] == "desk" else line[0], line) for line in words]
        here = [(name, line) for name, line in named if name not in RUN_ELSEWHERE]
        self.left = dict(here)
        assert len(self.left) == len(here) > 10, "a command stands on the page twice"

    def __call__(self, name: str, *more: str, profile: str = "desk.toml", link: str = LINK, request: str = REQUEST) -> str:
        said = {"desk.toml": profile, LINK: link, REQUEST: request}
        line = [said.get(word, word) for word in self.left.pop(name)]
        given = PASSWORD + "\n"
        if "--as" in line:
            read, write = os.pipe()
            os.write(write, given.encode())
            os.close(write)
            line += ["--password-fd", str(read)]
        done = CliRunner().invoke(app, [*line, *more], input=given)
        assert done.exit_code == 0, (line, done.stderr)
        return done.stdout


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desks:
    """Desks of mx and us; the page's folder beside them, with what its profile names, and nothing else."""
    made = Desks(tmp_path, from_the_medium_corpus)
    folder = tmp_path / "page" / "desk"
    (folder / "linked-cases").mkdir(parents=True)
    (tmp_path / "page" / "owner" / "home").mkdir(parents=True)
    for path in tmp_path.glob("agreement*"):
        shutil.copy(path, folder)
    shutil.copy(tmp_path / "mx" / "private.json", folder / "mx.private.json")
    (folder / "desk.toml").write_text(next(body for language, body in FENCE.findall(GUIDE) if language == "toml"), encoding="utf-8")
    medium_list("mx", folder / "linked-cases")
    for name, words in WORDS.items():
        (folder / name).write_text(words, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TRILINK_MX_PASSPHRASE", "of tests alone")
    return made


def add_colleagues() -> None:
    """The page adds one account; its readers add theirs in the same way."""
    for name, role in (("ana", "investigator"), ("fina", "deconfliction")):
        line = ["desk", "add-user", "desk.toml", "--name", name, "--role", role, "--password-from-input"]
        assert CliRunner().invoke(app, line, input=PASSWORD + "\n").exit_code == 0
    with open_store(read_desk_profile(Path("desk.toml")).store()).change() as connection:
        for name in ("ana", "dora", "fina"):
            grant(connection, name, "*")


def test_every_command_of_the_desk_s_guide(desks: Desks) -> None:
    typed = Typed()
    typed("add-user", "--password-from-input")
    typed("take-in")
    add_colleagues()
    link = json.loads(typed("queue", "--json", "--entity", "firearm", "--country", "US"))["links"][0]["link_id"]
    assert "serial_number" in typed("show", link=link)
    request = json.loads(typed("ask", "--json", link=link))["request"]
    typed("send")
    shutil.copytree("exchange", desks.folder / "between", dirs_exist_ok=True)
    desks.command("us", "receive", "--from", str(desks.folder / "between"))
    typed("answer", profile=str(desks.profiles["us"]), request=request)
    desks.command("us", "send", "--out", "exchange")
    typed("receive")
    assert request in typed("requests")
    assert "XK-4711" in typed("open", request=request)
    assert "awaits a second pair of eyes" in typed("decide", link=link)
    typed("outcomes")
    assert (Path("exchange") / "outcomes.mx.1.sealed").is_file()
    assert typed("silence").startswith("silent; ")
    assert "FED/TAM/6680647/2025" in typed("silences")
    assert typed.left == {}, "what else stands on the page is typed too"
