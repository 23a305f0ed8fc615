"""What a rehearsal left in its folder, and the data it ran on, as tables of text: links, clusters, truth, traits, records.

1. Headers must be exactly right, weights and probabilities must be numbers; anything else is refused with the file and the line.
2. What is a number but cannot be right (a probability above 1, a record that nobody has) is taken in: `faults` says so.
3. Only record ids and what can be seen of a cell (is it there, has it a `?`) leave the input tables.
"""

import csv
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from linkage.lab.layout import TRUTH_HEADER
from linkage.lab.visible_traits import columns_seen, visible_traits
from linkage.protocol.errors import TrilinkError

LINKS = ("entity", "owner_a", "record_a", "owner_b", "record_b", "weight", "probability", "band")
CLUSTERS = ("entity", "cluster_id", "owner", "record_id")
TRAITS = ("owner", "entity", "record_id", "trait")
RECORDS = ("owner", "entity", "record_id")
NUMBERS = ("weight", "probability")


class Results(NamedTuple):
    """Tables with the columns above, all text but weight and probability; `records` are those of the input tables.

    `traits_from` says where the traits come from: `traits.csv`, or what can be seen in the input tables.
    """

    links: pd.DataFrame
    clusters: pd.DataFrame
    truth: pd.DataFrame
    traits: pd.DataFrame
    records: pd.DataFrame
    traits_from: str


def read_results(out: Path, data: Path) -> Results:
    """Everything that an evaluation needs. A missing truth, and a folder that is no finished rehearsal, are one clear line."""
    links, clusters = read_links(out / "links.csv"), read_table(out / "clusters.csv", CLUSTERS)
    if not (data / "truth.csv").is_file():
        raise TrilinkError(f"{data}: no truth.csv there, so nothing can be measured; name the data's folder with --data if it was moved")
    truth = read_table(data / "truth.csv", TRUTH_HEADER)
    records, seen = _read_data(data, sorted(set(truth["entity"])))
    given = data / "traits.csv"
    if given.is_file():
        return Results(links, clusters, truth, read_table(given, TRAITS, any_order=True), records, given.name)
    return Results(links, clusters, truth, seen, records, "seen in the input tables")


def read_links(path: Path) -> pd.DataFrame:
    """`links.csv`, weight and probability as finite numbers."""
    table = read_table(path, LINKS)
    for name in NUMBERS:
        numbers = pd.to_numeric(table[name], errors="coerce")
        wrong = np.flatnonzero(~np.isfinite(numbers.to_numpy(dtype=float)))
        if wrong.size:
            raise TrilinkError(f"{path.name}, line {int(wrong[0]) + 2}: {name} is not a number")
        table[name] = numbers.astype(float)
    return table


def read_table(path: Path, header: Sequence[str], *, any_order: bool = False) -> pd.DataFrame:
    """A CSV file of text with exactly these columns and as many cells in each row."""
    if not path.is_file():
        raise TrilinkError(f"{path.name}: not in {path.parent}; rehearse first")
    table = None
    with suppress(pa.ArrowInvalid):
        table = pa_csv.read_csv(path, parse_options=pa_csv.ParseOptions(newlines_in_values=True), convert_options=_text(header))
    names = [] if table is None else table.column_names
    if table is None or not (names == list(header) or (any_order and sorted(names) == sorted(header))):
        raise TrilinkError(_first_ragged(path, header))
    return pd.DataFrame(table.select(list(header)).to_pandas())


def _text(columns: Sequence[str]) -> pa_csv.ConvertOptions:
    """Cells as they are: nothing is a number or null."""
    return pa_csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False)


def _first_ragged(path: Path, header: Sequence[str]) -> str:
    """Where a table that cannot be read goes wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            for row in rows:
                if rows.line_num == 1 and tuple(row) != tuple(header):
                    return f"{path.name}: expected the header {','.join(header)}"
                if len(row) != len(header):
                    return f"{path.name}, line {rows.line_num}: expected {len(header)} cells"
    except (UnicodeDecodeError, csv.Error):
        return f"{path.name}: not a CSV file in UTF-8"
    return f"{path.name}: expected the header {','.join(header)}"


def _read_data(data: Path, entities: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Record ids of all input tables, and the traits that can be seen in them."""
    records, traits = [pd.DataFrame(columns=list(RECORDS))], [pd.DataFrame(columns=list(TRAITS))]
    for entity in entities:
        tables = {path.parent.name: _read_columns(path, entity) for path in sorted(data.glob(f"*/{entity}.csv"))}
        for owner, table in tables.items():
            records.append(_labelled(table[["record_id"]], owner, entity))
        traits += [_labelled(seen, owner, entity) for owner, seen in visible_traits(entity, tables).items()]
    return pd.concat(records, ignore_index=True)[list(RECORDS)], pd.concat(traits, ignore_index=True)[list(TRAITS)]


def _labelled(table: pd.DataFrame, owner: str, entity: str) -> pd.DataFrame:
    return table.assign(owner=owner, entity=entity)


def _read_columns(path: Path, entity: str) -> pd.DataFrame:
    """The record ids and the columns that show traits, as far as the table has them; rows that are none are the owner's business."""
    wanted = {"record_id", *columns_seen(entity)}
    unreadable = False
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", on_bad_lines="skip", index_col=False,
                            usecols=lambda name: name in wanted).fillna("")  # fmt: skip
        unreadable = "record_id" not in table
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError):
        unreadable = True
    if unreadable:
        raise TrilinkError(f"{path.parent.name}/{path.name}: not a table with a column record_id, so it is not what was rehearsed")
    return table
