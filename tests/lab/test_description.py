"""The corpus beside its sources: every row within its range on a smaller corpus, and a planted fault is seen."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from flows.command_line import app
from linkage.lab.alias_kinds import alias_kind
from linkage.lab.corpus_measures import MEASURES
from linkage.lab.description import MARK, Statistic, as_markdown, described
from linkage.lab.draws import table
from linkage.lab.plan import Plan
from linkage.protocol.errors import InvalidSource
from tests.lab.invented import invented


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return invented(tmp_path_factory.mktemp("described") / "data", Plan(4000, 0.05, "typical", seed=9)).path


@pytest.fixture(scope="module")
def rows(corpus: Path) -> list[Statistic]:
    return described(corpus)


def test_every_published_figure_is_measured() -> None:
    assert [row["key"] for row in table("published")] == list(MEASURES)


def test_all_rows_are_within_their_range(rows: list[Statistic]) -> None:
    assert [f"{row.what}: {row.shown}, {row.shown_range}" for row in rows if not row.within] == []
    assert sum(row.share is None for row in rows) == 0


def test_a_planted_fault_is_seen(corpus: Path, tmp_path: Path) -> None:
    """Positive control: a corpus whose Mexican serials were all readable, and whose people all had one birth date."""
    for path in corpus.rglob("*.csv"):
        target = tmp_path / path.relative_to(corpus)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    guns = pd.read_csv(tmp_path / "mx" / "firearm.csv", dtype=str, keep_default_na=False)
    guns.assign(serial_number="ABCD123").to_csv(tmp_path / "mx" / "firearm.csv", index=False)
    found = {row.key: row.within for row in described(tmp_path)}
    assert not found["unusable_army"] and not found["unusable_mx"] and found["unusable_ca"]


def test_what_cannot_be_told_is_said() -> None:
    few = Statistic("x", "x", 1, 3, 0.5, 0.6, "y")
    assert few.share is None and few.within and few.shown == "too few"


def test_three_standard_errors_are_allowed() -> None:
    assert Statistic("x", "x", 60, 100, 0.4, 0.5, "y").within
    assert not Statistic("x", "x", 6000, 10000, 0.4, 0.5, "y").within


def test_no_corpus_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="lab invent"):
        described(tmp_path)


def test_the_document_is_the_table(rows: list[Statistic]) -> None:
    """`docs/corpus.md` holds the same rows, made from the medium corpus by the command that it names."""
    document = (Path(__file__).resolve().parents[2] / "docs" / "corpus.md").read_text(encoding="utf-8")
    lines = as_markdown(rows).splitlines()[2:]
    for row, line in zip(rows, lines, strict=True):
        assert line.startswith(f"| {row.what} |")
        assert f"| {row.what} |" in document and row.source in document
    assert "**no**" not in document


KINDS = [  # given names, first surname, second surname, alias, kind
    ("José Luis", "García", "Peña", "Jose Luis Garcia Pena", "reordered"),
    ("José Luis", "García", "Peña", "García Peña José Luis", "reordered"),
    ("José Luis", "García", "Peña", "José García Peña", "dropped"),
    ("José", "García", "Peña", "José Luis García Peña", "added"),
    ("José", "García", "Peña", "José Garsía Peña", "respelled"),
    ("José", "García", "Peña", "Ramón García Lugo", "same_surname"),
    ("José", "García", "Peña", "José Luna Peña", "surname_replaced"),
    ("José", "García", "Peña", "Ramón Luna Lugo", "different"),
]


@pytest.mark.parametrize(("given", "first", "second", "alias", "kind"), KINDS)
def test_kinds_of_aliases(given: str, first: str, second: str, alias: str, kind: str) -> None:
    assert alias_kind((given, first, second), alias) == kind


def trilink(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_commands(tmp_path: Path) -> None:
    done = trilink("lab", "invent", "--out", tmp_path / "data", "--size", 300, "--seed", 2, "--overlap", 0.04, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["mx suspect"] == 300
    done = trilink("lab", "describe", tmp_path / "data", "--json")
    assert {row["key"] for row in json.loads(done.stdout)} == set(MEASURES)
    assert done.exit_code == (0 if all(row["within"] for row in json.loads(done.stdout)) else 1)
    document = tmp_path / "corpus.md"
    assert "two lines" in trilink("lab", "describe", tmp_path / "data", "--into", document).stderr
    document.write_text(f"before\n\n{MARK}\nold\n{MARK}\n\nafter\n", encoding="utf-8")
    assert "no usable serial" in trilink("lab", "describe", tmp_path / "data", "--into", document).stdout
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text and "| no usable serial in Mexico |" in text
    done = trilink("lab", "invent", "--out", tmp_path / "data", "--noise", "loud")
    assert done.exit_code == 2 and "low, typical, harsh" in done.stderr
    done = trilink("lab", "describe", tmp_path / "nothing")
    assert done.exit_code == 1 and done.stderr.count("\n") == 1
