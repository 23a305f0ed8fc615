"""What the others refused of ours."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flows._commands._shown import Json, Profile, console, one_clear_line
from flows._noted import noted
from flows._parties import profile_and_agreement
from linkage.protocol.party_profile import unlock
from linkage.protocol.refusal import read_refusals


def refusals(
    profile: Profile,
    inbox: Annotated[Path, typer.Argument(help="Folder into which refusals were delivered.", show_default=False)],
    sent: Annotated[list[Path] | None, typer.Option(help="Outbox with what we sent, to name the refused files; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Show which of our sealed files others have refused, why, and what to do. Exit code 0 also when there are some.

    Example: `trilink refusals configs/owners/mx.toml inbox --sent outbox`
    """
    with one_clear_line():
        party, agreement = profile_and_agreement(profile)
        files = [path for folder in sent or () for path in sorted(folder.glob("*.sealed"))]
        keys = unlock(party, prompt=True)
        with noted(party, agreement, "refusals"):
            found = read_refusals(inbox, keys, agreement, datetime.now(UTC), files)
        if as_json:
            typer.echo(json.dumps([asdict(one) | {"advice": one.advice()} for one in found], indent=2))
            return
        table = Table("refused by", "kind", "file", "why", "what to do", title="refused", title_justify="left")
        for one in found:
            table.add_row(one.by, one.kind, one.file or "not in the outbox", one.code, one.advice())
        console.print(table)
