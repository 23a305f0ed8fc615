"""Postings as Arrow files: what a package part holds, written by an owner and verified by the unit.

A part is an Arrow IPC file with columns ``token`` and ``id`` (16 bytes), ``pass`` (uint8), ``tags`` (2 bytes per filter, little-endian) and
one fixed-size binary column ``filter/<name>`` per filter, little-endian 64-bit words. Rows are sorted by token, then id. It is not
compressed: padded filters look random, and tokens and ids are. docs/spec/package.md has an example.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.protocol.arrow_limits import check_growth
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.similarity import Tags

FORMAT = "trilink/postings/v2"
PLAIN = pa.ipc.IpcWriteOptions(use_threads=False)
COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
READ = pa.ipc.IpcReadOptions(use_threads=False)  # files are read side by side; threads inside each cost five times the processor time
Halves = NDArray[np.uint64]


def posting_schema(rule: EntityRule) -> pa.Schema:
    """Columns of a package part under an entity's rule."""
    filters = [(f"filter/{name}", pa.binary(rule.filters[name].length // 8)) for name in rule.filter_names]
    fixed = [("token", pa.binary(16)), ("id", pa.binary(16)), ("pass", pa.uint8())]
    tags = ("tags", pa.binary(2 * len(rule.filters)))
    return pa.schema([*fixed, tags, *filters], metadata={"format": FORMAT})


def postings_bytes(postings: EncodedPostings, rule: EntityRule) -> bytes:
    """One package part; the same postings give the same bytes."""
    sink = pa.BufferOutputStream()
    _write(postings, rule, sink)
    return bytes(sink.getvalue())


def write_postings(path: Path, postings: EncodedPostings, rule: EntityRule) -> None:
    """The same into a file, column by column from where they lie."""
    with pa.OSFile(str(path), "wb") as sink:
        _write(postings, rule, sink)


def _write(postings: EncodedPostings, rule: EntityRule, sink: pa.NativeFile) -> None:
    columns = [
        binary_column(postings.tokens.byteswap()),
        binary_column(postings.ids),
        pa.array(postings.passes),
        _tag_column(postings.tags),
    ]
    columns += [binary_column(postings.filters[name]) for name in rule.filter_names]
    schema = posting_schema(rule)
    with pa.ipc.new_file(sink, schema, options=PLAIN) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))


def table_bytes(table: pa.Table, options: pa.ipc.IpcWriteOptions = COMPRESSED) -> bytes:
    """An Arrow IPC file of one batch, zstd-compressed unless told otherwise, without metadata of its making."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def read_table(path: Path, schema: pa.Schema) -> pa.Table:
    """An Arrow file with exactly this schema; anything else is an InvalidPackage.

    The file is mapped: of columns that are not compressed, only what is looked at is read, and nothing is copied. So the file must stay as
    it is, which files that are written whole do.
    """
    check_growth(path, schema)
    table = None
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source, options=READ).read_all()
        table.validate()  # buffers as long as the rows say: the kernels that read them do not look
    except (pa.ArrowInvalid, pa.ArrowException, OSError):
        table, reason = None, "is not an Arrow file"
    else:
        reason = "does not have the agreed columns"
    if table is None or table.schema != schema or any(column.null_count for column in table.columns):
        raise InvalidPackage(f"part {path.name} {reason}")
    return table


def read_postings(path: Path, rule: EntityRule, *, checked: bool = False) -> EncodedPostings:
    """Read one part; sorted rows, on which the join relies, are checked unless they were ``checked`` before."""
    table = read_table(path, posting_schema(rule))
    if table.schema.metadata != {b"format": FORMAT.encode()}:
        raise InvalidPackage(f"part {path.name} is not of format {FORMAT}; encode with the same release")
    filters = {name: words_of(table[f"filter/{name}"], rule.filters[name].length // 64) for name in rule.filter_names}
    tokens = words_of(table["token"], 2).byteswap()
    tags = _fixed(table["tags"], np.dtype("<u2"), len(rule.filters)).astype(np.uint16, copy=False)
    if not checked:
        _check_order(tokens, path.name)
    return EncodedPostings(tokens, words_of(table["id"], 2), table["pass"].to_numpy(), tags, filters)


def _check_order(tokens: Halves, name: str) -> None:
    high, low = tokens[:, 0], tokens[:, 1]
    falls = (high[1:] < high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] < low[:-1]))
    if falls.any():
        raise InvalidPackage(f"part {name}: rows are not sorted by token")


def binary_column(words: NDArray[np.uint64]) -> pa.Array:
    """Packed 64-bit words, shape (rows, words), as a fixed-size binary column."""
    return _column(np.ascontiguousarray(words, dtype="<u8"))


def _tag_column(tags: Tags) -> pa.Array:
    """Tags, shape (rows, filters), as a fixed-size binary column."""
    return _column(np.ascontiguousarray(tags, dtype="<u2"))


def _column(data: NDArray[Any]) -> pa.Array:
    kind = pa.binary(data.itemsize * data.shape[1])
    return pa.FixedSizeBinaryArray.from_buffers(kind, data.shape[0], [None, pa.py_buffer(data)])


def words_of(column: pa.ChunkedArray, words: int) -> NDArray[np.uint64]:
    """Packed 64-bit words, shape (rows, words), of a fixed-size binary column."""
    return np.asarray(_fixed(column, np.dtype("<u8"), words), dtype=np.uint64)


def _fixed(column: pa.ChunkedArray, kind: np.dtype[Any], count: int) -> NDArray[Any]:
    """So many numbers a row, shape (rows, count), of a fixed-size binary column."""
    chunk = column.combine_chunks()
    if isinstance(chunk, pa.ChunkedArray):
        chunk = pa.concat_arrays(chunk.chunks) if chunk.num_chunks else pa.array([], type=column.type)
    data = np.frombuffer(chunk.buffers()[1], dtype=kind) if len(chunk) else np.zeros(0, dtype=kind)
    return data[chunk.offset * count : (chunk.offset + len(chunk)) * count].reshape(-1, count)
