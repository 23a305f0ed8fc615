"""``trilink unit report``: the trilateral firearms seizure report."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Json, Profile, errors, run
from linkage.protocol.manifest import TOKEN
from linkage.protocol.party_profile import unlock

EPILOG = "Example: `trilink unit report configs/unit.toml in/seizures.2025.*.sealed --year 2025 --epoch 2026-11 --out report`"


def _epoch(text: str | None) -> str | None:
    if text is not None and (not TOKEN.fullmatch(text) or ":" in text):
        raise typer.BadParameter("letters, digits, . _ - only")
    return text


def report(
    profile: Profile,
    year: Annotated[int, typer.Option(min=1990, max=2200, help="Year of recovery that the report is about.")],
    out: Annotated[Path, typer.Option(help="Folder for the report: HTML and PDF in three languages, JSON.")],
    aggregates: Annotated[
        list[Path] | None, typer.Argument(help="The owners' sealed tables, of any years; those taken in before count too.")
    ] = None,
    epoch: Annotated[
        str | None, typer.Option(help="Epoch whose linkage is reported (T13); none without it.", callback=_epoch, show_default=False)
    ] = None,
    laboratory: Annotated[
        list[Path] | None, typer.Option(help="An owner's sealed laboratory links of that epoch, as often as there are.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the trilateral firearms seizure report: tables T1 to T14, with pictures, from what the owners released and what was linked."""

    if laboratory and epoch is None:
        raise typer.BadParameter("--laboratory: needs the --epoch whose key its tokens are under")

    def step() -> dict[str, int]:
        from flows.unit import read_unit_profile
        from flows.unit_report import report_year

        unlock(read_unit_profile(profile), prompt=True)
        counts, written = report_year(profile, (sorted(aggregates or []), laboratory or []), (year, epoch), out)
        for path in written:
            errors.print(str(path), highlight=False, markup=False, soft_wrap=True)
        return counts

    run("recoveries taken in", as_json, step)
