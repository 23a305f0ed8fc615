"""Read a table at home, row by row, so that one bad row costs one row. Each format has a room of its own.

A row that cannot be read arrives with a reason in place of its cells. A table that cannot be read at all is one InvalidSource, which
names the file or database and quotes nothing of what is in it.
"""

from collections.abc import Callable, Iterator

from linkage.owner.csv_tables import LARGEST_CELL, read_csv
from linkage.owner.excel_tables import read_excel
from linkage.owner.headers import find_column
from linkage.owner.parquet_tables import read_parquet
from linkage.owner.raw_rows import RawRow
from linkage.owner.sources import Source
from linkage.owner.sql_tables import read_sql
from linkage.protocol.errors import InvalidSource

__all__ = ["LARGEST_CELL", "RawRow", "Table", "count_rows", "read_source"]

Table = tuple[list[str], Iterator[RawRow]]

READERS: dict[str, Callable[[Source], Table]] = {
    "csv": read_csv,
    "parquet": read_parquet,
    "excel": read_excel,
    "sql": read_sql,
}


def read_source(source: Source) -> Table:
    """Header, and an iterator over the rows, which hold as many cells as the header has names."""
    if source.path is not None and not source.path.is_file():
        raise InvalidSource(f"{source.path}: no such file")
    header, rows = READERS[source.format](source)
    named = [name for name in header if name]
    if len(set(named)) != len(named):
        raise InvalidSource(f"{source.where}: two columns have the same name")
    if find_column(header, source.record_id) is None:
        problem = f"no column {source.record_id}, which the profile names as record_id"
        raise InvalidSource(f"{source.where}: {problem}; name the columns as agreed, or map them (docs/how-to-own-tables.md)")
    return header, rows


def count_rows(source: Source) -> int:
    """All rows, usable or not."""
    return sum(1 for _ in read_source(source)[1])
