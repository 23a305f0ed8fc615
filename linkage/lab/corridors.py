"""The corridors of an invented world beside those that its seizure report publishes: what disclosure control costs a reader, in figures.

True is what the world holds: distinct guns that an owner recovered in the year, by the state of their first sale and the place of recovery.
Between true and published lie copies that the owner's tables still have, thresholds, rounding and complements.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from linkage.protocol.seizure_tables import TOTAL, UNKNOWN, SeizureAggregates

Corridors = Counter[tuple[str, str]]
LARGEST = 10


class Distortion(NamedTuple):
    """Of one owner's published corridors with known ends.

    ``guns``: true recoveries in known corridors; ``corridors``: how many there are; ``shown``: of these published with a count;
    ``guns_shown``: true recoveries in them; ``largest_shown``: how many of the ten largest; ``mean_error``, ``largest_error``: published
    minus true, absolute, where either is above 0; ``total_error``: of all recoveries.
    """

    owner: str
    guns: int
    corridors: int
    shown: int
    guns_shown: int
    largest_shown: int
    mean_error: float
    largest_error: int
    total_error: int | None


class Beside(NamedTuple):
    """One corridor: true count, and what is published; None where it is withheld."""

    owner: str
    source: str
    place: str
    true: int
    published: int | None


def true_corridors(corpus: Path, year: int, code: Callable[[str], str | None]) -> dict[str, Corridors]:
    """By owner: distinct guns of the year by source state and place, as ``code`` writes places; ends that nobody knows are ``unknown``."""
    seizures, truth = (pd.read_csv(corpus / f"{name}.csv", dtype=str, keep_default_na=False) for name in ("seizures", "truth"))
    guns = truth[truth["entity"] == "firearm"].rename(columns={"entity_id": "gun"})[["owner", "record_id", "gun"]]
    named = seizures[seizures["seizure_date"].str.startswith(str(year))].merge(guns, on=["owner", "record_id"], validate="one_to_one")
    named = named.sort_values(["owner", "record_id"])
    places = {place: code(place) or UNKNOWN for place in set(named["region"])}
    found: dict[str, Corridors] = {}
    for owner, table in named.groupby("owner", sort=True):
        known = table.assign(unsure=table["source_state"] == UNKNOWN).sort_values("unsure", kind="stable").drop_duplicates("gun")
        found[str(owner)] = Counter(zip(known["source_state"], known["region"].map(places), strict=True))
    return found


def beside(true: Mapping[str, Corridors], published: Iterable[SeizureAggregates]) -> list[Beside]:
    """Every corridor with known ends that is true or published, by owner, the largest first."""
    rows = []
    for one in published:
        shown = {(cell.row, cell.column): cell.count for cell in one.tables.get("T3", ()) if not {cell.row, cell.column} & {TOTAL, UNKNOWN}}
        names = {name for name in true[one.owner] if UNKNOWN not in name} | set(shown)
        rows += [Beside(one.owner, *name, true[one.owner][name], shown.get(name, 0)) for name in names]
    return sorted(rows, key=lambda row: (row.owner, -row.true, row.source, row.place))


def distortions(rows: Iterable[Beside], true: Mapping[str, Corridors], published: Iterable[SeizureAggregates]) -> list[Distortion]:
    by_owner: dict[str, list[Beside]] = {}
    for row in rows:
        by_owner.setdefault(row.owner, []).append(row)
    return [_distortion(one, by_owner.get(one.owner, []), sum(true[one.owner].values())) for one in published]


def _distortion(one: SeizureAggregates, rows: list[Beside], recovered: int) -> Distortion:
    there = [row for row in rows if row.true]
    shown = [row for row in there if row.published is not None]
    errors = [abs(row.published - row.true) for row in rows if row.published is not None and (row.published or row.true)]
    return Distortion(
        owner=one.owner, guns=sum(row.true for row in there), corridors=len(there), shown=len(shown),
        guns_shown=sum(row.true for row in shown), largest_shown=sum(row.published is not None for row in there[:LARGEST]),
        mean_error=round(sum(errors) / len(errors), 2) if errors else 0.0, largest_error=max(errors, default=0),
        total_error=None if one.recoveries is None else one.recoveries - recovered,
    )  # fmt: skip


def as_markdown(rows: list[Beside], found: list[Distortion], base: int, year: int) -> str:
    """The statement as a page: the distortion of each owner, then every corridor."""
    heads = (
        "owner",
        "guns in known corridors",
        "corridors",
        "of these shown",
        "guns shown",
        "of the ten largest",
        "mean error",
        "largest",
        "total",
    )
    lines = [f"# Corridors of {year}, true and published", "", f"Counts are rounded to multiples of {base}; × is withheld.", ""]
    lines += _table(heads, ([*one[:8], _said(one.total_error)] for one in found))
    lines += ["", *_table(("owner", "source", "place", "true", "published"), ([*row[:4], _said(row.published)] for row in rows)), ""]
    return "\n".join(lines)


def _said(count: int | None) -> str:
    return "×" if count is None else str(count)


def _table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    names = list(heads)
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join('---' for _ in names)} |"]
    return lines + [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
