"""The command that makes an epoch's key, step by step."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows._commands._shown import Epoch, Json, Profile, console, one_clear_line, shown_progress
from linkage.protocol.spoken import grouped

if TYPE_CHECKING:  # importing it takes Prefect's seconds
    from linkage.owner.epoch_key import Standing

Starts = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, if we say it.", show_default=False)]
Ends = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, if we say it.", show_default=False)]

SAID = {
    "committed": "Committed. Send the commitment files to the other owners.",
    "shown": "All have committed; our contribution is shown. Send the contribution files to the other owners.",
    "ready": "Ready: every contribution is in and opens its commitment.",
}


def contribute(
    profile: Profile,
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="Folder for the sealed files to the other owners.")],
    inbox: Annotated[Path | None, typer.Option(help="Folder in which theirs arrive; --out unless given.", show_default=False)] = None,
    starts: Starts = None,
    ends: Ends = None,
    as_json: Json = False,
) -> None:
    """Take the next step to the epoch's key; run it again when files have arrived, until it says ready.

    First our commitment and our sizes (rounded up) are sealed to every owner. When all have committed, our contribution is. When all
    contributions are in they are checked. The dates are those of whoever began, unless --starts and --ends say them: both days included.
    """
    with one_clear_line():
        from flows.owner import contribute_flow
        from linkage.owner.profile import read_owner_profile
        from linkage.protocol.party_profile import unlock

        unlock(read_owner_profile(profile), prompt=True)
        days = [day.date().isoformat() if day else None for day in (starts, ends)]
        with shown_progress():
            standing = contribute_flow(str(profile), epoch, str(inbox or out), str(out), *days)
        _show(standing, as_json)


def _show(standing: "Standing", as_json: bool) -> None:
    declared = standing.declared.body()
    if as_json:
        told = {"step": standing.step, "awaited": standing.awaited, "key_check_value": standing.check, **declared}
        typer.echo(json.dumps(told, indent=2, sort_keys=True))
        return
    sizes = ", ".join(f"{entity} {size:,}" for entity, size in declared["declared_sizes"].items())
    lines = [SAID[standing.step], f"epoch {standing.declared.dates}; our declared sizes: {sizes}"]
    if standing.awaited:
        lines.append(f"awaited from {', '.join(standing.awaited)}; then run this again")
    if standing.check:
        lines.append(f"key check value {grouped(standing.check)}  the same at every owner")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
