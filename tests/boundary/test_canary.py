"""No value of a person and no key leaves the places that may hold them: searched for in everything that real flows wrote.

Logs, tracebacks, Prefect's database, packages, lists, reports, states, file names; rows that fail and flows that crash among them.
"""

import json
import sqlite3
from pathlib import Path

import pytest

from flows.owner import open_ceremony
from linkage.owner.contributions import collect
from tests.boundary.canaries import WORDS
from tests.boundary.searching import key_spellings, leaks, spellings
from tests.conftest import Trilink

CANARIES = frozenset().union(*(spellings(word) for word in WORDS))

CRASH = """
import sys, linkage.owner.gathering as room
def crash(records, rule):
    raise ValueError(f"cannot use {records.cells}")
room.variants_of = crash
from flows.command_line import app
sys.argv = ["trilink", *sys.argv[1:]]
app()
"""

CARELESS = """
import sys, linkage.owner.checking as checking
from prefect.logging import get_run_logger
honest = checking.Validation.chunks
def careless(self, size):
    for found in honest(self, size):
        get_run_logger().error(f"first records: {[cells[-3:] for cells in found.cells.values()]}")
        yield found
checking.Validation.chunks = careless
from flows.command_line import app
sys.argv = ["trilink", *sys.argv[1:]]
app()
"""


def test_nothing_of_a_person_is_written_anywhere(rehearsed: Path, trilink: Trilink, prefect_home: Path) -> None:
    assert (rehearsed / "links.csv").stat().st_size > 100
    assert leaks([rehearsed, prefect_home, trilink.log.parent], CANARIES) == []


def test_the_canaries_were_linked(rehearsed: Path) -> None:
    """Else the search would prove nothing: the canary people are the same at all three owners."""
    links = (rehearsed / "links.csv").read_text(encoding="utf-8")
    assert "ca-canary-0" in links and "suspect" in links
    quarantined = (rehearsed / "parties/mx/home/epochs/rehearsal/quarantine.suspect.csv").read_text(encoding="utf-8")
    assert "date_of_birth" in quarantined and "row left out" in quarantined


def test_no_key_is_written_anywhere(rehearsed: Path, trilink: Trilink, prefect_home: Path) -> None:
    wanted: set[bytes] = set()
    for owner in ("ca", "mx", "us"):
        party = rehearsed / "parties" / owner
        _, _, ceremony = open_ceremony(party / "profile.toml", "rehearsal", party / "inbox")
        collected, by = collect(ceremony), ceremony.by
        key = collected.combine()
        for secret in (key._key, *collected._secrets.values(), by._secret, key.derive("trilink/v1/blocking/suspect")):
            wanted |= key_spellings(secret)
        wanted |= key_spellings(by.derive("trilink/v1/pseudonyms")) | key_spellings(by._secret[:32])
    assert leaks([rehearsed, prefect_home, trilink.log.parent], wanted) == []


def test_a_crash_says_where_and_not_what(trilink: Trilink, canary_corpus: Path, prefect_home: Path, tmp_path: Path) -> None:
    done = trilink.python(CRASH, "rehearse", "--data", canary_corpus, "--out", tmp_path / "out", "--seed", 7)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "ValueError at " in done.stderr and "withheld" in done.stderr
    assert leaks([tmp_path / "out", prefect_home, trilink.log.parent], CANARIES) == []


def test_the_search_finds_a_careless_log_line(trilink: Trilink, canary_corpus: Path, tmp_path: Path) -> None:
    """The proof that these tests can fail: someone logs rows, and the search finds them in Prefect's database."""
    home = tmp_path / "home"
    home.mkdir()
    careless = Trilink(trilink.environment | {"PREFECT_HOME": str(home)}, tmp_path / "said.log")
    del careless.environment["PREFECT_API_URL"]  # a temporary server with a database of its own, as a bare machine has it
    done = careless.python(CARELESS, "rehearse", "--data", canary_corpus, "--out", tmp_path / "out", "--seed", 7)
    assert done.returncode == 0, done.stderr
    assert any("prefect.db" in path for path in leaks([home], CANARIES))
    assert leaks([tmp_path / "out"], CANARIES) == []


def test_prefect_was_shown_names_paths_and_counts(rehearsed: Path, prefect_home: Path) -> None:
    """The runs are there, under their names, with their counts as artifacts; parameters are paths, names and numbers."""
    with sqlite3.connect(f"file:{prefect_home / 'prefect.db'}?mode=ro", uri=True) as database:
        flows = {row[0] for row in database.execute("select name from flow")}
        tasks = {row[0].rsplit("-", 1)[0] for row in database.execute("select name from task_run")}
        artifacts = {row[0] for row in database.execute("select key from artifact")}
        parameters = [json.loads(row[0]) for row in database.execute("select parameters from flow_run")]
    ours = {"rehearsal", "delivery", "owner contribute", "owner encode", "owner regroup", "owner resolve", "unit link", "unit cluster"}
    assert ours <= flows
    assert {"encode and seal", "take packages in", "compare candidate pairs", "learn weights"} <= tasks
    assert {"encoded", "linking", "links"} <= artifacts
    kinds = {type(value) for run in parameters for value in run.values()}
    assert kinds <= {str, int, bool, list, type(None)}, kinds


@pytest.mark.parametrize("folder", ["parties/mx/home", "parties/unit/home", "parties/mx"])
def test_homes_are_private(rehearsed: Path, folder: str) -> None:
    assert (rehearsed / folder).stat().st_mode & 0o077 == 0
