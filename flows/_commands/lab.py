"""Commands of the lab: data to rehearse on, and the scoreboard."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows._commands._shown import DEFAULT_WORKERS, Json, Workers, console, errors, one_clear_line, run, usage
from flows._commands.attack import EPILOG as ATTACK_EPILOG
from flows._commands.attack import attack
from flows._commands.evaluate import EPILOG, evaluate
from flows._progress import progress

if TYPE_CHECKING:
    from linkage.lab.description import Statistic

app = typer.Typer(no_args_is_help=True, help="Invented and public data in the rehearsal's layout. Never for real work.")
app.command(epilog=EPILOG)(evaluate)
app.command(epilog=ATTACK_EPILOG)(attack)

Out = Annotated[Path, typer.Argument(help="Folder to write.", show_default=False)]


@app.command(epilog="Example: `trilink rehearse --out run && trilink lab desks run desks && trilink desk serve desks/mx/desk.toml`")
def desks(
    rehearsal: Annotated[Path, typer.Argument(help="Folder of a rehearsal that came to its end.", show_default=False)],
    out: Out,
    from_input: Annotated[bool, typer.Option("--password-from-input", help="Read the password from the standard input, one line.")] = False,
    as_json: Json = False,
) -> None:
    """Desks with a rehearsal's lists: a profile for each owner, one account of each role, all with one password that is asked for."""

    def step() -> dict[str, int]:
        from flows._commands._desk import new_password
        from flows.rehearsed_desks import make_desks

        return make_desks(rehearsal, out, new_password(from_input))

    run("links on the desks", as_json, step)


@app.command(epilog="Example: `trilink rehearse --data medium --out run && trilink lab report run --year 2024 --out report`")
def report(
    rehearsal: Annotated[Path, typer.Argument(help="Folder of a rehearsal on an invented corpus.", show_default=False)],
    year: Annotated[int, typer.Option(min=1990, max=2200, help="Year of recovery; the two before it are released too.")],
    out: Annotated[Path, typer.Option(help="Folder for the report, and for the invented tables that it rests on.", show_default=False)],
    as_json: Json = False,
) -> None:
    """The seizure report of a rehearsal, T1 to T14, and how far its published corridors are from the true ones (corridors.YEAR.md)."""

    def step() -> dict[str, dict[str, object]]:
        from flows.rehearsed_report import report_rehearsal

        made = report_rehearsal(rehearsal, out, year)
        for path in made.files:
            errors.print(str(path), highlight=False, markup=False, soft_wrap=True)
        return {one.owner: {name: value for name, value in one._asdict().items() if name != "owner"} for one in made.distortions}

    run("corridors, published beside true", as_json, step)


@app.command(epilog="Example: `trilink lab febrl4 febrl --no-ssn && trilink rehearse --data febrl --out run`")
def febrl4(
    out: Out,
    ssn: Annotated[bool, typer.Option(help="With the social security number.")] = True,
    as_json: Json = False,
) -> None:
    """FEBRL 4: 5,000 invented people at two owners, the second copy with typing errors; with truth."""

    def step() -> dict[str, int]:
        from linkage.lab.febrl4 import write_febrl4

        return write_febrl4(out, ssn)

    run("written", as_json, step)


@app.command(epilog="Example: `trilink lab pseudopeople ../shared/data/pseudopeople people`")
def pseudopeople(
    source: Annotated[Path, typer.Argument(help="Folder with the three files.", show_default=False)],
    out: Out,
    keep_all: Annotated[bool, typer.Option(help="Keep every row of a person, not the first alone.")] = False,
    as_json: Json = False,
) -> None:
    """pseudopeople: simulated people of three registers with different fields and date styles; with truth."""

    def step() -> dict[str, int]:
        from linkage.lab.pseudopeople import write_pseudopeople

        return write_pseudopeople(source, out, keep_all)

    run("written", as_json, step)


@app.command(epilog="Example: `trilink lab invent --out medium --size medium --seed 7 && trilink rehearse --data medium --out run`")
def invent(
    out: Annotated[Path, typer.Option(help="Folder to write.", show_default=False)],
    size: Annotated[
        str, typer.Option(help="small (400), medium (10,000), large (1,000,000) or a number of suspects of each country.")
    ] = "small",
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 1,
    overlap: Annotated[
        float | None, typer.Option(help="Share of an owner's records that two have in common; small 0.22, large 0.02, else 0.05.")
    ] = None,
    noise: Annotated[str, typer.Option(help="Clerical errors: low, typical or harsh.")] = "typical",
    workers: Workers = DEFAULT_WORKERS,
    as_json: Json = False,
) -> None:
    """An invented tri-country world: families, firearms, organizations, cases and seizures; with truth."""

    def step() -> dict[str, int]:
        from linkage.lab.invention import invent as invent_corpus
        from linkage.lab.plan import plan

        return invent_corpus(out, usage(lambda: plan(size, overlap, noise, seed)), workers, progress)

    run("written", as_json, step)


@app.command(epilog="Example: `trilink lab seizures medium --out medium-seizures`")
def seizures(
    data: Annotated[Path, typer.Argument(help="An invented corpus.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for <owner>.csv.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Each invented owner's own table of seizures, for the trilateral report; the corpus stays as it is."""

    def step() -> dict[str, int]:
        from linkage.lab.seizure_tables import write_seizure_tables

        return write_seizure_tables(data, out)

    run("seizures", as_json, step)


@app.command(epilog="Example: `trilink lab describe medium`")
def describe(
    data: Annotated[Path, typer.Argument(help="An invented corpus.", show_default=False)],
    as_json: Json = False,
    into: Annotated[Path | None, typer.Option(help="A document: put the table between its two marks.")] = None,
) -> None:
    """What an invented corpus is like, beside the published figures that it should have. Exit code 1 when a row is outside its range."""
    with one_clear_line():
        from linkage.lab.description import described, put_into

        rows = described(data)
        if as_json:
            typer.echo(json.dumps([row._asdict() | {"within": row.within} for row in rows], indent=2))
        else:
            _show(rows)
        if into:
            put_into(into, rows)
    if not all(row.within for row in rows):
        raise typer.Exit(1)


def _show(rows: "Sequence[Statistic]") -> None:
    table = Table(title="The corpus beside its sources", title_justify="left")
    for name, justify in (("", "left"), ("here", "right"), ("range", "right"), ("within", "left"), ("source", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    for row in rows:
        table.add_row(row.what, row.shown, row.shown_range, "yes" if row.within else "NO", row.source)
    console.print(table)
