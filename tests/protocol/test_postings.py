"""A package part: what is written is read again, and what lies is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.non_matches import SCHEMA, NonMatches, read_non_matches
from linkage.protocol.postings import FORMAT, postings_bytes, read_postings, table_bytes
from tests.made_agreements import small_rule

RULE = small_rule()
Change = Callable[[dict[str, Any]], dict[str, Any]]


def postings(count: int) -> EncodedPostings:
    chance = np.random.Generator(np.random.PCG64(3))
    tokens = np.sort(chance.integers(1, 2**63, (count, 2), dtype=np.uint64), axis=0)
    lengths = {name: RULE.filters[name].length // 64 for name in RULE.filters}
    filters = {name: chance.integers(1, 2**63, (count, words), dtype=np.uint64) for name, words in lengths.items()}
    ids = chance.integers(0, 2**63, (count, 2), dtype=np.uint64)
    return EncodedPostings(tokens, ids, np.zeros(count, np.uint8), chance.integers(0, 2**16, (count, 3), dtype=np.uint16), filters)


def columns(count: int = 3) -> dict[str, Any]:
    """Column name -> (type, cells) of a good part."""
    table = pa.ipc.open_file(pa.BufferReader(postings_bytes(postings(count), RULE))).read_all()
    return {field.name: (field.type, table[field.name].to_pylist()) for field in table.schema}


def written(path: Path, described: dict[str, Any]) -> Path:
    made = pa.table({name: pa.array(cells, kind) for name, (kind, cells) in described.items()})
    table = made.replace_schema_metadata({"format": FORMAT})
    path.write_bytes(table_bytes(table))
    return path


@pytest.mark.parametrize("count", [0, 1, 50])
def test_what_is_written_is_read_again(count: int, tmp_path: Path) -> None:
    whole = postings(count)
    (tmp_path / "part").write_bytes(postings_bytes(whole, RULE))
    read = read_postings(tmp_path / "part", RULE)
    assert len(read) == count
    for name in ("tokens", "ids", "passes", "tags"):
        assert np.array_equal(getattr(read, name), getattr(whole, name))
    assert all(np.array_equal(read.filters[name], words) for name, words in whole.filters.items())
    assert repr(read) == f"<EncodedPostings: {count} postings, hidden>"


def test_batches_of_any_size_are_one_part(tmp_path: Path) -> None:
    table = pa.ipc.open_file(pa.BufferReader(postings_bytes(postings(9), RULE))).read_all()
    with pa.ipc.new_file(str(tmp_path / "part"), table.schema) as writer:
        for batch in table.to_batches(max_chunksize=2):
            writer.write_batch(batch)
    assert postings_bytes(read_postings(tmp_path / "part", RULE), RULE) == postings_bytes(postings(9), RULE)


def test_same_postings_same_bytes_and_layout_as_described() -> None:
    assert postings_bytes(postings(5), RULE) == postings_bytes(postings(5), RULE)
    token = columns(1)["token"][1][0]
    assert int.from_bytes(token[:8], "big") == int(postings(1).tokens[0, 0])
    assert columns(1)["filter/name"][1][0][:8] == int(postings(1).filters["name"][0, 0]).to_bytes(8, "little")
    assert columns(1)["tags"][1][0] == b"".join(int(tag).to_bytes(2, "little") for tag in postings(1).tags[0])


def cells(name: str, change: Callable[[list[Any]], list[Any]]) -> Change:
    return lambda table: table | {name: (table[name][0], change(table[name][1]))}


COLUMNS, ORDER = "does not have the agreed columns", "rows are not sorted by token"
REFUSED: list[tuple[str, Change, str]] = [
    ("a column is missing", lambda table: {name: table[name] for name in table if name != "pass"}, COLUMNS),
    ("a column too many", lambda table: table | {"record_id": (pa.string(), ["R1", "R2", "R3"])}, COLUMNS),
    ("columns in another order", lambda table: dict(reversed(table.items())), COLUMNS),
    ("a filter of another length", lambda table: table | {"filter/name": (pa.binary(8), [bytes(8)] * 3)}, COLUMNS),
    ("a token of another type", lambda table: table | {"token": (pa.binary(), table["token"][1])}, COLUMNS),
    ("pass numbers too wide", lambda table: table | {"pass": (pa.int64(), table["pass"][1])}, COLUMNS),
    ("a gap in the tokens", cells("token", lambda tokens: [None, *tokens[1:]]), COLUMNS),
    ("a gap in a filter", cells("filter/born", lambda filters: [*filters[:2], None]), COLUMNS),
    ("rows turned round", cells("token", lambda tokens: tokens[::-1]), ORDER),
    ("last two rows changed places", cells("token", lambda tokens: [tokens[0], tokens[2], tokens[1]]), ORDER),
    ("second half of a token falls", cells("token", lambda tokens: [tokens[0][:8] + bytes([number]) * 8 for number in (1, 3, 2)]), ORDER),
    ("tags of a filter too few", lambda table: table | {"tags": (pa.binary(4), [bytes(4)] * 3)}, COLUMNS),
    ("presence bits, as parts once had", lambda table: table | {"presence": (pa.uint32(), [7] * 3)}, COLUMNS),
    ("a gap in the tags", cells("tags", lambda tags: [*tags[:2], None]), COLUMNS),
]


@pytest.mark.parametrize(("case", "change", "says"), REFUSED, ids=[case for case, _, _ in REFUSED])
def test_a_part_that_lies_is_refused(case: str, change: Change, says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage) as caught:
        read_postings(written(tmp_path / "part-0000.arrow", change(columns())), RULE)
    assert str(caught.value) == f"part part-0000.arrow {says}".replace("arrow rows", "arrow: rows")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("metadata", [None, {"format": "trilink/postings/v1"}, {"format": FORMAT, "more": "x"}], ids=str)
def test_a_part_of_another_format_is_refused(metadata: dict[str, str] | None, tmp_path: Path) -> None:
    table = pa.ipc.open_file(pa.BufferReader(postings_bytes(postings(3), RULE))).read_all()
    (tmp_path / "part").write_bytes(table_bytes(table.replace_schema_metadata(metadata)))
    with pytest.raises(InvalidPackage, match="part part is not of format trilink/postings/v2"):
        read_postings(tmp_path / "part", RULE)


GOOD = postings_bytes(postings(50), RULE)
DAMAGE = [b"", b"not Arrow", b"ARROW1\0\0", GOOD[:-1], GOOD[: len(GOOD) // 2], GOOD[len(GOOD) // 2 :], bytes(len(GOOD))]


@pytest.mark.parametrize("content", DAMAGE, ids=["empty", "text", "magic only", "last byte", "first half", "second half", "zeros"])
def test_what_is_no_arrow_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(content)
    with pytest.raises(InvalidPackage, match="part part is not an Arrow file"):
        read_postings(tmp_path / "part", RULE)


def test_buffers_shorter_than_the_rows_claim_are_refused(tmp_path: Path) -> None:
    """A lying owner writes 77 rows and says that there are 7,777: the kernels would read what is behind them."""
    table = pa.ipc.open_file(pa.BufferReader(postings_bytes(postings(77), RULE))).read_all()
    with pa.ipc.new_file(str(tmp_path / "part"), table.schema) as writer:
        writer.write_table(table)
    honest = (tmp_path / "part").read_bytes()
    assert honest.count((77).to_bytes(8, "little")) > len(table.schema)  # of the batch and of each of its columns
    (tmp_path / "part").write_bytes(honest.replace((77).to_bytes(8, "little"), (7777).to_bytes(8, "little")))
    with pytest.raises(InvalidPackage, match="is not an Arrow file"):
        read_postings(tmp_path / "part", RULE)


def non_matches(path: Path, counts: list[tuple[int, int, int]], totals: dict[str, str]) -> Path:
    table = pa.table([pa.array(list(column), pa.int64()) for column in zip(*counts, strict=True)], schema=SCHEMA.with_metadata(totals))
    path.write_bytes(table_bytes(table))
    return path


def test_non_matches_are_read_again(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(NonMatches.of(np.array([5, 1, 5]), np.array([1, 9]), 3, 10).to_bytes())
    read = read_non_matches(tmp_path / "part")
    assert [read.codes.tolist(), read.met.tolist(), read.sampled.tolist()] == [[1, 5, 9], [1, 2, 0], [1, 0, 1]]
    assert (read.met_pairs, read.all_pairs) == (3, 10)


TOTALS = {"met_pairs": "3", "all_pairs": "10"}
HUGE = 2**63 - 1
BAD_COUNTS: list[tuple[str, list[tuple[int, int, int]], dict[str, str], str]] = [
    ("negative met", [(1, -1, 0)], TOTALS, "counts that cannot be"),
    ("negative sampled", [(1, 1, -1)], TOTALS, "counts that cannot be"),
    ("negative code", [(-1, 1, 1)], TOTALS, "counts that cannot be"),
    ("codes fall", [(2, 1, 1), (1, 1, 1)], TOTALS, "counts that cannot be"),
    ("a code twice", [(2, 1, 1), (2, 1, 1)], TOTALS, "counts that cannot be"),
    ("no totals", [(1, 1, 1)], {}, "counts that cannot be"),
    ("one total", [(1, 1, 1)], {"met_pairs": "1"}, "counts that cannot be"),
    ("a total below zero", [(1, 1, 1)], TOTALS | {"all_pairs": "-10"}, "counts that cannot be"),
    ("a total that is no number", [(1, 1, 1)], TOTALS | {"all_pairs": "ten"}, "counts that cannot be"),
    ("a total beyond counting", [(1, 1, 1)], TOTALS | {"all_pairs": "9" * 30}, "counts that cannot be"),
    ("more met than pairs", [(1, 4, 0)], TOTALS, "more pairs counted"),
    ("more met pairs than pairs", [(1, 1, 0)], {"met_pairs": "11", "all_pairs": "10"}, "more pairs counted"),
    ("more sampled than pairs", [(1, 0, 11)], TOTALS, "more pairs counted"),
    ("a sum that overflows", [(1, HUGE, 0), (2, HUGE, 0)], TOTALS, "more pairs counted"),
    ("a sample that overflows", [(1, 0, HUGE), (2, 0, HUGE)], TOTALS, "more pairs counted"),
]


@pytest.mark.parametrize(("case", "counts", "totals", "says"), BAD_COUNTS, ids=[case for case, *_ in BAD_COUNTS])
def test_counts_that_cannot_be(case: str, counts: list[tuple[int, int, int]], totals: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage, match=f"part non-matches.arrow: {says}"):
        read_non_matches(non_matches(tmp_path / "non-matches.arrow", counts, totals))
