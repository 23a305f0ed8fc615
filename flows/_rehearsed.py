"""In a rehearsal alone: put the unit's opaque results and the owners' crosswalks together, so that the links can be checked."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flows.owner import open_owner
from flows.unit import open_unit
from linkage.lab.evaluation import Compared, FoundPair, Scope, evaluate
from linkage.owner.crosswalk import Crosswalk, crosswalk_path, read_crosswalk
from linkage.owner.pseudonyms import Pseudonyms
from linkage.protocol.agreement import read_agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.party_profile import unlock
from linkage.protocol.postings import read_table
from linkage.unit.comparison import PAIRS
from linkage.unit.state import RunState, write_json

LINKS = ["entity", "owner_a", "record_a", "owner_b", "record_b", "weight", "probability", "band"]
Row = list[str]
CLUSTERS = ["entity", "cluster_id", "owner", "record_id"]


def _state(out: Path, epoch: str) -> RunState:
    unit = read_agreement(out / "agreement.toml").unit
    return open_unit(out / "parties" / unit / "profile.toml", epoch)[2]


def _crosswalk(out: Path, owner: str, entity: str, epoch: str) -> tuple[Crosswalk, Pseudonyms]:
    profile, agreement = open_owner(out / "parties" / owner / "profile.toml")
    by = unlock(profile)
    path = crosswalk_path(profile.home, epoch, entity)
    return read_crosswalk(path, agreement, epoch, by, datetime.now(UTC)), Pseudonyms(by)


def write_links(out: Path, epoch: str) -> None:
    """``links.csv`` and ``clusters.csv`` with record ids in the place of pseudonyms, in order of the ids.

    A link between entities of several records is a row for each pair of their records, as the truth counts them.
    """
    state = _state(out, epoch)
    records_of: dict[tuple[str, str, str], list[str]] = {}
    for entity in state.entities():
        for owner in state.present(entity):
            crosswalk, names = _crosswalk(out, owner, entity, epoch)
            for own in crosswalk.all_entities():
                name = names.record(state.agreement.unit, entity, own.record_id).hex()
                records_of[entity, owner, name] = [record_id for record_id, _ in own.records]
    links = [
        [entity, a, one, b, other, *rest]
        for entity, a, left, b, right, *rest in _rows(state.result("links.csv"))
        for one, other in product(records_of[entity, a, left], records_of[entity, b, right])
    ]
    clusters = [
        [entity, number, owner, record_id]
        for entity, number, owner, name in _rows(state.result("clusters.csv"))
        for record_id in records_of[entity, owner, name]
    ]
    _write(out / "links.csv", LINKS, sorted(links))
    _write(out / "clusters.csv", CLUSTERS, _renumbered(clusters))


def _renumbered(clusters: list[Row]) -> list[Row]:
    """Clusters numbered by their smallest member, for pseudonyms are in no one's order."""
    members: dict[tuple[str, str], list[Row]] = {}
    for entity, number, owner, record_id in clusters:
        members.setdefault((entity, number), []).append([entity, owner, record_id])
    in_order = sorted(sorted(rows) for rows in members.values())
    return [[entity, str(number), owner, record_id] for number, rows in enumerate(in_order) for entity, owner, record_id in rows]


def write_quality(out: Path, truth_path: Path, epoch: str) -> None:
    """``quality.json``: the links against the truth, and how far blocking brought the true pairs together."""
    state = _state(out, epoch)
    truth = pd.read_csv(truth_path, dtype=str, keep_default_na=False)
    compared = _compared(out, state, epoch)
    rule = state.agreement.decision
    links = pd.read_csv(out / "links.csv", dtype=str, keep_default_na=False)
    quality = evaluate(links, truth, compared, list(rule.bands), set(rule.released_bands))
    for row in json.loads(state.result("learned.json").read_text(encoding="utf-8"))["pairs"]:
        scopes = quality.get(row["entity"], {}).get("by_owner_pair", {})
        scopes.get(f"{row['owner_a']}-{row['owner_b']}", {})["expected_matches"] = row["expected_matches"]
    write_json(out / "quality.json", quality)


def _compared(out: Path, state: RunState, epoch: str) -> Compared:
    found: set[FoundPair] = set()
    counts: dict[Scope, int] = {}
    sides_of = [(entity, owner) for entity in state.entities() for owner in state.present(entity)]
    sizes = {(entity, owner): state.manifest_body(owner, entity)["records"] for entity, owner in sides_of}
    for entity, left, right in state.jobs():
        sides = [_crosswalk(out, owner, entity, epoch)[0] for owner in (left, right)]
        pairs = _entity_pairs(state, (entity, left, right), sides)
        counts[entity, left, right] = len(pairs)
        one, other = ([[record_id for record_id, _ in own.records] for own in side.all_entities()] for side in sides)
        found.update((entity, left, *ids) for a, b in pairs.tolist() for ids in _between(one[a], right, other[b]))
    return Compared(found, counts, sizes)


def _between(records: list[str], right: str, others: list[str]) -> Iterator[tuple[str, str, str]]:
    for one, other in product(records, others):
        yield one, right, other


def _entity_pairs(state: RunState, job: tuple[str, str, str], sides: list[Crosswalk]) -> NDArray[np.int64]:
    """Distinct pairs of entity numbers that were compared, shape (pairs, 2)."""
    entity, left, right = job
    found = [np.zeros(0, dtype=np.int64)]
    for path in sorted(state.pairs(entity, left, right).glob("*.arrow")):
        table = read_table(path, PAIRS)
        rows = []
        for side, (owner, column) in enumerate(((left, "left"), (right, "right"))):
            with pa.OSFile(str(state.package(owner, entity) / path.name)) as source:
                postings = pa.ipc.open_file(source).read_all()["id"]
            places = pc.index_in(postings, value_set=sides[side].ids).to_numpy()
            rows.append(sides[side].entities[places[table[column].to_numpy()]].astype(np.int64))
        found.append(rows[0] * len(sides[1]) + rows[1])
    keys = np.unique(np.concatenate(found))
    return np.stack(np.divmod(keys, max(len(sides[1]), 1)), axis=1)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _write(path: Path, header: list[str], rows: list[Row]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
