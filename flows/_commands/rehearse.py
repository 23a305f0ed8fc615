"""The rehearsal: all parties on one machine."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flows._commands._shown import DEFAULT_WORKERS, Json, Workers, console, errors, one_clear_line, shown_progress
from flows._commands.evaluate import show_summary
from flows._engines import Engine
from linkage.protocol.atomic_files import scratch_folder

DEFAULT_AGREEMENT = Path(__file__).resolve().parents[2] / "configs" / "agreement.toml"


def default_agreement() -> Path:
    """The shipped agreement: beside the code in a checkout, inside the package when installed."""
    if DEFAULT_AGREEMENT.is_file():
        return DEFAULT_AGREEMENT
    import linkage

    return Path(linkage.__path__[0]) / "configs" / "agreement.toml"


def rehearse(
    out: Annotated[Path, typer.Option(help="Folder for everything the rehearsal writes.", show_default=False)],
    data: Annotated[Path | None, typer.Option(help="DIR/<owner>/<entity>.csv; without it a small corpus is invented.")] = None,
    agreement: Annotated[Path | None, typer.Option(help="Agreement; its parties are made on the spot.")] = None,
    engine: Annotated[Engine, typer.Option(help="Where partitions are compared.")] = "threads",
    workers: Workers = DEFAULT_WORKERS,
    seed: Annotated[int | None, typer.Option(help="Fix invented data, keys and ids, so that a rehearsal can be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Run three owners (two or more), the unit and the desks on this machine, through the real flows, packages and keys.

    Writes links.csv, clusters.csv, quality.json and scoreboard.json (when DIR/truth.csv is there), timings.json, report.html, packages/ and
    lists/OWNER/linked-cases.html, .csv, .json. A rehearsal holds everybody's secrets: never run it on real cases.

    Example: `trilink rehearse --out run --seed 1`, then open run/report.html.
    """
    from flows._tasks import without_heartbeat
    from flows.rehearsal import rehearsal_flow, rehearsal_remarks

    with one_clear_line():
        source = data or _invented(out, seed)
        with shown_progress(), without_heartbeat():
            links = rehearsal_flow(str(source), str(out), str(agreement or default_agreement()), engine, workers, seed)
        if as_json:
            typer.echo(json.dumps(links, indent=2, sort_keys=True))
        else:
            _show(out, links)
        for line in rehearsal_remarks(out):
            errors.print(line, highlight=False, markup=False, soft_wrap=True)


def _invented(out: Path, seed: int | None) -> Path:
    from linkage.lab.invention import invent
    from linkage.lab.plan import plan

    folder = out / "data"
    if not (folder / "truth.csv").exists():
        out.mkdir(parents=True, exist_ok=True)
        with scratch_folder(out, "data") as scratch:
            invent(scratch / "data", plan("small", None, "typical", 1 if seed is None else seed))
            (scratch / "data").replace(folder)
    return folder


def _show(out: Path, links: dict[str, int]) -> None:
    """Links by country pair, entity type and band, then where to look."""
    bands = sorted({name.split()[3] for name in links})
    table = Table(title="Links between records", title_justify="left")
    for column in ("entity type", "owners"):
        table.add_column(column)
    for band in bands:
        table.add_column(f"band {band}", justify="right")
    for row in sorted({tuple(name.split()[:3]) for name in links}):
        entity, left, right = row
        table.add_row(entity, f"{left} – {right}", *(f"{links.get(f'{entity} {left} {right} {band}', 0):,}" for band in bands))
    console.print(table)
    if (out / "scoreboard.json").exists():
        show_summary(json.loads((out / "scoreboard.json").read_text(encoding="utf-8")))
    for path in [*sorted(out.glob("lists/*/linked-cases.html")), out / "links.csv", out / "report.html"]:
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)
