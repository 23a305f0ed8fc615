"""Parts that would fill the memory are refused by what they say of themselves, before anything is decompressed."""

import io
import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from linkage.protocol.arrow_limits import _grown, most_bytes
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.postings import posting_schema, read_table
from linkage.protocol.regrouping import REQUEST, read_part
from linkage.unit.package_check import check_parts
from tests.parties import Letter, Parties
from tests.small_world import people
from tests.unit.package_lies import PART, RULE, part

SCHEMA = posting_schema(RULE)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("growth"), people())


@pytest.fixture(scope="module")
def honest(parties: Parties) -> Letter:
    return parties.letter(parties.package("mx"))


def of_zeros(rows: int, schema: pa.Schema = SCHEMA) -> bytes:
    """A part of rows that are all zero: some thousand times shorter than what it becomes."""
    columns = [pa.Array.from_buffers(field.type, rows, [None, pa.py_buffer(bytes(rows * field.type.bit_width // 8))]) for field in schema]
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(pa.table(columns, schema=schema))
    return sink.getvalue()


def says_of_a_buffer(data: bytes, length: int) -> bytes:
    """The first compressed buffer says that it becomes so many bytes long."""
    (size,) = struct.unpack("<q", (true := data[data.find(b"\x28\xb5\x2f\xfd") - 8 :])[:8])  # zstd's magic follows the length
    assert size > 0
    return data.replace(true[:8], struct.pack("<q", length), 1)


def listed_often(data: bytes, times: int) -> bytes:
    """The footer lists its only batch again and again."""
    (length,) = struct.unpack("<i", data[-10:-6])
    footer = bytearray(data[-10 - length : -10])
    (root,) = struct.unpack_from("<I", footer, 0)
    fields = root - struct.unpack_from("<i", footer, root)[0]
    at = root + struct.unpack_from("<H", footer, fields + 4 + 2 * 3)[0]
    (start,) = struct.unpack_from("<I", footer, at)
    block = footer[at + start + 4 : at + start + 28]
    struct.pack_into("<I", footer, at, len(footer) + 4 - at)  # the new list stands behind everything; its structs lie at multiples of 8
    more = footer + bytes(4) + struct.pack("<I", times) + block * times
    return data[: -10 - length] + bytes(more) + struct.pack("<i", len(more)) + b"ARROW1"


BOMBS = [
    ("rows of zeros", of_zeros(400_000)),
    ("a buffer that says 2^62", says_of_a_buffer(of_zeros(100), 2**62)),
    ("a buffer that says a little too much", says_of_a_buffer(of_zeros(100), 2**25)),
    ("one batch ten thousand times", listed_often(of_zeros(1000), 10_000)),
]


@pytest.mark.parametrize(("name", "bomb"), BOMBS, ids=[case[0] for case in BOMBS])
def test_a_part_that_grows_is_refused(name: str, bomb: bytes, honest: Letter, parties: Parties, tmp_path: Path) -> None:
    for part_name, data in (honest.parts | {PART: bomb}).items():
        (tmp_path / part_name).write_bytes(data)
    with pytest.raises(InvalidPackage, match=rf"^grown: part {PART}: \d+ bytes that would grow to \d+ and more") as caught:
        check_parts(tmp_path, honest.body, parties.agreement, "grown")
    assert caught.value.__context__ is None


def test_a_request_that_grows_is_refused() -> None:
    with pytest.raises(InvalidPackage, match="would grow to 16000000 and more"):
        read_part(of_zeros(1_000_000, REQUEST), REQUEST, "suspect.arrow")


def test_honest_parts_are_far_from_the_limit(honest: Letter) -> None:
    data = honest.parts[PART]
    table = pa.ipc.open_file(io.BytesIO(data)).read_all()
    assert sum(_grown(memoryview(data))) == table.nbytes
    many = 20_000  # of the shape of the shipped agreement's: random tokens and ids, filters a third of whose bits are set
    chance = np.random.default_rng(1)
    filters = np.packbits(chance.random((many, 8 * 64)) < 1 / 3, axis=1)
    columns = {"token": chance.bytes(16 * many), "id": chance.bytes(16 * many), "filter": filters.tobytes()}
    widths = {"token": 16, "id": 16, "filter": 64}
    schema = pa.schema([(name, pa.binary(width)) for name, width in widths.items()])
    arrays = [pa.Array.from_buffers(field.type, many, [None, pa.py_buffer(columns[field.name])]) for field in schema]
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(pa.table(arrays, schema=schema))
    grown, length = many * sum(widths.values()), len(sink.getvalue())
    assert grown < most_bytes(length, schema) / 3


IN_A_SMALL_ROOM = """
import resource, sys
from pathlib import Path
import linkage.unit.package_check
from tests.unit.test_growth import SCHEMA, read_table
from linkage.protocol.errors import InvalidPackage
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20),) * 2)
try:
    read_table(Path(sys.argv[1]), SCHEMA)
except InvalidPackage as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="the system limits no memory")
def test_a_bomb_of_gigabytes_is_refused_in_a_small_room(tmp_path: Path) -> None:
    """With 256 MiB to spare: a part that says it becomes 3 GB."""
    path = tmp_path / PART
    path.write_bytes(says_of_a_buffer(of_zeros(100), 3 * 10**9))
    done = subprocess.run(
        [sys.executable, "-c", IN_A_SMALL_ROOM, path], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    assert "would grow to" in done.stdout


def test_a_lying_owner_with_a_bomb_leaves_nothing(parties: Parties) -> None:
    unit = parties.unit("bomb")
    before = unit.tree()
    with pytest.raises(InvalidPackage, match="would grow"):
        unit.take_in(parties.package("us"), parties.lying(parties.package("mx"), part(PART, of_zeros(400_000))))
    assert unit.tree() == before


def test_files_that_are_no_arrow_files(tmp_path: Path) -> None:
    honest = of_zeros(10)
    for number, data in enumerate([b"", b"ARROW1", honest[:-1], honest[:50], honest[8:], bytes(len(honest)), b"ARROW1" * 3]):
        (tmp_path / str(number)).write_bytes(data)
        with pytest.raises(InvalidPackage, match=rf"part {number} is not an Arrow file"):
            read_table(tmp_path / str(number), SCHEMA)
