"""``trilink lab evaluate``: a rehearsal's links against the truth, once more; and how a scoreboard is shown in a terminal."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
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


def show_summary(board: Measures) -> None:
    """After a rehearsal: warnings, and one line of figures for each entity type; all else is on the page."""
    _warn(board)
    _table(f"Against the truth, {_decision(board)}", ("entity type", "true pairs", *QUALITY, "complete"), [
        (entity, _count(found["true_pairs"]), *_quality(found["default"]), _share(found["pairs_completeness"]))
        for entity, found in board["entities"].items()
    ])  # fmt: skip


def show_scoreboard(board: Measures) -> None:
    """Warnings first, then figures at the default decision with their intervals, by owners and slice; plots are on the page."""
    _warn(board)
    entities: Measures = board["entities"]
    for entity, measures in entities.items():
        rows = [("all", measures), *measures["by_owner_pair"].items()]
        _table(f"{entity}: {_decision(board)}", ("owners", "true", *QUALITY, "complete"), [
            (name, _count(found["true_pairs"]), *_quality(found["default"]), _share(found["pairs_completeness"])) for name, found in rows
        ])  # fmt: skip
        _table(f"{entity}: slices ({board['traits_from']})", ("slice", "true", *QUALITY, "others"), [
            (trait.replace("_", " "), _count(both["within"]["true_pairs"]), *_quality(both["within"]), _share(both["others"]["f1"]))
            for trait, both in measures["slices"].items()
        ])  # fmt: skip
    _table("Clusters and probabilities", ("entity type", "exact", "split", "merging", "B-cubed F1", "Brier"),
           [_clusters(entity, measures) for entity, measures in entities.items()])  # fmt: skip
    _table("The unit's own estimates, and the truth", ("entity type", "matches", "precision", "recall"),
           [_estimates(entity, measures) for entity, measures in entities.items()])  # fmt: skip


def _warn(board: Measures) -> None:
    for warning in board["warnings"]:
        console.print(f"! {warning['text']}", style="bold red", markup=False, highlight=False, soft_wrap=True)


def _decision(board: Measures) -> str:
    return f"band {board['default_decision']} and surer, 95 % intervals"


QUALITY = ("links", "precision", "recall", "F1")


def _quality(found: Measures) -> list[str]:
    return [_count(found["links"]), *(_ranged(found[name], found[f"{name}_interval"]) for name in ("precision", "recall", "f1"))]


def _clusters(entity: str, measures: Measures) -> list[str]:
    clusters = measures["clusters"]
    shares = (_share(clusters[f"{name}_share"]) for name in ("exact", "under_merged", "over_merged"))
    return [entity, *shares, _share(clusters["b_cubed"]["f1"]), _share(measures["calibration"]["brier"])]


def _estimates(entity: str, measures: Measures) -> list[str]:
    said = measures["estimates"]
    pairs = [f"{_share(said[name]['estimate'])}, {_share(said[name]['truth'])}" for name in ("precision", "recall")]
    return [entity, f"{_count(said['matches']['estimate'])}, {_count(said['matches']['truth'])}", *pairs]


def _table(title: str, columns: tuple[str, ...], rows: list[Any]) -> None:
    """Names to the left, figures to the right; nothing without rows."""
    if not rows:
        return
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 0), pad_edge=False, show_edge=False)
    for column in columns:
        named = column in ("entity type", "owners", "slice")
        table.add_column(column, justify="left" if named else "right", no_wrap=named)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"


def _count(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def _ranged(value: float | None, interval: list[float] | None) -> str:
    return _share(value) if interval is None else f"{_share(value)}\n{interval[0]:.2f}–{interval[1]:.2f}"
