"""In a rehearsal alone: put the unit's opaque results and the owners' crosswalks together, so that the links can be checked."""

import csv
import io
import json
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from flows._compared import compared_pairs, open_crosswalk
from flows.unit import open_unit
from linkage.lab.measures import Compared
from linkage.lab.own_estimates import LISTED
from linkage.lab.results import Results, read_results
from linkage.lab.scoreboard import Said, quality_of, scoreboard
from linkage.protocol.agreement import read_agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError
from linkage.unit.state import RunState, write_json

LINKS = ["entity", "owner_a", "record_a", "owner_b", "record_b", "weight", "probability", "band"]
Row = list[str]
CLUSTERS = ["entity", "cluster_id", "owner", "record_id"]


def _state(out: Path, epoch: str) -> RunState:
    unit = read_agreement(out / "agreement.toml").unit
    return open_unit(out / "parties" / unit / "profile.toml", epoch)[2]


def write_links(out: Path, epoch: str) -> None:
    """``links.csv`` and ``clusters.csv`` with record ids in the place of pseudonyms, in order of the ids.

    A link between entities of several records is a row for each pair of their records, as the truth counts them.
    """
    state = _state(out, epoch)
    records_of: dict[tuple[str, str, str], list[str]] = {}
    for entity in state.entities():
        for owner in state.present(entity):
            crosswalk, names = open_crosswalk(out, owner, entity, epoch)
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


def write_scoreboard(out: Path, data: Path, epoch: str) -> dict[str, Any]:
    """``scoreboard.json`` and ``quality.json``: links and clusters as they lie in ``out``, against the truth in ``data``."""
    results = read_results(out, data)
    agreement = read_agreement(out / "agreement.toml")
    compared, said = _unit_side(out, epoch, results)
    board = scoreboard(results, compared, said, agreement.decision)
    write_json(out / "scoreboard.json", board)
    write_json(out / "quality.json", quality_of(board))
    return board


def _unit_side(out: Path, epoch: str, results: Results) -> tuple[Compared | None, Said]:
    """What was compared, and what the unit expected: as far as the parties' folders are there and their files have not expired."""
    state, compared = None, None
    with suppress(TrilinkError):
        state = _state(out, epoch)
        compared = compared_pairs(out, state, epoch, results.truth)
    matches: dict[str, dict[tuple[str, str], float]] = {}
    quality = state.result("quality.json") if state else None
    if quality and quality.is_file():
        for entity, found in json.loads(quality.read_text(encoding="utf-8"))["entities"].items():
            matches[entity] = {(row["owner_a"], row["owner_b"]): row["expected_matches"] for row in found["owner_pairs"]}
    return compared, Said(matches, _listed(out))


def _listed(out: Path) -> pd.DataFrame:
    """The estimates in the owners' resolved lists, one row each."""
    rows = []
    for path in sorted(out.glob("lists/*/linked-cases.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        rows += [{"owner": document["owner"]} | line for line in document["estimates"]]
    return pd.DataFrame(rows, columns=["entity", *LISTED])


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _write(path: Path, header: list[str], rows: list[Row]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    with written_whole(path) as file:
        file.write(text.getvalue().encode())
