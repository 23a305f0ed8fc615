"""``trilink owner laboratory``: what laboratories assert of our seizures, as tokens for the joint team."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Epoch, Json, Profile, errors, one_clear_line, show
from linkage.protocol.party_profile import unlock

EPILOG = "Example: `trilink owner laboratory configs/owners/mx.toml --epoch 2026-11 --contributions exchange --out exchange`"


def laboratory(
    profile: Profile,
    epoch: Epoch,
    contributions: Annotated[Path, typer.Option(help="Folder with every owner's contribution to the epoch key.")],
    out: Annotated[Path, typer.Option(help="Folder for the sealed tokens.")],
    as_json: Json = False,
) -> None:
    """Seal which of our seizures laboratories put into one cluster, die or batch, for the seizure report: tokens under the epoch's key."""
    with one_clear_line():
        from flows.owner_laboratory import release_laboratory
        from linkage.owner.profile import read_owner_profile

        unlock(read_owner_profile(profile), prompt=True)
        asserted, sealed = release_laboratory(profile, epoch, contributions, out)
        seizures = {seizure for one in asserted.assertions for seizure in one.seizures}
        show({"assertions": len(asserted.assertions), "seizures": len(seizures), "left out": asserted.left_out}, "sealed", as_json)
        errors.print(f"sealed to the joint team: {sealed}", highlight=False, markup=False, soft_wrap=True)
