"""Commands of a national data team."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows._commands._release_shown import show_reports
from flows._commands._shown import Epoch, Json, Profile, console, errors, one_clear_line, run, shown_progress
from flows._commands.owner_laboratory import EPILOG as LABORATORY_EPILOG
from flows._commands.owner_laboratory import laboratory
from flows._commands.owner_report import EPILOG as REPORT_EPILOG
from flows._commands.owner_report import report
from flows._commands.plan import EPILOG, plan_blocking
from linkage.owner.overriding import overriding, read_override
from linkage.owner.profile import read_owner_profile
from linkage.owner.quality_gates import sentence
from linkage.owner.withdrawn import Wish, note_withdrawn
from linkage.protocol.errors import GatesNotMet
from linkage.protocol.ledger_events import GROUNDS
from linkage.protocol.party_profile import unlock

app = typer.Typer(no_args_is_help=True, help="A national data team, at home: check, plan, encode, regroup, resolve, withdraw.")
app.command("plan-blocking", epilog=EPILOG)(plan_blocking)
app.command("report", epilog=REPORT_EPILOG)(report)
app.command("laboratory", epilog=LABORATORY_EPILOG)(laboratory)


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
    override: Annotated[
        Path | None,
        typer.Option(help="File (TOML) with `by` and `reason`: who answers for a release below the gates, and why; for our ledger alone."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Validate, normalise, report, encode and seal every table of the profile; nothing is sealed below the agreement's quality gates."""

    def step() -> dict[str, dict[str, int]]:
        from flows.owner import encode_flow

        _unlock(profile)
        with overriding(read_override(override) if override is not None else None):
            return encode_flow(str(profile), epoch, str(contributions), str(out))

    run("encoded", as_json, step)
    if not as_json:
        home = read_owner_profile(profile).home / "epochs" / epoch
        errors.print(f"release reports: {home}", highlight=False, markup=False, soft_wrap=True)


@app.command(epilog="Example: `trilink owner regroup configs/owners/mx.toml --request request.2026-11.mx.1.sealed --out answer.sealed`")
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


@app.command(epilog="Example: `trilink owner resolve configs/owners/mx.toml --list in/list.2026-11.mx.1.sealed --out linked-cases`")
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
        counts = resolve_flow(str(profile), str(sealed), str(out))
        if counts.get("planted"):
            said = f"ALARM: {counts['planted']} links are about planted records: somebody probes, or shares what it got from us"
            errors.print(said, style="red", highlight=False, markup=False, soft_wrap=True)
        return counts

    run("resolved", as_json, step)


@app.command(
    "prove-row",
    epilog="Example: `trilink owner prove-row configs/owners/mx.toml --epoch 2026-11 --entity suspect --record R-17 --out proof.json`",
)
def prove_row(
    profile: Profile,
    epoch: Epoch,
    entity: Annotated[str, typer.Option(help="Entity type of the package.")],
    record: Annotated[str, typer.Option(help="The record's id in our table.")],
    out: Annotated[Path, typer.Option(help="File for the proof; it names the record and its case.")],
    to: Annotated[str | None, typer.Option("--for", help="The party that is to see it, for the ledger.")] = None,
) -> None:
    """Show which case a record belonged to when its package was sealed. No flow: a record's id is no business of the flow engine's."""
    with one_clear_line():
        from flows._noted import noted
        from flows.owner import open_owner
        from linkage.owner.committed_rows import prove_row as prove

        _unlock(profile)
        own, agreement = open_owner(profile)
        with noted(own, agreement, "disclose") as ledger:
            rows = prove(own, ledger, (epoch, entity), (record, to), out, datetime.now(UTC))["rows"]
        console.print(f"{out}: one of {rows:,} rows opened", markup=False, highlight=False, soft_wrap=True)


Lists = Annotated[list[Path] | None, typer.Option("--lists", help="Folder of a resolved list; may be repeated.", show_default=False)]


@app.command(
    epilog='Example: `trilink owner withdraw configs/owners/mx.toml --record A-1077 --reason "court order 12/2026" --out exchange`'
)
def withdraw(
    profile: Profile,
    reason: Annotated[str, typer.Option(help="Why; stays at home.")],
    out: Annotated[Path, typer.Option(help="Folder for the sealed messages to the joint team.")],
    record: Annotated[list[str] | None, typer.Option(help="Id of a record; may be repeated.", show_default=False)] = None,
    case: Annotated[list[str] | None, typer.Option(help="Id of a case, with all its records; may be repeated.", show_default=False)] = None,
    entity: Annotated[str, typer.Option(help="Entity type of the records; any where it is not said.")] = "",
    ground: Annotated[str, typer.Option(help=f"For the ledger, one of {', '.join(GROUNDS)}.")] = "other",
    as_json: Json = False,
) -> None:
    """Take records or cases back: they are released no more, and the joint team is told to forget and recall them.

    The ledger has how many, and on which ground, never which. The same command again goes on where it was stopped.
    """
    wishes = [*(Wish("record", name, entity) for name in record or []), *(Wish("case", name) for name in case or [])]
    if not wishes:
        raise typer.BadParameter("expected one or more of --record and --case")
    if ground not in GROUNDS:
        raise typer.BadParameter(f"--ground: expected one of {', '.join(GROUNDS)}")

    def step() -> dict[str, int]:
        from flows.owner import at_home, withdraw_flow

        _unlock(profile)
        with at_home(profile, "withdraw") as owner:
            note_withdrawn(owner, wishes, reason, ground)
        return withdraw_flow(str(profile), str(out))

    run("withdrawn", as_json, step)


@app.command(epilog="Example: `trilink owner acknowledge configs/owners/us.toml --recall in/recall.2026-11.us.1.sealed --out exchange`")
def acknowledge(
    profile: Profile,
    recall: Annotated[Path, typer.Option(help="The joint team's sealed recall.")],
    out: Annotated[Path, typer.Option(help="Folder for the sealed acknowledgement to the owner that withdrew.")],
    lists: Lists = None,
    as_json: Json = False,
) -> None:
    """Take links that another owner has withdrawn off our lists, and tell that owner so."""

    def step() -> dict[str, int]:
        from flows.owner import acknowledge_flow

        _unlock(profile)
        return acknowledge_flow(str(profile), str(recall), str(out), [str(folder) for folder in lists or []])

    run("recalled", as_json, step)


@app.command(epilog="Example: `trilink owner withdrawals configs/owners/mx.toml in/acknowledgement.*.sealed`")
def withdrawals(
    profile: Profile,
    acknowledgements: Annotated[list[Path] | None, typer.Argument(help="Sealed acknowledgements to take in.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Show our withdrawals: how many links were recalled from whom, and who has acknowledged."""

    def step() -> dict[str, Any]:
        from flows.owner import withdrawals_flow

        _unlock(profile)
        return withdrawals_flow(str(profile), [str(path) for path in acknowledgements or []])

    run("withdrawals", as_json, step)


@app.command(epilog="Example: `trilink owner expire configs/owners/mx.toml --lists linked-cases`")
def expire(profile: Profile, lists: Lists = None, as_json: Json = False) -> None:
    """Delete crosswalks and notes of epochs whose agreed days are over, and resolved lists that expired; says what it deleted."""

    def step() -> dict[str, int]:
        from flows.owner import expire_flow

        _unlock(profile)
        return expire_flow(str(profile), [str(folder) for folder in lists or []])

    run("deleted (bytes)", as_json, step)
