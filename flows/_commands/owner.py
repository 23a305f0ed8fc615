"""Commands of a national data team."""

from pathlib import Path
from typing import Annotated

import typer

from flows._commands._release_shown import show_reports
from flows._commands._shown import Epoch, Json, Profile, errors, one_clear_line, run, shown_progress
from flows._commands.plan import EPILOG, plan_blocking
from linkage.owner.overriding import Override, overriding
from linkage.owner.profile import read_owner_profile
from linkage.owner.quality_gates import sentence
from linkage.protocol.errors import GatesNotMet
from linkage.protocol.party_profile import unlock

app = typer.Typer(no_args_is_help=True, help="A national data team, at home: check, plan, encode, regroup, resolve.")
app.command("plan-blocking", epilog=EPILOG)(plan_blocking)


def _unlock(profile: Path) -> None:
    """Ask for the passphrase before a flow begins, so that it is no parameter of anything."""
    unlock(read_owner_profile(profile), prompt=True)


@app.command(epilog="Example: `trilink owner check configs/owners/mx.toml --out check`")
def check(
    profile: Profile,
    out: Annotated[Path | None, typer.Option(help="Folder for the pages, JSON and quarantine lists.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Validate every table of the profile, without encoding: what was understood, doubtful, refused, and what a package would show."""
    with one_clear_line():
        from flows.owner import check_flow

        with shown_progress():
            reports = check_flow(str(profile), str(out) if out is not None else None)
        show_reports(reports, as_json)
        failed = {entity: report["gates_not_met"] for entity, report in reports.items() if report["gates_not_met"]}
        if failed:
            said = "; ".join(f"{entity}: {sentence(gates)}" for entity, gates in failed.items())
            raise GatesNotMet(f"quality gates of the agreement are not met: {said}")


@app.command(epilog="Example: `trilink owner encode configs/owners/mx.toml --epoch 2026-11 --contributions exchange --out exchange`")
def encode(
    profile: Profile,
    epoch: Epoch,
    contributions: Annotated[Path, typer.Option(help="Folder with every owner's contribution to the epoch key.")],
    out: Annotated[Path, typer.Option(help="Folder for the sealed packages.")],
    override_by: Annotated[str | None, typer.Option(help="Who answers for a release below the quality gates, by name.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is sealed all the same; both go into the owner's ledger alone.")] = None,
    as_json: Json = False,
) -> None:
    """Validate, normalise, report, encode and seal every table of the profile; nothing is sealed below the agreement's quality gates."""
    if (override_by is None) != (reason is None):
        raise typer.BadParameter("--override-by and --reason go together")

    def step() -> dict[str, dict[str, int]]:
        from flows.owner import encode_flow

        _unlock(profile)
        answered = Override(override_by, reason) if override_by is not None and reason is not None else None
        with overriding(answered):
            return encode_flow(str(profile), epoch, str(contributions), str(out))

    run("encoded", as_json, step)
    if not as_json:
        home = read_owner_profile(profile).home / "epochs" / epoch
        errors.print(f"release reports: {home}", highlight=False, markup=False, soft_wrap=True)


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
