"""``trilink lab attack`` on the folder of an opened package, and the page that it writes."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from flows.command_line import app
from linkage.lab.attacks.findings import Finding
from linkage.lab.attacks.overlap import drawn_people, numbered
from linkage.lab.attacks.risk_page import FORMAT, percent, risk_report, write_risk_page
from linkage.protocol.postings import postings_bytes
from tests.attacks.populations import package, people, shipped
from tests.made_lists import AGREEMENT_FILE

HELD = Finding("dictionary", "people", 0.004, 0.002, True)
WON = Finding("fingerprints", "postings", 0.3, 0.002, True)
ASIDE = Finding("the unit with an owner's key", "people", 1.0, 0.0, False)


def opened(folder: Path) -> tuple[Path, Path]:
    """A folder with the parts of an opened package, and the same people in clear."""
    folder.mkdir()
    (folder / "part-0000.arrow").write_bytes(postings_bytes(package(100, "owners").postings, shipped().entities["suspect"]))
    rows = people(100)
    header = sorted({field for row in rows for field in row})
    cells = [[f"R{number}", *(row.get(field, "") for field in header)] for number, row in enumerate(rows)]
    lines = [",".join(line) for line in [["record_id", *header], *cells]]
    population = folder / "population.csv"
    population.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder, population


def test_an_opened_package_alone_gives_an_estimate(tmp_path: Path) -> None:
    folder, population = opened(tmp_path / "opened")
    words = ["lab", "attack", str(folder), "--population", str(population), "--agreement", str(AGREEMENT_FILE)]
    done = CliRunner().invoke(app, [*words, "--page", str(tmp_path / "risk.html"), "--json"])
    report = json.loads(done.stdout)
    assert (report["format"], report["scored"], report["about"]["people"]) == (FORMAT, False, "100")
    assert report["seen"]["postings"] == len(package(100, "owners").postings)
    assert done.exit_code == (not report["strongest"]["holds"])
    page = (tmp_path / "risk.html").read_text(encoding="utf-8")
    assert "Estimated" in page and "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert not any(row["surname_1"] in page for row in people(100))
    assert CliRunner().invoke(app, [*words, "--json"]).stdout == done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--entity", "suspect"], "neither a rehearsal's folder nor one with the parts of an opened package"),
        (["--entity", "ship"], "has no entity type ship"),
    ],
)
def test_a_refusal_is_one_clear_line(words: list[str], said: str, tmp_path: Path) -> None:
    _, population = opened(tmp_path / "opened")
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(app, ["lab", "attack", str(tmp_path / "empty"), "--population", str(population), *words])
    assert done.exit_code == 1 and said in " ".join(done.stderr.split()) and "Traceback" not in done.output


def test_the_report_judges_what_counts_alone(tmp_path: Path) -> None:
    report = risk_report([HELD, WON, ASIDE], {"entity": "suspect"}, {}, scored=True)
    assert report["strongest"] == {"attack": "fingerprints", "above": 0.298, "holds": False}
    assert risk_report([HELD, ASIDE], {"entity": "suspect"}, {}, scored=True)["strongest"]["holds"] is True
    assert risk_report([ASIDE], {"entity": "suspect"}, {}, scored=True)["strongest"] is None
    write_risk_page(report, tmp_path / "risk.html")
    page = (tmp_path / "risk.html").read_text(encoding="utf-8")
    assert "Does not hold" in page and page.count("NOT HELD") == 1 and percent(0.298) in page


def test_people_are_numbered_alike_on_both_sides() -> None:
    ours, theirs = numbered([["a1"], ["a2", "a3"]], [["b7"], ["a1"], ["b8"]], {"a2": "one", "b8": "one"})
    assert (ours.tolist(), theirs.tolist()) == ([0, 1], [2, 0, 1])


def test_a_share_of_people_is_drawn() -> None:
    assert drawn_people(10, 1.0, np.random.default_rng(1)).tolist() == list(range(10))
    assert [drawn_people(10, share, np.random.default_rng(1)).size for share in (0.5, 0.2, 0.001)] == [5, 2, 1]
