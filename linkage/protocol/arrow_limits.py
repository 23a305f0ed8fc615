"""How large an Arrow file becomes when it is read, found out before it is: a part of a few kilobytes must not fill the memory.

A compressed buffer begins with the length that it will have [Arrow2026], and Arrow asks the system for as much before it looks at the
rest. So the footer, every batch, as often as the footer lists it, and every buffer of a batch are looked at here, without decompressing.

How much is believed: every row that travels holds an id or a pseudonym of 16 random bytes, which no compressor makes shorter, so an honest
part grows at most to its length times the bytes of a row over 16. Tables without such a column are counts, and small.
"""

import struct
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pyarrow as pa

from linkage.protocol.errors import InvalidPackage

MAGIC = b"ARROW1"
RANDOM_BYTES = 16
LISTED = 16  # bytes that a buffer takes in the list of its batch: there are no more buffers than have room
SLACK = 1 << 20  # bytes: short files are mostly their schema
MOST_COUNTS = 256 << 20  # bytes of a table without random columns
NOT_COMPRESSED = -1  # written in the place of the length
CONTINUATION = 0xFFFFFFFF
RECORD_BATCH = 3  # the kind of message, in Arrow's list

Bytes = mmap | memoryview


def check_growth(path: Path, schema: pa.Schema) -> None:
    """``InvalidPackage`` when reading the file would take more memory than a file of its length and schema honestly can."""
    if path.stat().st_size == 0:
        raise InvalidPackage(f"part {path.name} is not an Arrow file")
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        check_growth_of(data, schema, path.name)


def check_growth_of(data: Bytes, schema: pa.Schema, name: str) -> None:
    """The same for bytes in memory."""
    most, well_made, grown, number = most_bytes(len(data), schema), True, 0, 0
    try:
        for number, length in enumerate(_grown(data)):
            grown += length
            if grown > most or number > len(data) // LISTED:
                break
    except (struct.error, IndexError, ValueError):
        well_made = False
    if not well_made:
        raise InvalidPackage(f"part {name} is not an Arrow file")
    if grown > most or number > len(data) // LISTED:
        raise InvalidPackage(f"part {name}: {len(data)} bytes that would grow to {grown} and more; no honest part does", "oversized")


def most_bytes(length: int, schema: pa.Schema) -> int:
    """How much memory a part of this length may take."""
    fixed = all(pa.types.is_primitive(field.type) or pa.types.is_fixed_size_binary(field.type) for field in schema)
    widths = [field.type.bit_width // 8 for field in schema] if fixed else []
    return length * sum(widths) // RANDOM_BYTES + SLACK if RANDOM_BYTES in widths else MOST_COUNTS


def _grown(data: Bytes) -> Iterator[int]:
    """The bytes of every buffer of every batch, as often as the footer lists it."""
    end = len(data) - len(MAGIC) - 4
    if data[: len(MAGIC)] != MAGIC or data[end + 4 :] != MAGIC:
        raise ValueError("not an Arrow file")
    footer = _Table(data, _root(data, end - _number(data, "<i", end)))
    if footer.vector(2, 24):
        raise ValueError("dictionaries, which no part has")
    for block in footer.vector(3, 24):
        offset, metadata, _, _ = struct.unpack_from("<qiiq", data, block)
        if _number(data, "<I", offset) != CONTINUATION:
            raise ValueError("an older way of writing")
        message = _Table(data, _root(data, offset + 8))
        if message.scalar(1, "<B") != RECORD_BATCH:
            raise ValueError("not a batch")
        batch = message.table(2)
        for buffer in batch.vector(2, 16):
            start, length = struct.unpack_from("<qq", data, buffer)
            yield _length(data, offset + metadata + start, length, batch.has(3))


def _length(data: Bytes, start: int, length: int, compressed: bool) -> int:
    """The bytes of one buffer once it is read."""
    if length < 0 or start < 0 or start + length > len(data):
        raise ValueError("a buffer outside the file")
    said = _number(data, "<q", start) if compressed and length else NOT_COMPRESSED
    if said < NOT_COMPRESSED:
        raise ValueError("a negative length")
    return length if said == NOT_COMPRESSED else said


class _Table:
    """A table of a flatbuffer: its fields by number [FlatBuffers2014]."""

    def __init__(self, data: Bytes, at: int) -> None:
        self._data, self._at = data, at
        self._fields = at - _number(data, "<i", at)

    def has(self, field: int) -> bool:
        return self._place(field) is not None

    def scalar(self, field: int, kind: str) -> int:
        place = self._place(field)
        return 0 if place is None else _number(self._data, kind, place)

    def table(self, field: int) -> "_Table":
        place = self._place(field)
        if place is None:
            raise ValueError("a field is missing")
        return _Table(self._data, _root(self._data, place))

    def vector(self, field: int, stride: int) -> range:
        """Where the structs of a vector begin."""
        place = self._place(field)
        if place is None:
            return range(0)
        start = _root(self._data, place)
        count = _number(self._data, "<I", start)
        if start + 4 + count * stride > len(self._data):
            raise ValueError("a vector longer than the file")
        return range(start + 4, start + 4 + count * stride, stride)

    def _place(self, field: int) -> int | None:
        if 4 + 2 * field >= _number(self._data, "<H", self._fields):
            return None
        offset = _number(self._data, "<H", self._fields + 4 + 2 * field)
        return self._at + offset if offset else None


def _root(data: Bytes, at: int) -> int:
    return at + _number(data, "<I", at)


def _number(data: Bytes, kind: str, at: int) -> int:
    if at < 0:
        raise ValueError("before the beginning")
    return int(struct.unpack_from(kind, data, at)[0])
