"""``trilink owner report``: what of our table of seizures leaves for the trilateral report, shown before it is sealed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from flows._commands._shown import Json, Profile, console, errors, one_clear_line, shown_progress
from linkage.protocol.party_profile import unlock
from linkage.protocol.seizure_tables import TABLES, TOTAL, WORDS, SeizureAggregates

if TYPE_CHECKING:
    from linkage.owner.seizures import Recoveries

EPILOG = "Example: `trilink owner report configs/owners/mx.toml --year 2025`, then again with `--out exchange`"


def report(
    profile: Profile,
    year: Annotated[int, typer.Option(min=1990, max=2200, help="Year of recovery.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the sealed tables; without it they are only shown.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Count our seizures of a year for the trilateral report, withhold and round what could tell of a case, show it, and seal it.

    A year is released once; again only when what has changed since is of enough cases.
    """
    with one_clear_line():
        from flows.owner_report import release_year
        from linkage.owner.profile import read_owner_profile

        owner = read_owner_profile(profile)
        unlock(owner, prompt=True)
        with shown_progress():
            aggregates, recoveries, sealed = release_year(profile, year, out)
        if as_json:
            typer.echo(aggregates.model_dump_json(indent=2))
        else:
            _show(aggregates, owner.language)
        _remark(recoveries, aggregates)
        said = (
            f"sealed to the joint team: {sealed}" if sealed else "nothing was sealed; with --out FOLDER these tables leave, and no others"
        )
        errors.print(said, highlight=False, markup=False, soft_wrap=True)


def _show(aggregates: SeizureAggregates, language: str) -> None:
    """Tables without columns as they leave; of the others their totals."""
    for name, rule in TABLES.items():
        cells = [cell for cell in aggregates.tables.get(name, []) if cell.column == TOTAL]
        shown = Table(title=f"{name}: {rule.rows.replace('_', ' ')}", title_justify="left")
        shown.add_column("")
        shown.add_column("recoveries", justify="right")
        for cell in cells:
            words = WORDS.get(rule.rows, {}).get(cell.row)
            shown.add_row(words[language] if words else cell.row, "withheld" if cell.count is None else f"{cell.count:,}")
        if cells:
            console.print(shown)


def _remark(recoveries: "Recoveries", aggregates: SeizureAggregates) -> None:
    """What was not understood or left out, and how much is withheld."""
    cells = [cell for table in aggregates.tables.values() for cell in table]
    hidden = sum(cell.count is None for cell in cells)
    lines = [f"{recoveries.read:,} rows read; {hidden:,} of {len(cells):,} cells withheld"]
    lines += [f"{count:,} cells of {field} not understood, counted as unknown" for field, count in recoveries.not_understood.items()]
    lines += [f"{count:,} rows left out: {reason}" for reason, count in recoveries.left_out.items()]
    if aggregates.recoveries is None:
        lines.append("too few cases or agencies for any table: the release says no more than that")
    for line in lines:
        errors.print(line, highlight=False, markup=False, soft_wrap=True)
