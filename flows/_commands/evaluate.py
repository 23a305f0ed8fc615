"""``trilink lab evaluate``: a rehearsal's links against the truth, once more; and how a scoreboard is shown in a terminal."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from flows._commands._shown import Json, console, one_clear_line
from linkage.protocol.errors import TrilinkError

Measures = Mapping[str, Any]
UNKNOWN = "–"
EPILOG = "Example: `trilink lab evaluate run`, after `trilink rehearse --data DIR --out run` with a DIR/truth.csv."


def evaluate(
    out: Annotated[Path, typer.Argument(help="Folder of a finished rehearsal.", show_default=False)],
    data: Annotated[Path | None, typer.Option(help="The data it ran on, if they were moved since.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Measure links.csv and clusters.csv of a rehearsal against the truth, as they lie there.

    Writes scoreboard.json, quality.json and report.html again; `--json` prints the scoreboard.
    """
    with one_clear_line():
        from flows._rehearsed import write_scoreboard
        from flows.rehearsal import EPOCH
        from linkage.lab.report import write_report

        board = write_scoreboard(out, data or _rehearsed_data(out), EPOCH)
        write_report(out)
        if as_json:
            typer.echo(json.dumps(board, indent=2, sort_keys=True))
        else:
            show_scoreboard(board)
            console.print(str(out / "report.html"), markup=False, highlight=False, soft_wrap=True)


def _rehearsed_data(out: Path) -> Path:
    """The data's folder as the rehearsal noted it."""
    noted = out / "rehearsal.json"
    problem = ""
    try:
        return Path(json.loads(noted.read_text(encoding="utf-8"))["data"])
    except OSError:
        problem = "no rehearsal.json there"
    except (ValueError, KeyError, TypeError):
        problem = "rehearsal.json does not say which data it ran on"
    raise TrilinkError(f"{out}: not a rehearsal's folder ({problem})")


def show_scoreboard(board: Measures) -> None:
    """Warnings first, then figures at the default decision with their intervals; all else is on the page."""
    for warning in board["warnings"]:
        console.print(f"! {warning['text']}", style="bold red", markup=False, highlight=False, soft_wrap=True)
    entities: Measures = board["entities"]
    decision = f"at the default decision (band {board['default_decision']} and surer), with 95 % intervals"
    rows = [(entity, name, found) for entity, measures in entities.items()
            for name, found in [("all", measures), *measures["by_owner_pair"].items()]]  # fmt: skip
    _table(f"Against the truth, {decision}", ("entity type", "owners", "true pairs", "completeness", *QUALITY), [
        (entity, name, _count(found["true_pairs"]), _share(found["pairs_completeness"]), *_quality(found["default"]))
        for entity, name, found in rows
    ])  # fmt: skip
    slices = [(entity, trait, both["within"], both["others"]) for entity, measures in entities.items()
              for trait, both in measures["slices"].items()]  # fmt: skip
    _table(f"Slices (traits: {board['traits_from']})", ("entity type", "slice", "true pairs", *QUALITY, "F1 of the others"), [
        (entity, trait, _count(within["true_pairs"]), *_quality(within), _share(others["f1"])) for entity, trait, within, others in slices
    ])  # fmt: skip
    _table("Clusters, probabilities, and the unit's own estimates (estimate, truth)",
           ("entity type", "found exactly", "split", "merging", "B-cubed F1", "Brier", "matches", "precision", "recall"),
           [_summary(entity, measures) for entity, measures in entities.items()])  # fmt: skip


QUALITY = ("links", "precision", "recall", "F1")


def _quality(found: Measures) -> list[str]:
    return [_count(found["links"]), *(_ranged(found[name], found[f"{name}_interval"]) for name in ("precision", "recall", "f1"))]


def _summary(entity: str, measures: Measures) -> list[str]:
    clusters, said = measures["clusters"], measures["estimates"]
    shares = (_share(clusters[f"{name}_share"]) for name in ("exact", "under_merged", "over_merged"))
    pairs = [f"{_share(said[name]['estimate'])}, {_share(said[name]['truth'])}" for name in ("precision", "recall")]
    matches = f"{_count(said['matches']['estimate'])}, {_count(said['matches']['truth'])}"
    return [entity, *shares, _share(clusters["b_cubed"]["f1"]), _share(measures["calibration"]["brier"]), matches, *pairs]


def _table(title: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    """Names to the left, figures to the right; nothing without rows."""
    if not rows:
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in ("entity type", "owners", "slice") else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}"


def _count(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _ranged(value: float | None, interval: list[float] | None) -> str:
    return _share(value) if interval is None else f"{_share(value)} ({interval[0]:.3f}–{interval[1]:.3f})"
