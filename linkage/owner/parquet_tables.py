"""Parquet files, batch by batch; typed cells become the text that a CSV file would hold."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.owner.raw_rows import RawRow, text_of
from linkage.owner.sources import Source
from linkage.protocol.errors import InvalidSource


def read_parquet(source: Source) -> tuple[list[str], Iterator[RawRow]]:
    """Header and rows; a Parquet file has no header row, its first row is row 1."""
    file = None
    try:
        file = pq.ParquetFile(source.file)
    except (pa.ArrowException, OSError):
        file = None
    if file is None:
        raise InvalidSource(f"{source.file}: not a Parquet file")
    return list(file.schema_arrow.names), _parquet_rows(file, source)


def _parquet_rows(file: pq.ParquetFile, source: Source) -> Iterator[RawRow]:
    number = 0
    for batch in _batches(file, source.file):
        for cells in zip(*(_column(column, source.separator) for column in batch.columns), strict=True):
            number += 1
            readable = [cell for cell in cells if cell is not None]
            reason = "" if len(readable) == len(cells) else "a date or time that no calendar has"
            yield RawRow(number, [] if reason else readable, reason)


def _batches(file: pq.ParquetFile, path: Path) -> Iterator[pa.RecordBatch]:
    batches = file.iter_batches(batch_size=16_384)
    while True:
        batch = None
        try:
            batch = next(batches)
        except StopIteration:
            return
        except (pa.ArrowException, OSError):
            batch = None
        if batch is None:
            raise InvalidSource(f"{path}: a damaged Parquet file")
        yield batch


def _column(column: pa.Array, separator: str) -> list[str | None]:
    """A column's cells as text; None for a moment outside the years 1 to 9999, which Arrow can hold and Python cannot."""
    cells: list[str | None] = []
    try:
        cells = [text_of(cell, separator) for cell in column.to_pylist()]
    except (ValueError, OverflowError):
        cells = [_moment(scalar, separator) for scalar in column]
    return cells


def _moment(scalar: pa.Scalar, separator: str) -> str | None:
    try:
        return text_of(scalar.as_py(), separator)
    except (ValueError, OverflowError):
        return None
