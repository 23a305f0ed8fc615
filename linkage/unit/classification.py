"""Decide on pairs of postings: learn the weights of one comparison of two owners, and keep what reached possible match."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.postings import read_counts, table_bytes
from linkage.protocol.similarity import Codes
from linkage.unit.comparison import ComparisonVectors, read_pairs
from linkage.unit.intake import NON_MATCHES
from linkage.unit.state import RunState
from linkage.unit.training import Model, PairGroup, compete, train
from linkage.unit.weights import Comparisons, Floats, PatternCounts, comparisons_of, non_match_shares

POSSIBLE = pa.schema([("left", pa.binary(16)), ("right", pa.binary(16)), ("code", pa.int64())])


class Evidence:
    """What two owners' packages say about non-matches: comparisons (grouped filters), u of each, and the owners' record counts."""

    def __init__(self, state: RunState, entity: str, left: str, right: str) -> None:
        rule = state.agreement.entities[entity]
        samples = [_sample(state.package(owner, entity) / NON_MATCHES) for owner in (left, right)]
        non_matches = PatternCounts.merged(samples)
        self.comparisons: Comparisons = comparisons_of(rule, non_matches)
        self.u: list[Floats] = non_match_shares(self.comparisons, non_matches)
        self.sizes = (state.manifest_body(left, entity)["records"], state.manifest_body(right, entity)["records"])

    def train(self, codes: Codes, groups: list[PairGroup]) -> Model:
        return train(self.comparisons, self.u, codes, groups, self.sizes)


def _sample(path: Path) -> PatternCounts:
    codes, counts = read_counts(path)
    return PatternCounts(codes, counts.astype(np.float64))


def possible_matches(state: RunState, entity: str, left: str, right: str) -> int:
    """Write the pairs of postings that reached possible match, by id, sorted; returns how many. Skips what is done."""
    out = state.possible(entity, left, right)
    if not out.exists():
        vectors = [read_pairs(path) for path in sorted(state.pairs(entity, left, right).glob("*.arrow"))]
        codes, groups = _grouped(vectors)
        model = Evidence(state, entity, left, right).train(codes, groups)
        kept = [compete(group, model.odds(codes)) >= state.agreement.decision.possible for group in groups]
        ids = (_ids(state, left, entity, vectors, kept, "left"), _ids(state, right, entity, vectors, kept, "right"))
        chosen = np.concatenate([part.codes[keep] for part, keep in zip(vectors, kept, strict=True)])
        table = pa.table([pa.array(ids[0], pa.binary(16)), pa.array(ids[1], pa.binary(16)), pa.array(chosen)], schema=POSSIBLE)
        with written_whole(out) as file:
            file.write(table_bytes(table.sort_by([("left", "ascending"), ("right", "ascending")])))
    with pa.OSFile(str(out)) as source:
        return int(pa.ipc.open_file(source).read_all().num_rows)


def _grouped(vectors: list[ComparisonVectors]) -> tuple[Codes, list[PairGroup]]:
    """Distinct pattern codes over all partitions, and each partition's pairs as indices into them."""
    codes = np.unique(np.concatenate([part.codes for part in vectors])) if vectors else np.zeros(0, np.int64)
    groups = [
        PairGroup(part.left.astype(np.int64), part.right.astype(np.int64), np.searchsorted(codes, part.codes), part.passes)
        for part in vectors
    ]
    return codes, groups


def _ids(state: RunState, owner: str, entity: str, vectors: list[ComparisonVectors], kept: list[Floats], side: str) -> list[bytes]:
    found: list[bytes] = []
    for path, part, keep in zip(sorted(state.package(owner, entity).glob("part-*.arrow")), vectors, kept, strict=True):
        rows = getattr(part, side)[keep]
        with pa.OSFile(str(path)) as source:
            ids = pa.ipc.open_file(source).read_all()["id"]
        found += ids.take(pa.array(rows)).to_pylist()
    return found


def band_of(probability: float, rule: DecisionRule) -> str:
    """The best band whose lowest probability is reached; "" below all of them."""
    return next((name for name, lowest in rule.bands.items() if probability >= lowest), "")
