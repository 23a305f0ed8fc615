"""What an owner may lie about in a package: facts of the manifest, and parts that are otherwise well made."""

import io
import struct
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.non_matches import NonMatches
from linkage.protocol.postings import posting_schema, postings_bytes, read_postings
from linkage.unit.package_check import NON_MATCHES
from tests.parties import UNIT, Letter, Lie, days
from tests.small_world import TEXT
from tests.vectors.make_sealing import keys_for_tests

PART = "part-0000.arrow"
RULE = EntityRule.model_validate(tomllib.loads(TEXT)["entities"]["suspect"])


# ---------------------------------------------------------------- lies about facts


def fact(name: str, value: object) -> Lie:
    return lambda letter: letter.body.update({name: value})


def without(name: str) -> Lie:
    return lambda letter: letter.body.pop(name)


def said(**changes: object) -> Lie:
    """A sender's decisions: kind, agreement, epoch, by, to, created."""
    return lambda letter: vars(letter).update(changes)


# ---------------------------------------------------------------- lies in parts


def rows(change: Callable[[EncodedPostings], EncodedPostings]) -> Lie:
    """Postings changed, in a part that is otherwise well made."""

    def lie(letter: Letter) -> None:
        letter.parts[PART] = postings_bytes(change(postings_of(letter)), RULE)

    return lie


def postings_of(letter: Letter) -> EncodedPostings:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PART
        path.write_bytes(letter.parts[PART])
        return read_postings(path, RULE)


def taken(postings: EncodedPostings, order: object) -> EncodedPostings:
    filters = {name: words[order] for name, words in postings.filters.items()}
    columns = (postings.tokens, postings.ids, postings.passes, postings.tags)
    return EncodedPostings(*(column[order] for column in columns), filters)


def with_column(name: str, change: Callable[[np.ndarray], object]) -> Lie:
    def changed(postings: EncodedPostings) -> EncodedPostings:
        copy = taken(postings, slice(None))
        column = getattr(copy, name).copy()
        change(column)
        setattr(copy, name, column)
        return copy

    return rows(changed)


def one_block(postings: EncodedPostings) -> EncodedPostings:
    """Every row under the first token, ids in order: a block that compares everything with everything."""
    order = np.lexsort((postings.ids[:, 1], postings.ids[:, 0]))
    crowd = taken(postings, order)
    crowd.tokens = np.repeat(postings.tokens[:1], len(postings), axis=0)
    return crowd


def same_id(ids: np.ndarray) -> None:
    ids[1] = ids[0]


def non_matches(codes: list[int], met: list[int], sampled: list[int], totals: tuple[int, int]) -> Lie:
    def lie(letter: Letter) -> None:
        columns = (np.array(column, dtype=np.int64) for column in (codes, met, sampled))
        letter.parts[NON_MATCHES] = NonMatches(*columns, totals).to_bytes()

    return lie


def short_buffers(letter: Letter) -> None:
    """Lengths that claim a hundred times the rows there are: kernels would read beyond the end of memory.

    In the batch's metadata the number of rows stands once for the batch, and once for each column beside its number of nulls.
    """
    data, count = bytearray(letter.parts[PART]), len(postings_of(letter))
    columns = len(posting_schema(RULE))
    nodes = data.find(struct.pack("<qq", count, 0) * columns)
    batch = data.find(struct.pack("<q", count), 0, nodes)
    for at in (batch, *range(nodes, nodes + 16 * columns, 16)):
        data[at : at + 8] = struct.pack("<q", 100 * count)
    assert pa.ipc.open_file(io.BytesIO(data)).read_all().num_rows == 100 * count  # Arrow itself believes it
    letter.parts[PART] = bytes(data)


def other_columns(letter: Letter) -> None:
    table = pa.ipc.open_file(io.BytesIO(letter.parts[PART])).read_all().drop_columns(["filter/phone"])
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    letter.parts[PART] = sink.getvalue()


def part(name: str, data: bytes | None) -> Lie:
    return lambda letter: letter.parts.pop(name) if data is None else letter.parts.update({name: data})


