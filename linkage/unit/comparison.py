"""Compare the candidate pairs of one partition: filters in, level patterns out.

A work unit is a pair of immutable files and writes one file, so partitions may run anywhere, in any order, and a rerun skips what is done.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.postings import PLAIN, read_postings, read_table, table_bytes
from linkage.protocol.similarity import Codes, Rows, pattern_codes
from linkage.unit.blocking import CandidatePairs, candidate_pairs

PAIRS = pa.schema([("left", pa.uint32()), ("right", pa.uint32()), ("pass", pa.uint8()), ("code", pa.int64())])


class ComparisonVectors:
    """One row per compared pair of postings: rows on both sides, pass number, level pattern; shape (pairs,)."""

    __slots__ = ("codes", "left", "passes", "right")

    def __init__(self, left: Rows, right: Rows, passes: NDArray[np.uint8], codes: Codes) -> None:
        self.left, self.right, self.passes, self.codes = left, right, passes, codes

    def __len__(self) -> int:
        return int(self.codes.size)


def compare(pairs: CandidatePairs, left: EncodedPostings, right: EncodedPostings, rule: EntityRule, diffusion: int) -> ComparisonVectors:
    """Level pattern of every candidate pair."""
    codes = pattern_codes(rule, diffusion, left, right, (pairs.left, pairs.right))
    return ComparisonVectors(pairs.left, pairs.right, left.passes[pairs.left], codes)


def compare_partition(rule: EntityRule, diffusion: int, left: Path, right: Path, out: Path) -> int:
    """Compare one partition's files, which intake has checked, into ``out``, unless it is there already; returns the number of pairs."""
    if not out.exists():
        ours, theirs = (read_postings(side, rule, checked=True) for side in (left, right))
        vectors = compare(candidate_pairs(ours.tokens, theirs.tokens), ours, theirs, rule, diffusion)
        columns = [pa.array(column) for column in (vectors.left, vectors.right, vectors.passes, vectors.codes)]
        with written_whole(out) as file:
            file.write(table_bytes(pa.table(columns, schema=PAIRS), PLAIN))  # to be mapped, not unpacked
    return int(read_table(out, PAIRS).num_rows)


def read_pairs(path: Path) -> ComparisonVectors:
    """What ``compare_partition`` wrote."""
    table = read_table(path, PAIRS)
    return ComparisonVectors(*(table[name].to_numpy() for name in ("left", "right", "pass", "code")))
