"""Commands of the joint team."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows._commands._shown import DEFAULT_WORKERS, Epoch, Json, Profile, Workers, errors, one_clear_line, run
from flows._commands.unit_report import EPILOG as REPORT_EPILOG
from flows._commands.unit_report import report
from flows._engines import Engine
from linkage.protocol.party_profile import unlock

app = typer.Typer(no_args_is_help=True, help="The joint team: link sealed packages, cluster, seal the lists, forget.")
app.command("report", epilog=REPORT_EPILOG)(report)


def _unlock(profile: Path) -> None:
    from flows.unit import read_unit_profile

    unlock(read_unit_profile(profile), prompt=True)


@app.command(epilog="Example: `trilink unit link configs/unit.toml exchange/package.2026-11.*.sealed --epoch 2026-11 --out exchange`")
def link(
    profile: Profile,
    packages: Annotated[list[Path], typer.Argument(help="Sealed packages of two or more owners.", show_default=False)],
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="Folder for the sealed regrouping requests.")],
    engine: Annotated[Engine, typer.Option(help="Where partitions are compared.")] = "threads",
    workers: Workers = DEFAULT_WORKERS,
    dask: Annotated[
        str | None, typer.Option(help="Address of a running Dask scheduler whose workers see our files.", metavar="tcp://HOST:PORT")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify packages, compare what shares a token, and ask the owners to regroup what may match."""

    def step() -> dict[str, Any]:
        from flows.unit import link_flow

        _unlock(profile)
        return link_flow(str(profile), epoch, [str(path) for path in packages], str(out), dask or engine, workers)

    run("linked", as_json, step)


@app.command(epilog="Example: `trilink unit cluster configs/unit.toml answers/*.sealed --epoch 2026-11 --out lists`")
def cluster(
    profile: Profile,
    answers: Annotated[list[Path], typer.Argument(help="The owners' sealed answers.", show_default=False)],
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="Folder for the sealed lists.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Write results/explain.csv: what each comparison adds to a link's weight.")
    ] = False,
    outcomes: Annotated[
        list[Path] | None,
        typer.Option(help="Sealed outcomes of a desk, as often as there are: what people found out about earlier links moves the odds."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide and cluster over all owners, and seal each owner's linked-case list. What to expect of the links: results/quality.json."""

    def step() -> dict[str, Any]:
        from flows.unit import cluster_flow, quality_remarks

        _unlock(profile)
        counts = cluster_flow(
            str(profile), epoch, [str(path) for path in answers], str(out), explain, tuple(str(path) for path in outcomes or ())
        )
        for line in quality_remarks(profile, epoch):
            errors.print(line, highlight=False, markup=False, soft_wrap=True)
        return counts

    run("clustered", as_json, step)


@app.command(epilog="Example: `trilink unit forget configs/unit.toml in/withdrawal.2026-11.*.sealed --epoch 2026-11 --out exchange`")
def forget(
    profile: Profile,
    withdrawals: Annotated[list[Path], typer.Argument(help="Sealed withdrawals.", show_default=False)],
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="Folder for the sealed recalls and the lists that take the place of the earlier ones.")],
    as_json: Json = False,
) -> None:
    """Forget what owners have withdrawn, recall it from those whose lists had it, and seal lists without it."""

    def step() -> dict[str, Any]:
        from flows.unit import forget_flow

        _unlock(profile)
        return forget_flow(str(profile), epoch, [str(path) for path in withdrawals], str(out))

    run("forgotten", as_json, step)


@app.command(epilog="Example: `trilink unit expire configs/unit.toml`")
def expire(profile: Profile, as_json: Json = False) -> None:
    """Delete what was released longer ago than the agreement lets its owner's data be kept; says what it deleted."""

    def step() -> dict[str, Any]:
        from flows.unit import expire_flow

        _unlock(profile)
        return expire_flow(str(profile))

    run("deleted (bytes)", as_json, step)


@app.command(epilog="Example: `trilink unit page configs/unit.toml --epoch 2026-11 --out run.html --language es`")
def page(
    profile: Profile,
    epoch: Epoch,
    out: Annotated[Path, typer.Option(help="File for the page.")],
    language: Annotated[str, typer.Option(help="One of en, es, fr.")] = "en",
) -> None:
    """Show a run on one page: packages, funnel, what to expect of the links at each cut, drift against the epoch before."""
    from linkage.unit.run_page import LANGUAGES

    if language not in LANGUAGES:
        raise typer.BadParameter(f"--language: expected one of {', '.join(LANGUAGES)}")
    with one_clear_line():
        from flows.unit import write_run_page

        write_run_page(profile, epoch, out, language)
        errors.print(f"page: {out}", highlight=False, markup=False, soft_wrap=True)
