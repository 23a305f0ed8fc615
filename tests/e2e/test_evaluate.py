"""``trilink lab evaluate`` on a real rehearsal: says the same again, sees what was planted, and refuses in one line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.command_line import app

pytestmark = pytest.mark.e2e


def evaluate(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["lab", "evaluate", *(str(argument) for argument in arguments)])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def out(rehearsed: Path, tmp_path: Path) -> Path:
    """The rehearsal's results alone, as someone would hand them on: the parties' folders stay behind."""
    for name in ("rehearsal.json", "agreement.toml", "links.csv", "clusters.csv", "timings.json"):
        shutil.copy(rehearsed / name, tmp_path / name)
    return tmp_path


def board(folder: Path) -> Any:
    return json.loads((folder / "scoreboard.json").read_text(encoding="utf-8"))


def test_it_says_again_what_the_rehearsal_said(rehearsed: Path) -> None:
    before = {name: (rehearsed / name).read_bytes() for name in ("scoreboard.json", "quality.json", "report.html")}
    code, said, _ = evaluate(rehearsed, "--json")
    assert code == 0 and json.loads(said) == board(rehearsed)
    assert {name: (rehearsed / name).read_bytes() for name in before} == before


def test_without_the_parties_folders_only_blocking_is_unknown(rehearsed: Path, out: Path) -> None:
    code, said, _ = evaluate(out)
    assert code == 0 and "not measured" in said and "own estimates, and the truth" in said
    for entity, measures in board(out)["entities"].items():
        assert measures["default"] == board(rehearsed)["entities"][entity]["default"]
        assert measures["pairs_completeness"] is None and measures["true_pairs"] > 0


def test_swapped_owners_are_said_in_terminal_document_and_page(out: Path) -> None:
    lines = (out / "links.csv").read_text(encoding="utf-8").splitlines()
    swapped = [lines[0]] + [",".join([a, d, c, b, e, *rest]) for a, b, c, d, e, *rest in (line.split(",") for line in lines[1:])]
    (out / "links.csv").write_text("\n".join(swapped) + "\n", encoding="utf-8")
    code, said, _ = evaluate(out)
    text = next(fault["text"] for fault in board(out)["warnings"] if fault["code"] == "wrong_owner")
    assert code == 0 and text in said and text in (out / "report.html").read_text(encoding="utf-8")


def test_moved_data_are_found_with_data(out: Path, canary_corpus: Path) -> None:
    (out / "rehearsal.json").write_text(json.dumps({"data": str(out / "gone")}), encoding="utf-8")
    code, _, line = evaluate(out)
    assert code == 1 and "no truth.csv there" in line and line.count("\n") == 1
    assert evaluate(out, "--data", canary_corpus)[0] == 0


@pytest.mark.parametrize("missing", ["rehearsal.json", "agreement.toml", "links.csv", "clusters.csv"])
def test_what_is_no_rehearsal_is_refused_in_one_line(missing: str, out: Path) -> None:
    (out / missing).unlink()
    code, said, line = evaluate(out)
    assert (code, said) == (1, "") and line.startswith("trilink: ") and line.count("\n") == 1
