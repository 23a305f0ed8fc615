"""Postings as Arrow files: what a package part holds, written by an owner and verified by the unit.

A part is an Arrow IPC file with columns ``token`` and ``id`` (16 bytes), ``pass`` (uint8), ``presence`` (uint32) and one fixed-size
binary column ``filter/<name>`` per filter, little-endian 64-bit words. Rows are sorted by token, then id. docs/spec/package.md
has an example.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from linkage.protocol.arrow_limits import check_growth
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import InvalidPackage

COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
READ = pa.ipc.IpcReadOptions(use_threads=False)  # files are read side by side; threads inside each cost five times the processor time
Halves = NDArray[np.uint64]


def posting_schema(rule: EntityRule) -> pa.Schema:
    """Columns of a package part under an entity's rule."""
    filters = [(f"filter/{name}", pa.binary(rule.filters[name].length // 8)) for name in rule.filter_names]
    fixed = [("token", pa.binary(16)), ("id", pa.binary(16)), ("pass", pa.uint8()), ("presence", pa.uint32())]
    return pa.schema([*fixed, *filters])


def postings_bytes(postings: EncodedPostings, rule: EntityRule) -> bytes:
    """One package part; the same postings give the same bytes."""
    columns = [
        binary_column(postings.tokens.byteswap()),
        binary_column(postings.ids),
        pa.array(postings.passes),
        pa.array(postings.presence),
    ]
    columns += [binary_column(postings.filters[name]) for name in rule.filter_names]
    return table_bytes(pa.table(columns, schema=posting_schema(rule)))


def table_bytes(table: pa.Table) -> bytes:
    """An Arrow IPC file of one batch, zstd-compressed, without metadata of its making."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=COMPRESSED) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def read_table(path: Path, schema: pa.Schema) -> pa.Table:
    """An Arrow file with exactly this schema; anything else is an InvalidPackage."""
    check_growth(path, schema)
    table = None
    try:
        with pa.OSFile(str(path)) as source:
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
    """Read one part; sorted rows and truthful presence bits, on which the join relies, are checked unless they were ``checked`` before."""
    table = read_table(path, posting_schema(rule))
    filters = {name: words_of(table[f"filter/{name}"], rule.filters[name].length // 64) for name in rule.filter_names}
    tokens = words_of(table["token"], 2).byteswap()
    postings = EncodedPostings(
        tokens, words_of(table["id"], 2), table["pass"].to_numpy(), table["presence"].to_numpy().astype(np.uint32), filters
    )
    if not checked:
        _check_truthful(postings, rule, path.name)
    return postings


def _check_truthful(postings: EncodedPostings, rule: EntityRule, part: str) -> None:
    _check_order(postings.tokens, part)
    for number, name in enumerate(rule.filter_names):
        if _lies(postings.filters[name], postings.presence, np.uint32(number)):
            raise InvalidPackage(f"part {part}: presence bits and filters disagree")


@njit(nogil=True, cache=True)
def _lies(words, presence, bit):  # type: ignore[no-untyped-def]
    """Whether a row's presence bit says something else than its filter."""
    for row in range(words.shape[0]):
        together = np.uint64(0)
        for word in range(words.shape[1]):
            together |= words[row, word]
        if (together != 0) != ((presence[row] >> bit & np.uint32(1)) != 0):
            return True
    return False


def _check_order(tokens: Halves, name: str) -> None:
    high, low = tokens[:, 0], tokens[:, 1]
    falls = (high[1:] < high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] < low[:-1]))
    if falls.any():
        raise InvalidPackage(f"part {name}: rows are not sorted by token")


def binary_column(words: NDArray[np.uint64]) -> pa.Array:
    """Packed 64-bit words, shape (rows, words), as a fixed-size binary column."""
    data = np.ascontiguousarray(words, dtype="<u8")
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(8 * words.shape[1]), words.shape[0], [None, pa.py_buffer(data)])


def words_of(column: pa.ChunkedArray, words: int) -> NDArray[np.uint64]:
    """Packed 64-bit words, shape (rows, words), of a fixed-size binary column."""
    chunk = column.combine_chunks()
    if isinstance(chunk, pa.ChunkedArray):
        chunk = pa.concat_arrays(chunk.chunks) if chunk.num_chunks else pa.array([], type=column.type)
    data = np.frombuffer(chunk.buffers()[1], dtype="<u8") if len(chunk) else np.zeros(0, dtype="<u8")
    start = chunk.offset * words
    return np.asarray(data[start : start + len(chunk) * words].reshape(-1, words), dtype=np.uint64)