NOT_OURS = keys_for_tests("xx")
LIES = [  # what mx's package lies about, the lie, what the refusal says
    ("entity type nobody agreed", fact("entity", "vehicle"), "about an entity type that the agreement does not have"),
    ("entity type that is a list", fact("entity", ["suspect"]), "about an entity type that the agreement does not have"),
    ("no records", fact("records", 0), "no sound records"),
    ("records below zero", fact("records", -1), "no sound records"),
    ("records true", fact("records", True), "no sound records"),
    ("fewer records than its pairs need", fact("records", 3), "more pairs than 3 records make"),
    ("postings as text", fact("postings", "12"), "no sound postings"),
    ("one posting more", lambda letter: letter.body.update(postings=letter.body["postings"] + 1), "postings, its manifest says"),
    ("more partitions than there can be", fact("partition_bits", 50), "no sound partition_bits"),
    ("other partition bits", fact("partition_bits", 1), "its parts are not those its manifest speaks of"),
    ("key check value that is none", fact("key_check_value", "\x1b[2J"), "no sound key_check_value"),
    ("no conformance digest", without("conformance"), "no sound conformance"),
    ("dropped postings of no pass", fact("postings_dropped", {"Juan": 3}), "no sound postings_dropped"),
    ("a fact more", fact("surname", "x"), "states facts that no package has"),
    ("other key check value", fact("key_check_value", "0" * 32), "suspect packages of ca, us / mx: key check values differ"),
    ("other conformance digest", fact("conformance", "0" * 64), "suspect packages of ca, us / mx: conformance digests differ"),
    ("a part missing", part(NON_MATCHES, None), "its parts are not those its manifest speaks of"),
    ("a part added", part("part-0001.arrow", b"x"), "its parts are not those its manifest speaks of"),
    ("a part that is no Arrow file", part(PART, b"surname,first\n"), f"part {PART} is not an Arrow file"),
    ("a part of other columns", other_columns, f"part {PART} does not have the agreed columns"),
    ("a part shorter than it says", short_buffers, f"part {PART} is not an Arrow file"),
    ("rows unsorted", rows(lambda postings: taken(postings, slice(None, None, -1))), "rows are not sorted by token"),
    ("a pass nobody agreed", with_column("passes", lambda passes: passes.fill(9)), "a pass that the agreement does not have"),
    ("one id for two postings", with_column("ids", same_id), "a posting id comes twice"),
    ("all postings in one block", rows(one_block), "a token has more postings than the agreed 1"),
    ("patterns nobody agreed", non_matches([10**15], [0], [1], (1, 3)), "level patterns that the agreement does not have"),
    ("more pairs than records make", non_matches([5], [1], [0], (10, 10**9)), "more pairs than 12 records make"),
    ("more non-matches than pairs", non_matches([5], [60], [0], (60, 66 - 10)), "more pairs counted than there are"),
    ("counts that overflow", non_matches([5, 6, 7, 8], [2**62] * 4, [0] * 4, (3, 66)), "more pairs counted than there are"),
    ("patterns not rising", non_matches([6, 5], [1, 1], [0, 0], (2, 66)), "counts that cannot be"),
    ("counts below zero", non_matches([5], [-1], [0], (2, 66)), "counts that cannot be"),
    ("for someone else", said(to=keys_for_tests("ca").public()), f"addressed to ca, and we are {UNIT}"),
    ("to an old key of ours", said(to=keys_for_tests(UNIT, "old").public()), "sealed to the key"),
    ("signed by someone else", said(by=keys_for_tests("mx", "stolen")), "not signed by mx with the key"),
    ("from nobody we know", said(by=NOT_OURS), "from xx, awaited from ca or mx or us"),
    ("from ourselves", said(by=keys_for_tests(UNIT)), f"from {UNIT}, awaited from ca or mx or us"),
    ("an answer", said(kind="regroup_answer"), "is a regroup_answer, expected a package"),
    ("other agreement's fingerprint", said(agreement="f" * 64), "made under the agreement ffffffffffffffff"),
    ("other epoch's name", said(epoch="2026-10"), "of epoch 2026-10, expected 2026-11"),
    ("expired", lambda letter: vars(letter).update(created=letter.created - days(31)), "expired on"),
    ("from the future", lambda letter: vars(letter).update(created=letter.created + days(1)), "created in the future"),
]  # fmt: skip
