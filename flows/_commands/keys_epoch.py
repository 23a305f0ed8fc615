"""The command that makes an epoch's key, step by step."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Epoch, Json, Profile, run


def contribute(
    profile: Profile,
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="Folder for the sealed contributions, one per owner.")],
    as_json: Json = False,
) -> None:
    """Draw our part of the epoch key, seal it to every owner, and declare our sizes (rounded up)."""

    def step() -> dict[str, int]:
        from flows.owner import contribute_flow
        from linkage.owner.profile import read_owner_profile
        from linkage.protocol.party_profile import unlock

        unlock(read_owner_profile(profile), prompt=True)
        return contribute_flow(str(profile), epoch, str(out))

    run("declared", as_json, step)
