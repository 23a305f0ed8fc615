"""The command that gives epochs of earlier releases the agreement that they were begun under."""

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Json, Profile, console, one_clear_line
from flows._parties import profile_and_agreement
from linkage.protocol.agreement import Agreement, read_agreement
from linkage.protocol.errors import TrilinkError
from linkage.protocol.kept_agreement import adopt
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile, unlock


def keep(
    profile: Profile,
    agreement: Annotated[Path, typer.Argument(help="The agreement (TOML) that the epochs were begun under.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Keep an agreement in the epochs that an earlier release began under it, so that they can be withdrawn from after the next one.

    Epochs begun now keep theirs by themselves. Run it once after the upgrade with the agreement in force, and with the former
    one for the epochs of its time. What the epoch's own files name decides; nothing that is kept is replaced.
    """
    with one_clear_line():
        party, _ = profile_and_agreement(profile)
        said = _adopted(party, read_agreement(agreement))
        if as_json:
            typer.echo(json.dumps(said, indent=2, sort_keys=True))
            return
        for epoch, what in said.items() or {"no epoch": "at home"}.items():
            console.print(f"{epoch}: {what}", markup=False, highlight=False, soft_wrap=True)


def _adopted(party: PartyProfile, agreement: Agreement) -> dict[str, str]:
    """The unit's runs name their agreement in clear, an owner's crosswalks are opened."""
    if party.format == UNIT_FORMAT:
        from linkage.unit.state import begun_under

        return adopt(party.home, agreement, partial(begun_under, agreement))
    if party.party not in agreement.owners:
        raise TrilinkError(f"{party.party} is no owner in this agreement: take the one of the epoch's time")
    from linkage.owner.crosswalk import made_under

    return adopt(party.home, agreement, partial(made_under, agreement, by=unlock(party, prompt=True), now=datetime.now(UTC)))
