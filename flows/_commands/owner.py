"""Commands of a national data team."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._shown import Epoch, Json, Profile, run
from linkage.owner.profile import read_owner_profile
from linkage.protocol.party_profile import unlock

app = typer.Typer(no_args_is_help=True, help="A national data team, at home: encode, regroup, resolve.")


def _unlock(profile: Path) -> None:
    """Ask for the passphrase before a flow begins, so that it is no parameter of anything."""
    unlock(read_owner_profile(profile), prompt=True)


@app.command(epilog="Example: `trilink owner encode configs/owners/mx.toml --epoch 2026-11 --contributions exchange --out exchange`")
def encode(
    profile: Profile,
    epoch: Epoch,
    contributions: Annotated[Path, typer.Option(help="Folder with every owner's contribution to the epoch key.")],
    out: Annotated[Path, typer.Option(help="Folder for the sealed packages.")],
    as_json: Json = False,
) -> None:
    """Validate, normalise, encode and seal every table of the profile."""

    def step() -> dict[str, dict[str, int]]:
        from flows.owner import encode_flow

        _unlock(profile)
        return encode_flow(str(profile), epoch, str(contributions), str(out))

    run("encoded", as_json, step)


@app.command(epilog="Example: `trilink owner regroup configs/owners/mx.toml --request request.sealed --out answer.sealed`")
def regroup(
    profile: Profile,
    request: Annotated[Path, typer.Option(help="The unit's sealed request.")],
    out: Annotated[Path, typer.Option(help="File for the sealed answer.")],
    as_json: Json = False,
) -> None:
    """Tell the unit which of its linked postings are one record; this is the release decision."""

    def step() -> dict[str, int]:
        from flows.owner import regroup_flow

        _unlock(profile)
        return regroup_flow(str(profile), str(request), str(out))

    run("regrouped", as_json, step)


@app.command(epilog="Example: `trilink owner resolve configs/owners/mx.toml --list in/list.2026-11.mx.sealed --out linked-cases`")
def resolve(
    profile: Profile,
    sealed: Annotated[Path, typer.Option("--list", help="The unit's sealed list.")],
    out: Annotated[Path, typer.Option(help="Folder for linked-cases.csv, .json and .html.")],
    as_json: Json = False,
) -> None:
    """Open our linked-case list and put our own references in the place of pseudonyms."""

    def step() -> dict[str, int]:
        from flows.owner import resolve_flow

        _unlock(profile)
        return resolve_flow(str(profile), str(sealed), str(out))

    run("resolved", as_json, step)
