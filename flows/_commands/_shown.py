"""How commands speak: one clear line on failure, tables and counts on success, JSON where a machine reads."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from flows._progress import heard_by
from linkage.protocol.errors import TrilinkError
from linkage.protocol.manifest import TOKEN

console = Console()
errors = Console(stderr=True)

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _epoch(text: str) -> str:
    if not TOKEN.fullmatch(text) or ":" in text:
        raise typer.BadParameter("letters, digits, . _ - only")
    return text


Epoch = Annotated[str, typer.Option(help="Name of the epoch, the same at all parties, for instance 2026-11.", callback=_epoch)]
Profile = Annotated[Path, typer.Argument(help="This party's profile (TOML).", show_default=False)]
Workers = Annotated[int, typer.Option(min=1, help="Work units at once.")]
DEFAULT_WORKERS = os.cpu_count() or 1


@contextmanager
def one_clear_line() -> Iterator[None]:
    """Failures end as one line on the error output and exit code 1."""
    from flows._tasks import StepFailed

    line = ""
    try:
        yield
    except (TrilinkError, StepFailed) as error:
        line = str(error)
    except KeyboardInterrupt:
        line = "interrupted; run the same command again to continue"
    if line:
        errors.print(f"trilink: {line}", style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)


def usage(made: Callable[[], T]) -> T:
    """What was made of the options; words that name a wrong one end as wrong usage, exit code 2."""
    try:
        return made()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def show(counts: Mapping[str, Any], title: str, as_json: bool) -> None:
    """Counts by name, as a table or as JSON."""
    if as_json:
        typer.echo(json.dumps(counts, indent=2, sort_keys=True))
        return
    flat = list(_flat(counts))
    table = Table(title=title, title_justify="left")
    table.add_column("")
    table.add_column("count", justify="right")
    for name, count in flat:
        table.add_row(name, f"{count:,}")
    console.print(table)


def _flat(counts: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name, value in counts.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}: {inner}", count) for inner, count in _flat(value))
        else:
            yield name, value


def run(title: str, as_json: bool, step: Callable[[], Mapping[str, Any]]) -> None:
    """Run a step, show how far it is, then its counts."""
    with one_clear_line():
        with shown_progress():
            counts = step()
        show(counts, title, as_json)


@contextmanager
def shown_progress() -> Iterator[None]:
    """A progress bar with counts on the error output, if that is a terminal; one bar for each kind of work."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as shown:

        def listener(what: str, done: int, total: int) -> None:
            kind = what.split(" (")[0]
            if kind not in bars:
                bars[kind] = shown.add_task(what, total=total)
            shown.update(bars[kind], description=what, completed=done, total=total)

        with heard_by(listener):
            yield
