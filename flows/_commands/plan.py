"""The owner's command that plans blocking, and how a plan is shown."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from flows._commands._shown import Json, Profile, console, one_clear_line, shown_progress

EPILOG = "Example: `trilink owner plan-blocking configs/owners/mx.toml --largest 200000`"
COLUMNS = ("pass", "alone", "adds", "all", "only", "postings", "over cap", "met", "MB")
LEGEND = (
    "in %: true pairs met by a pass alone, added to those above it, by all so far, and by no other pass; postings an entity; "
    "postings over the cap, in %; strangers met by an entity; size"
)


def plan_blocking(
    profile: Profile,
    errors: Annotated[
        Path | None, typer.Option(help="How often registers differ (TOML, docs/spec/blocking-plan.md); without it the model that ships.")
    ] = None,
    largest: Annotated[
        int, typer.Option(min=0, help="Records of the largest owner, if that is not us: passes are as fine as it asks.")
    ] = 0,
    sample: Annotated[int, typer.Option(min=100, help="Entities of ours whose counterparts are imagined, about.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same plan.")] = 1,
    as_json: Json = False,
) -> None:
    """Predict from our own tables what each blocking pass finds, shows the unit and costs. Nothing is encoded, nothing leaves."""
    with one_clear_line():
        from flows.planning import plan_blocking_flow

        with shown_progress():
            plans = plan_blocking_flow(str(profile), str(errors) if errors is not None else None, sample, seed, largest)
        if as_json:
            typer.echo(json.dumps(plans, indent=2, sort_keys=True))
            return
        for plan in plans.values():
            _show(plan)


def _show(plan: Mapping[str, Any]) -> None:
    for line in _lines(plan):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=LEGEND, caption_justify="left")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "pass" else "right", no_wrap=True)
    for row in plan["passes"]:
        if row["postings"] or row["over_full"]:
            table.add_row(*_cells(row))
    console.print(table)
    unused = [row["pass"] for row in plan["passes"] if not row["postings"] and not row["over_full"]]
    if unused:
        console.print(f"without a key in this table: {', '.join(unused)}", highlight=False, markup=False, soft_wrap=True)


def _lines(plan: Mapping[str, Any]) -> Iterator[str]:
    low, high = plan["interval"]
    yield f"\n{plan['entity']}: {plan['records']:,} entities, passes for a largest owner of {plan['largest']:,}"
    yield (
        f"true pairs that would meet: {plan['pairs_completeness']:.2%} ({low:.2%} to {high:.2%}, of {plan['sampled']:,} imagined); "
        f"with half the errors {plan['with_half_the_errors']:.2%}, with twice the errors {plan['with_twice_the_errors']:.2%}"
    )
    yield (
        f"package: {plan['postings']:,} postings ({plan['postings_a_record']:.1f} an entity), {plan['filters']:,} filters, "
        f"{plan['bytes'] / 1e6:,.0f} MB, {plan['seconds']:,.0f} processor seconds; {plan['neighbours']:.2f} strangers met by an entity"
    )
    shared = {int(records): count for records, count in plan["tokens_by_records"].items()}
    total, cap = max(sum(shared.values()), 1), plan["token_cap"]
    alone, few = shared.get(1, 0), sum(count for records, count in shared.items() if 1 < records <= cap)
    yield (
        f"tokens: {alone / total:.1%} of one entity, {few / total:.1%} of 2 to {cap}, {1 - (alone + few) / total:.1%} of more, "
        f"which are dropped ({plan['over_full']:.1%} of all postings)"
    )


def _cells(row: Mapping[str, Any]) -> Iterator[str]:
    yield row["pass"]
    yield from (f"{100 * row[name]:.2f}" for name in ("alone", "adds", "together", "lost_without"))
    yield f"{row['postings_a_record']:.2f}"
    yield f"{100 * row['over_full']:.1f}"
    yield f"{row['neighbours']:.2f}"
    yield f"{row['bytes'] / 1e6:,.1f}"
