"""Commands of the lab: data to rehearse on, and the scoreboard."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Json, run
from flows._commands.evaluate import EPILOG, evaluate

app = typer.Typer(no_args_is_help=True, help="Invented and public data in the rehearsal's layout. Never for real work.")
app.command(epilog=EPILOG)(evaluate)

Out = Annotated[Path, typer.Argument(help="Folder to write.", show_default=False)]


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


@app.command(epilog="Example: `trilink lab sample sample --seed 7 --size 1000`")
def sample(
    out: Out,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    size: Annotated[int, typer.Option(min=20, help="Suspects of each country.")] = 400,
    as_json: Json = False,
) -> None:
    """A small invented tri-country corpus with all three entity types; with truth."""

    def step() -> dict[str, int]:
        from linkage.lab.sample import write_sample

        return write_sample(out, seed, size)

    run("written", as_json, step)
