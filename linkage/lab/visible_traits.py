"""Traits of records that anyone can see in the input tables, for data that bring no `traits.csv`.

What cannot be seen (an alias in use, a relative in the data, deliberate evasion) needs whoever made the data to say it.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

Cells = pd.DataFrame
Seen = Callable[[Cells], "pd.Series[bool]"]


class Visible(NamedTuple):
    """A trait, the columns that show it, and the rule on those columns (a column that a table lacks is empty)."""

    entity: str
    trait: str
    columns: tuple[str, ...]
    rule: Seen


def _all_empty(cells: Cells) -> "pd.Series[bool]":
    return (cells == "").all(axis=1)


def _any_given(cells: Cells) -> "pd.Series[bool]":
    return ~_all_empty(cells)


def _partial_date(cells: Cells) -> "pd.Series[bool]":
    """The year alone, or year and month."""
    return cells.iloc[:, 0].str.fullmatch(r"\d{4}(-\d{2})?")


def _partial_serial(cells: Cells) -> "pd.Series[bool]":
    """An unreadable character, or known to be obliterated though something was read."""
    serial, obliterated = cells["serial_number"], cells["obliterated"].str.lower()
    return (serial != "") & (serial.str.contains("?", regex=False) | obliterated.isin(["yes", "true", "1"]))


NUMBERS = ("curp", "rfc", "ine", "ssn", "fbi_ucn", "fps", "sin", "passport", "driver_licence")

VISIBLE = [
    Visible("suspect", "missing_birth_date", ("date_of_birth",), _all_empty),
    Visible("suspect", "partial_birth_date", ("date_of_birth",), _partial_date),
    Visible("suspect", "missing_given_names", ("given_names",), _all_empty),
    Visible("suspect", "missing_surname", ("surname_1",), _all_empty),
    Visible("suspect", "two_surnames", ("surname_2",), _any_given),
    Visible("suspect", "no_identifier", NUMBERS, _all_empty),
    Visible("suspect", "no_address", ("street", "locality", "postal_code"), _all_empty),
    Visible("suspect", "alias_recorded", ("aliases", "monikers"), _any_given),
    Visible("firearm", "no_serial", ("serial_number",), _all_empty),
    Visible("firearm", "partial_serial", ("serial_number", "obliterated"), _partial_serial),
    Visible("firearm", "missing_make", ("make",), _all_empty),
    Visible("organization", "no_identifier", ("rfc", "ein", "bn", "neq", "lei", "ffl"), _all_empty),
    Visible("organization", "no_address", ("street", "locality", "postal_code"), _all_empty),
    Visible("organization", "criminal_group", ("kind",), lambda cells: cells["kind"] == "criminal_group"),
]


def columns_seen(entity: str) -> set[str]:
    """Columns that show a trait of this entity type."""
    return {column for visible in VISIBLE if visible.entity == entity for column in visible.columns}


def visible_traits(entity: str, tables: Mapping[str, Cells]) -> dict[str, pd.DataFrame]:
    """`record_id` and `trait`, by owner. A trait whose columns no owner's table has is left out: nobody can see it."""
    headers = {column for table in tables.values() for column in table.columns}
    shown = [visible for visible in VISIBLE if visible.entity == entity and headers & set(visible.columns)]
    return {owner: _of(table, shown) for owner, table in tables.items()}


def _of(table: Cells, shown: list[Visible]) -> pd.DataFrame:
    found = [pd.DataFrame({"record_id": [], "trait": []}, dtype=object)]
    for visible in shown:
        cells = table.reindex(columns=list(visible.columns), fill_value="").apply(lambda column: column.str.strip())
        ids = table.loc[visible.rule(cells), "record_id"]
        found.append(pd.DataFrame({"record_id": ids, "trait": visible.trait}))
    return pd.concat(found, ignore_index=True)
