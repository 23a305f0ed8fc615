"""``trilink lab attack``: the lab's attacks on one package, on one page."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from flows._commands._shown import Json, console, one_clear_line, shown_progress
from flows._commands.rehearse import default_agreement
from flows._progress import progress

if TYPE_CHECKING:
    from flows._attacked import Aim
    from linkage.lab.attacks.findings import Attacked

EPILOG = "Example: `trilink lab attack run --owner mx --entity suspect --population run/data/mx/suspect.csv --page risk.html`"
ATTACKS = 21  # about, for the progress bar


def attack(
    package: Annotated[Path, typer.Argument(help="A rehearsal's folder, or a folder of one opened package.", show_default=False)],
    population: Annotated[Path, typer.Option(help="The people whom the attacker holds in clear: a CSV in the rehearsal's layout.")],
    entity: Annotated[str, typer.Option(help="Entity type of the package.")] = "suspect",
    owner: Annotated[str, typer.Option(help="Of a rehearsal: whose package.")] = "mx",
    truth: Annotated[
        Path | None, typer.Option(help="truth.csv, where the population is another list of the same people.", show_default=False)
    ] = None,
    share: Annotated[float, typer.Option(min=0.001, max=1.0, help="Share of the population that the attacker holds.")] = 1.0,
    agreement: Annotated[Path | None, typer.Option(help="Of an opened package: the agreement.", show_default=False)] = None,
    page: Annotated[Path | None, typer.Option(help="Write the report as one HTML page as well.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 1,
    as_json: Json = False,
) -> None:
    """What of a package a unit could find out about people whom it knows in clear: every attack of the lab, scored.

    A rehearsal's folder has the opened package, the crosswalk that scores the attacks, and the key for the last one. An opened package
    alone has no truth: the population stands for it, and figures are estimates. Exit code 1 when the strongest attack is above the aim.
    """
    with one_clear_line():
        from flows._attacked import Aim, attack_opened, attack_rehearsal
        from linkage.lab.attacks.risk_page import risk_report, write_risk_page

        aim, rehearsed = Aim(entity, owner, population, truth, share, seed), (package / "rehearsal.json").is_file()
        with shown_progress():
            if rehearsed:
                attacked, seen = attack_rehearsal(package, aim), dict[str, float]()
            else:
                attacked, seen = attack_opened(package, agreement or default_agreement(), aim)
            found = _findings(attacked, seed)
        report = risk_report(found, _about(aim, attacked, rehearsed), seen, scored=rehearsed)
        if page is not None:
            write_risk_page(report, page)
        if as_json:
            typer.echo(json.dumps(report, indent=2))
        else:
            _show(report)
    if report["strongest"] and not report["strongest"]["holds"]:
        raise typer.Exit(1)


def _findings(attacked: "Attacked", seed: int) -> list[Any]:
    from linkage.lab.attacks.findings import findings

    done: list[str] = []

    def tell(name: str) -> None:
        done.append(name)
        progress("attack", len(done), max(ATTACKS, len(done)))

    return list(findings(attacked, seed, tell))


def _about(aim: "Aim", attacked: "Attacked", rehearsed: bool) -> dict[str, Any]:
    import numpy as np

    counts = {
        "postings": f"{len(attacked.target.postings):,}",
        "people": f"{np.unique(attacked.target.entities).size:,}",
        "known_people": f"{np.unique(attacked.known.entities).size:,}",
    }
    return {"entity": aim.entity, "owner": aim.owner if rehearsed else "unknown", **counts, "share_of_population": aim.share}


def _show(report: Mapping[str, Any]) -> None:
    table = Table(title=", ".join(f"{name.replace('_', ' ')} {value}" for name, value in report["about"].items()), title_justify="left",
                  box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)  # fmt: skip
    for name in ("attack", "of", "right", "chance", "above", "aim"):
        table.add_column(name, justify="left" if name in ("attack", "of", "aim") else "right")
    for one in report["findings"]:
        table.add_row(*_row(one, report["aim"]))
    console.print(table)
    for name, count in report["seen"].items():
        _say(f"the opened package: {name} {count:,}")
    if not report["scored"]:
        _say("estimated: no crosswalk there, the population stood for the package under another key")
    if report["strongest"]:
        most = report["strongest"]
        _say(f"strongest: {most['attack']}, {most['above']:.2%} above chance; aim {report['aim']:.0%}, {_verdict(most['holds'])}")


def _row(one: Mapping[str, Any], aim: float) -> list[str]:
    if one["of"] == "coefficient":
        return [one["attack"], one["of"], f"{one['share']:.3f}", "", "", ""]
    shares = [f"{one[name]:.2%}" for name in ("share", "chance", "above")]
    return [one["attack"], one["of"], *shares, _verdict(one["above"] <= aim) if one["counts"] else ""]


def _verdict(holds: bool) -> str:
    return "held" if holds else "NOT HELD"


def _say(line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
