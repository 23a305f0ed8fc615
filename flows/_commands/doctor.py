"""The doctor: what is well on this machine and at this party, what is not, and what to do next."""

import json
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Json, console
from flows._doctor.findings import Finding
from flows._doctor.installation import installation
from flows._doctor.party import party
from flows._doctor.services import services

STYLES = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    profile: Annotated[
        Path | None, typer.Argument(help="A party's profile: owner, unit or desk. Without it the installation alone.", show_default=False)
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="Dask scheduler that the unit is to use.", metavar="tcp://HOST:PORT", envvar="DASK_SCHEDULER_ADDRESS")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say of each thing whether it is well, and what to do where it is not. Changes nothing; shows no secret and no value.

    Exit code 1 when something fails; warnings alone end with 0. Example: `trilink doctor configs/owners/mx.toml`
    """
    findings: list[Finding] = []
    for found in chain(installation(), party(profile, datetime.now(UTC)) if profile else (), services(dask)):
        findings.append(found)
        if not as_json:
            _show(found)
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in findings], indent=2))
    if any(one.state == "fail" for one in findings):
        raise typer.Exit(1)


def _show(found: Finding) -> None:
    console.print(f"{found.state:4}", style=STYLES[found.state], end=" ", highlight=False)
    console.print(f"{found.check}: {found.said}", markup=False, highlight=False, soft_wrap=True)
    if found.todo:
        console.print(f"     -> {found.todo}", markup=False, highlight=False, soft_wrap=True)
