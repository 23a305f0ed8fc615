"""From recoveries to the cells of a table that may leave: counted, thresholds applied, rounded, complemented, audited.

The rules of this room:
1. A count above 0 rests on enough cases and agencies, and no case has too large a part of it; else it is withheld.
2. Rows that are the owner's words (``listed``) are never withheld: what is too rare joins ``other``, until ``other`` may be shown too.
3. A cell is drawn for once: its rounding depends on the owner's secret, the year, the table and the cell alone.
4. What was withheld in an earlier release of the year stays withheld, and a word that was not listed stays unlisted.
5. Nothing leaves that the audit can undo.
"""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from linkage.protocol.controlled_rounding import rounded_alone
from linkage.protocol.released_counts import released
from linkage.protocol.report_draws import Draws
from linkage.protocol.report_rules import ReportRule
from linkage.protocol.seizure_tables import OTHER, TABLES, TOTAL, Cell, TableRule

CellName = tuple[str, str]
AREAS = sorted({table.area for table in TABLES.values()})


class Before(NamedTuple):
    """What an earlier release of the year published in this table: cells withheld, rows listed; None before the first."""

    withheld: Collection[CellName] = ()
    listed: Collection[str] | None = None


class Control(NamedTuple):
    """What a table is controlled with."""

    rule: ReportRule
    draws: Draws
    before: Before = Before()


def total_of(recoveries: pd.DataFrame, control: Control) -> int | None:
    """The rounded number of all recoveries; None where even that must not be said: it is the total of every table, those of places too."""
    counted = _counted(recoveries.assign(row=TOTAL, column=TOTAL))
    if counted.empty or any(_sensitive(counted, control.rule, area)[0] for area in AREAS):
        return None
    return rounded_alone(len(recoveries), control.draws.of("", TOTAL, TOTAL), control.rule.base)


def cells_of(recoveries: pd.DataFrame, table: TableRule, control: Control) -> list[Cell]:
    """The table's cells with totals, rows and columns sorted, the total first."""
    rows = recoveries[table.rows].astype(str)
    if table.listed:
        rows = _grouped(recoveries.assign(row=rows, column=TOTAL), table, control)
    return _controlled(recoveries.assign(row=rows, column=recoveries[table.columns] if table.columns else TOTAL), table, control)


def _controlled(named: pd.DataFrame, table: TableRule, control: Control) -> list[Cell]:
    counted = _counted(_with_totals(named))
    rule = control.rule
    rows, columns = ([*sorted(set(counted.index.get_level_values(at)) - {TOTAL}), TOTAL] for at in (0, 1))
    counted = counted.reindex(pd.MultiIndex.from_product([rows, columns]), fill_value=0)
    shape = (len(rows), len(columns))
    counts = counted["count"].to_numpy(np.int64).reshape(shape)
    sensitive = _sensitive(counted, rule, table.area).reshape(shape)
    draws = np.array([control.draws.of(table.name, row, column) for row, column in counted.index]).reshape(shape)
    sticky = np.array([name in control.before.withheld for name in counted.index]).reshape(shape)
    seen = released(counts, sensitive, sticky, draws, (rule, table.area))
    return [
        Cell(row=row, column=column, count=None if seen.hidden[i, j] else int(seen.counts[i, j]))
        for i, row in enumerate(rows) for j, column in enumerate(columns)
    ]  # fmt: skip


def _grouped(named: pd.DataFrame, table: TableRule, control: Control) -> pd.Series:
    """Rule 2; the row of each recovery."""
    rows = named["row"].copy()
    if control.before.listed is not None:
        rows[~rows.isin(list(control.before.listed))] = OTHER
    counted = _counted(named.assign(row=rows))
    weak = counted[_sensitive(counted, control.rule, table.area)].index.get_level_values(0)
    rows[rows.isin(list(weak))] = OTHER
    while True:
        counted = _counted(named.assign(row=rows)).droplevel(1)
        if OTHER not in counted.index or len(counted) == 1 or not _sensitive(counted.loc[[OTHER]], control.rule, table.area)[0]:
            return rows
        smallest = counted.drop(OTHER).sort_values(["count"], kind="stable").index[0]
        rows[rows == smallest] = OTHER


def _with_totals(named: pd.DataFrame) -> pd.DataFrame:
    """Every recovery once for its cell and once for each total that it counts in."""
    parts = [named, named.assign(row=TOTAL)]
    if (named["column"] != TOTAL).any():
        parts += [named.assign(column=TOTAL), named.assign(row=TOTAL, column=TOTAL)]
    return pd.concat(parts, ignore_index=True)


def _counted(named: pd.DataFrame) -> pd.DataFrame:
    """By row and column: recoveries, cases, agencies, and recoveries of the largest case."""
    by_case = named.groupby(["row", "column", "case"], sort=True).size().groupby(level=[0, 1])
    groups = named.groupby(["row", "column"], sort=True)
    return pd.DataFrame({"count": groups.size(), "cases": by_case.size(), "agencies": groups["agency"].nunique(), "largest": by_case.max()})


def _sensitive(counted: pd.DataFrame, rule: ReportRule, area: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    few = (counted["cases"] < rule.cases(area)) | (counted["agencies"] < rule.agencies)
    dominated = counted["largest"] > rule.largest_case * counted["count"]
    return np.asarray(((few | dominated) & (counted["count"] > 0)).to_numpy())
