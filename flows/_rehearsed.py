"""In a rehearsal alone: put the unit's opaque results and the owners' crosswalks together, so that the links can be checked."""

import csv
import io
import json
from datetime import UTC, datetime
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
    """``links.csv`` and ``clusters.csv`` with record ids in the place of pseudonyms, in order of the ids."""
    state = _state(out, epoch)
    record_of: dict[tuple[str, str, str], str] = {}
    for entity in state.entities():
        for owner in state.present(entity):
            crosswalk, names = _crosswalk(out, owner, entity, epoch)
            for record_id in crosswalk.record_ids:
                record_of[entity, owner, names.record(state.agreement.unit, entity, record_id).hex()] = record_id
    links = [
        [entity, a, record_of[entity, a, left], b, record_of[entity, b, right], *rest]
        for entity, a, left, b, right, *rest in _rows(state.result("links.csv"))
    ]
    clusters = [
        [entity, number, owner, record_of[entity, owner, name]] for entity, number, owner, name in _rows(state.result("clusters.csv"))
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
        pairs = _record_pairs(state, (entity, left, right), sides)
        counts[entity, left, right] = len(pairs)
        names = (sides[0].record_ids, sides[1].record_ids)
        found.update((entity, left, names[0][a], right, names[1][b]) for a, b in pairs.tolist())
    return Compared(found, counts, sizes)


def _record_pairs(state: RunState, job: tuple[str, str, str], sides: list[Crosswalk]) -> NDArray[np.int64]:
    """Distinct pairs of record numbers that were compared, shape (pairs, 2)."""
    entity, left, right = job
    found = [np.zeros(0, dtype=np.int64)]
    ids = [pa.array(side.ids, pa.binary(16)) for side in sides]
    for path in sorted(state.pairs(entity, left, right).glob("*.arrow")):
        table = read_table(path, PAIRS)
        rows = []
        for side, (owner, column) in enumerate(((left, "left"), (right, "right"))):
            with pa.OSFile(str(state.package(owner, entity) / path.name)) as source:
                postings = pa.ipc.open_file(source).read_all()["id"]
            places = pc.index_in(postings, value_set=ids[side]).to_numpy()
            rows.append(sides[side].records[places[table[column].to_numpy()]].astype(np.int64))
        found.append(rows[0] * len(sides[1].record_ids) + rows[1])
    keys = np.unique(np.concatenate(found))
    return np.stack(np.divmod(keys, max(len(sides[1].record_ids), 1)), axis=1)


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _write(path: Path, header: list[str], rows: list[Row]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
