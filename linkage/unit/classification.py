"""Decide on pairs of postings: learn the weights of one comparison of two owners, and keep what reached possible match."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.non_matches import read_non_matches
from linkage.protocol.postings import binary_column, table_bytes, words_of
from linkage.protocol.similarity import Codes, Rows
from linkage.unit.comparison import ComparisonVectors, read_pairs
from linkage.unit.distributions import Floats, distinct
from linkage.unit.nodes import Names
from linkage.unit.package_check import NON_MATCHES
from linkage.unit.state import RunState
from linkage.unit.strangers import write_strangers
from linkage.unit.training import PairGroup, compete, train
from linkage.unit.weights import Evidence

ID_COLUMN = 1  # of a package part
ONLY_IDS = pa.ipc.IpcReadOptions(included_fields=[ID_COLUMN], use_threads=False)
POSSIBLE = pa.schema([("left", pa.binary(16)), ("right", pa.binary(16)), ("code", pa.int64())])


def evidence_of(state: RunState, entity: str, left: str, right: str) -> Evidence:
    """What the two owners' packages say about non-matches."""
    samples = [read_non_matches(state.package(owner, entity) / NON_MATCHES) for owner in (left, right)]
    sizes = (state.manifest_body(left, entity)["records"], state.manifest_body(right, entity)["records"])
    return Evidence(state.agreement.entities[entity], samples, sizes)


def possible_matches(state: RunState, entity: str, left: str, right: str) -> int:
    """Write the pairs of postings that reached possible match, by id, sorted; returns how many. Skips what is done."""
    out = state.possible(entity, left, right)
    if not out.exists():
        vectors = [read_pairs(path) for path in sorted(state.pairs(entity, left, right).glob("*.arrow"))]
        codes, groups = _grouped(vectors)
        model = train(evidence_of(state, entity, left, right), codes, groups)
        write_strangers(out, model.strangers)
        odds = model.odds(codes)
        kept = [compete(group, odds) >= state.agreement.decision.possible for group in groups]
        ids = [
            _ids(state.package(owner, entity), [getattr(part, side)[keep] for part, keep in zip(vectors, kept, strict=True)])
            for owner, side in ((left, "left"), (right, "right"))
        ]
        chosen = np.concatenate([part.codes[keep] for part, keep in zip(vectors, kept, strict=True)])
        order = _in_order(*ids)
        columns = [*(binary_column(side[order]) for side in ids), pa.array(chosen[order])]
        with written_whole(out) as file:
            file.write(table_bytes(pa.table(columns, schema=POSSIBLE)))
    with pa.OSFile(str(out)) as source:
        return int(pa.ipc.open_file(source).read_all().num_rows)


def _grouped(vectors: list[ComparisonVectors]) -> tuple[Codes, list[PairGroup]]:
    """Distinct pattern codes over all partitions, and each partition's pairs as indices into them."""
    codes, places = distinct(np.concatenate([np.zeros(0, np.int64), *(part.codes for part in vectors)]))
    patterns = np.split(places, np.cumsum([len(part) for part in vectors])[:-1])
    groups = [
        PairGroup(part.left.astype(np.int64), part.right.astype(np.int64), own, part.passes)
        for part, own in zip(vectors, patterns, strict=False)
    ]
    return codes, groups


def _ids(folder: Path, rows_by_part: list[Rows]) -> Names:
    """Posting ids of the chosen rows of each part of a package, part by part, shape (rows, 2); the filters are not read."""
    found = [np.zeros((0, 2), np.uint64)]
    for path, rows in zip(sorted(folder.glob("part-*.arrow")), rows_by_part, strict=True):
        with pa.OSFile(str(path)) as source:
            ids = pa.ipc.open_file(source, options=ONLY_IDS).read_all()["id"]
        found.append(words_of(ids, 2)[rows])
    return np.concatenate(found)


def _in_order(left: Names, right: Names) -> NDArray[np.int64]:
    """The order of pairs by left id, then right id."""
    halves = [half for side in (right, left) for half in side.byteswap().T[::-1]]
    return np.lexsort(halves)


def bands_of(probabilities: Floats, rule: DecisionRule) -> list[str]:
    """The best band whose lowest probability each one reaches; "" below all of them."""
    reached = np.full(probabilities.size, len(rule.bands))
    for place, lowest in reversed(list(enumerate(rule.bands.values()))):
        reached[probabilities >= lowest] = place
    names = [*rule.bands, ""]
    return [names[place] for place in reached.tolist()]
