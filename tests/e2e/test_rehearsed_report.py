"""The seizure report of a rehearsal by one command: invented tables, sealed releases, links and outcomes, true corridors beside."""

import json
import shutil
from pathlib import Path

import pytest

from linkage.protocol.seizure_tables import TABLES
from tests.conftest import Trilink

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def run(rehearsed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rehearsal of our own, for the report writes in its parties' homes."""
    copy = shutil.copytree(rehearsed, tmp_path_factory.mktemp("reported") / "run")
    for profile in copy.glob("parties/*/profile.toml"):
        profile.write_text(profile.read_text(encoding="utf-8").replace(str(rehearsed), str(copy)), encoding="utf-8")
    return copy


def test_every_table_is_there_and_a_rerun_seals_nothing_anew(run: Path, trilink: Trilink, tmp_path: Path) -> None:
    def report() -> dict[str, bytes]:
        done = trilink("lab", "report", run, "--year", 2022, "--out", tmp_path / "report", "--json")
        assert done.returncode == 0, done.stderr
        assert set(json.loads(done.stdout)) == {"ca", "mx", "us"}
        return {path.name: path.read_bytes() for path in sorted(run.glob("parties/*/outbox/*.sealed"))}

    sealed = report()
    kinds = {name.split(".")[0] for name in sealed}
    assert {"seizures", "laboratory", "outcomes"} <= kinds
    written = json.loads((tmp_path / "report" / "seizures.2022.json").read_text(encoding="utf-8"))
    assert written["epoch"] == "rehearsal" and set(written["owners"]) == {"ca", "mx", "us"}
    assert all(not one["tables"] or set(one["tables"]) == set(TABLES) for one in written["owners"].values())
    assert any(one["reviewed"] for one in written["links"].values()), "what the desks found out has come to T13"
    page = (tmp_path / "report" / "corridors.2022.md").read_text(encoding="utf-8")
    assert page.startswith("# Corridors of 2022, true and published") and "| ca | " in page
    assert report() == sealed


def test_what_is_no_rehearsal_of_an_invented_corpus_is_refused(run: Path, trilink: Trilink, tmp_path: Path) -> None:
    done = trilink("lab", "report", tmp_path, "--year", 2022, "--out", tmp_path / "report")
    assert done.returncode == 1 and "run `trilink rehearse" in done.stderr
    other = tmp_path / "other"
    (other / "lists").mkdir(parents=True)
    (other / "rehearsal.json").write_text(json.dumps({"data": str(tmp_path)}), encoding="utf-8")
    done = trilink("lab", "report", other, "--year", 2022, "--out", tmp_path / "report")
    assert done.returncode == 1 and "not an invented corpus" in done.stderr
