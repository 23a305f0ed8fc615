"""What the joint team sees of a run: counts, estimates and weights by entity type, and the epoch before. No value and no name of anybody.

Everything comes from files that the run has written already: manifest facts, possible matches, ``links.csv``, ``quality.json``.
"""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from linkage.unit.state import RunState

BINS = 24


class Funnel(NamedTuple):
    """One owner's way through a run: records, postings sent and those left out as too common, records that are linked."""

    owner: str
    records: int
    postings: int
    dropped: int
    linked: int


class Bar(NamedTuple):
    """Links whose weight is from ``lowest`` on, below the next bar's, by band, best first."""

    lowest: float
    counts: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.counts)


class EntityView(NamedTuple):
    """One entity type. ``possible``: pairs of postings that reached possible match, by owners; ``dropped``: passes by postings left out;
    ``quality``: its part of quality.json, ``before`` that of the epoch before, each None where there is none."""

    entity: str
    funnel: list[Funnel]
    possible: list[tuple[str, str, int]]
    dropped: list[tuple[str, int]]
    bars: list[Bar]
    quality: dict[str, Any] | None
    before: dict[str, Any] | None


class RunView(NamedTuple):
    """``absent``: owner and entity type of every package that is not in; ``before``: name of the epoch before, "" for none."""

    epoch: str
    run: str
    absent: list[tuple[str, str]]
    before: str
    entities: list[EntityView]


def view_run(state: RunState) -> RunView:
    """The run as far as it is."""
    quality, (before, earlier) = _quality(state.folder), _before(state)
    links = _links(state)
    agreement = state.agreement
    absent = [(owner, entity) for entity in sorted(agreement.entities) for owner in agreement.owners if owner not in state.present(entity)]
    entities = [
        EntityView(
            entity, _funnel(state, entity, links.get(entity, [])),
            [(left, right, _rows(state.possible(entity, left, right))) for one, left, right in state.jobs() if one == entity],
            _dropped(state, entity), _bars(links.get(entity, []), list(agreement.decision.bands)), quality.get(entity), earlier.get(entity),
        )
        for entity in sorted(agreement.entities) if state.present(entity)
    ]  # fmt: skip
    return RunView(state.epoch, state.run, absent, before, entities)


Link = tuple[tuple[str, str], tuple[str, str], float, str]  # left and right as (owner, pseudonym), weight, band


def _links(state: RunState) -> dict[str, list[Link]]:
    """Links of the results by entity type; none before there are results."""
    path = state.result("links.csv")
    found: dict[str, list[Link]] = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                ends = (row["owner_a"], row["pseudonym_a"]), (row["owner_b"], row["pseudonym_b"])
                found.setdefault(row["entity"], []).append((*ends, float(row["weight"]), row["band"]))
    return found


def _funnel(state: RunState, entity: str, links: list[Link]) -> list[Funnel]:
    linked = Counter(owner for owner, _ in {end for left, right, _, _ in links for end in (left, right)})
    rows = []
    for owner in state.present(entity):
        body = state.manifest_body(owner, entity)
        rows.append(Funnel(owner, body["records"], body["postings"], sum(body["postings_dropped"].values()), linked[owner]))
    return rows


def _dropped(state: RunState, entity: str, most: int = 5) -> list[tuple[str, int]]:
    """The passes that left out most postings, over all owners."""
    counts: Counter[str] = Counter()
    for owner in state.present(entity):
        counts.update(state.manifest_body(owner, entity)["postings_dropped"])
    return [(name, count) for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])) if count][:most]


def _bars(links: list[Link], bands: list[str]) -> list[Bar]:
    """Match weights of the links in ``BINS`` bars of one width."""
    if not links:
        return []
    weights = [weight for _, _, weight, _ in links]
    low, width = min(weights), (max(weights) - min(weights)) / BINS or 1.0
    counts: Counter[tuple[int, str]] = Counter((min(int((weight - low) / width), BINS - 1), band) for _, _, weight, band in links)
    return [Bar(low + number * width, [(band, counts[number, band]) for band in bands]) for number in range(BINS)]


def _rows(path: Path) -> int:
    """Rows of an Arrow file, without reading them; 0 when it is not there."""
    if not path.exists():
        return 0
    with pa.memory_map(str(path)) as source:
        file = pa.ipc.open_file(source)
        return sum(file.get_batch(number).num_rows for number in range(file.num_record_batches))


def _quality(folder: Path) -> dict[str, Any]:
    path = folder / "results" / "quality.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["entities"] if path.is_file() else {}
    return found


def _before(state: RunState) -> tuple[str, dict[str, Any]]:
    """The epoch whose name sorts last before this one and that has results."""
    earlier = [path for path in state.folder.parent.iterdir() if path.name < state.epoch and (path / "results" / "quality.json").is_file()]
    last = max(earlier, default=None, key=lambda path: path.name)
    return (last.name, _quality(last)) if last else ("", {})
