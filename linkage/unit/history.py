"""What became of links and clusters since the last epoch: the owners' pseudonyms last, so links and clusters keep their names.

The rules of this room:
1. A link is its two pseudonyms: the same two records give the same link id in every epoch.
2. A cluster keeps its name as long as members of it stay together (``continuity``): under the name that they had on the last list of this
   epoch, or else in the last epoch. A name is never given to two.
3. Events are counted against the last epoch, however many lists this epoch has had (docs/spec/history.md).
4. The room reads the unit's results and knows nothing but pseudonyms. Same results, same history: same bytes.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.postings import read_table, table_bytes
from linkage.unit.continuity import Cluster, Member, cluster_events, link_events, successors
from linkage.unit.opaque_ids import SEPARATOR, opaque, opaque_each
from linkage.unit.state import RunState, write_json

FORMAT = "trilink/history/v1"
LINKS = pa.schema([
    ("entity", pa.string()), ("link_id", pa.string()), ("owner_a", pa.string()), ("pseudonym_a", pa.binary(16)), ("owner_b", pa.string()),
    ("pseudonym_b", pa.binary(16)), ("first_seen", pa.string()), ("first_listed", pa.string()),
])  # fmt: skip
CLUSTERS = pa.schema([
    ("entity", pa.string()), ("cluster_id", pa.string()), ("number", pa.uint32()), ("owner", pa.string()), ("pseudonym", pa.binary(16)),
    ("first_seen", pa.string()),
])  # fmt: skip
TABLES = {"links": LINKS, "clusters": CLUSTERS}

Events = dict[str, dict[str, dict[str, int]]]


class Link(NamedTuple):
    """A row of ``LINKS``; ``first_listed`` is empty while the link's band is not released."""

    entity: str
    name: str
    left: tuple[str, bytes]
    right: tuple[str, bytes]
    first_seen: str
    first_listed: str


class Snapshot(NamedTuple):
    """Links and clusters as an epoch left them."""

    links: list[Link]
    clusters: list[Cluster]


NOTHING = Snapshot([], [])


class Identity:
    """The names that links and clusters of this epoch have, after ``remember``."""

    def __init__(self, state: RunState) -> None:
        self._links, self._clusters = (read_table(state.history / f"{name}.arrow", schema) for name, schema in TABLES.items())

    def clusters(self, entity: str) -> list[str]:
        """The names of the clusters of an entity type, by their numbers in the results."""
        mine = self._clusters.filter(pc.equal(self._clusters["entity"], entity))
        numbers = mine["number"].to_numpy()
        names = np.empty(int(numbers.max(initial=0)) + 1 if len(mine) else 0, dtype=object)
        names[numbers] = mine["cluster_id"].to_pylist()
        return list(names.tolist())

    def first_listed(self, links: list[str]) -> list[str]:
        """The epoch in which each of these links was first on a list."""
        places = pc.index_in(pa.array(links, pa.string()), value_set=self._links["link_id"])
        return list(self._links["first_listed"].take(places).to_pylist())


def link_names(entity: str, ends: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Rule 1: link ids of pairs of pseudonyms, each in the order of their owners."""
    return opaque_each(("link", entity), (left + SEPARATOR + right for left, right in ends))


def remember(state: RunState) -> Events:
    """Write this epoch's history beside its results; returns how many ``links`` and ``clusters`` are new, continued and so on."""
    previous = _previous(state)
    last = read_snapshot(previous) if previous is not None else NOTHING
    before = read_snapshot(state.history)
    now = Snapshot(_links(state, [last, before]), _clusters(state, [before, last]))
    events = {
        "links": link_events(*([(link.entity, link.name) for link in one.links] for one in (last, now))),
        "clusters": cluster_events(last.clusters, now.clusters),
    }
    write_snapshot(state.history, now)
    _write_facts(state, previous, events)
    return events


def read_snapshot(folder: Path) -> Snapshot:
    """What ``write_snapshot`` wrote; nothing where there is no history yet."""
    if not (folder / "clusters.arrow").exists():
        return NOTHING
    links = [
        Link(entity, name, (owner_a, left), (owner_b, right), seen, listed)
        for entity, name, owner_a, left, owner_b, right, seen, listed in _rows(folder / "links.arrow", LINKS)
    ]
    members: dict[tuple[str, int, str, str], list[Member]] = defaultdict(list)
    for entity, name, number, owner, pseudonym, seen in _rows(folder / "clusters.arrow", CLUSTERS):
        members[entity, number, name, seen].append((entity, owner, pseudonym))
    return Snapshot(links, [Cluster(*key[:3], tuple(found), key[3]) for key, found in sorted(members.items())])


def write_snapshot(folder: Path, known: Snapshot) -> None:
    """Two Arrow files, rows in the order given; clusters last, for they say that both are there."""
    links = [(one.entity, one.name, *one.left, *one.right, one.first_seen, one.first_listed) for one in known.links]
    clusters = [
        (one.entity, one.name, one.number, owner, pseudonym, one.first_seen)
        for one in known.clusters
        for _, owner, pseudonym in one.members
    ]
    for name, schema, rows in (("links", LINKS, links), ("clusters", CLUSTERS, clusters)):
        columns = [pa.array([row[at] for row in rows], field.type) for at, field in enumerate(schema)]
        with written_whole(folder / f"{name}.arrow") as file:
            file.write(table_bytes(pa.table(columns, schema=schema)))


def _rows(path: Path, schema: pa.Schema) -> list[tuple[Any, ...]]:
    table = read_table(path, schema)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _links(state: RunState, known: list[Snapshot]) -> list[Link]:
    """The links of the results, with what is ``known`` of them; a later snapshot has the last word."""
    seen = {link.name: link.first_seen for snapshot in known for link in snapshot.links}
    listed = {link.name: link.first_listed for snapshot in known for link in snapshot.links if link.first_listed}
    released, found = set(state.agreement.decision.released_bands), []
    rows = list(_results(state, "links.csv"))
    ends = [(bytes.fromhex(left), bytes.fromhex(right)) for _, _, left, _, right, *_ in rows]
    for (entity, owner_a, _, owner_b, _, _, _, band), (left, right) in zip(rows, ends, strict=True):
        (name,) = link_names(entity, [(left, right)])
        first_listed = listed.get(name, state.epoch if band in released else "")
        found.append(Link(entity, name, (owner_a, left), (owner_b, right), seen.get(name, state.epoch), first_listed))
    return found


def _clusters(state: RunState, known: list[Snapshot]) -> list[Cluster]:
    """The clusters of the results under their names: those of the first snapshot that knows them, or new ones."""
    members: dict[tuple[str, int], list[Member]] = defaultdict(list)
    for entity, number, owner, pseudonym in _results(state, "clusters.csv"):
        members[entity, int(number)].append((entity, owner, bytes.fromhex(pseudonym)))
    keys, now = list(members), [tuple(found) for found in members.values()]
    names: dict[int, tuple[str, str]] = {}
    for snapshot in known:
        taken = {name for name, _ in names.values()}
        for place, old in successors([cluster for cluster in snapshot.clusters if cluster.name not in taken], now).items():
            names.setdefault(place, (old.name, old.first_seen))
    taken = {name for name, _ in names.values()}
    for place in range(len(now)):
        if place not in names:
            names[place] = _fresh_name(state.epoch, now[place], taken), state.epoch
            taken.add(names[place][0])
    return [Cluster(*key, names[place][0], now[place], names[place][1]) for place, key in enumerate(keys)]


def _fresh_name(epoch: str, members: tuple[Member, ...], taken: set[str]) -> str:
    """A name made of the first members and the epoch; another one where a cluster of before, which has lost these members, bears it."""
    words: list[str | bytes] = ["cluster", epoch, members[0][0], *(pseudonym for _, _, pseudonym in members)]
    name = opaque(*words)
    while name in taken:
        words.append("again")
        name = opaque(*words)
    return name


def _results(state: RunState, name: str) -> Iterator[list[str]]:
    with state.result(name).open(encoding="utf-8", newline="") as file:
        yield from islice(csv.reader(file), 1, None)


def _previous(state: RunState) -> Path | None:
    """The history of the epoch decided last before this one, by their sequence; once known it stays."""
    folders = {str(facts["run"]): (int(facts["sequence"]), path.parent) for path, facts in _all_facts(state)}
    own = folders.pop(state.run, None)
    earlier = [one for one in folders.values() if own is None or one[0] < own[0]]
    return max(earlier)[1] if earlier else None


def _write_facts(state: RunState, previous: Path | None, events: Events) -> None:
    facts = {str(facts["run"]): facts for _, facts in _all_facts(state)}
    sequence = facts[state.run]["sequence"] if state.run in facts else 1 + max((one["sequence"] for one in facts.values()), default=0)
    since = next((one["epoch"] for path, one in _all_facts(state) if path.parent == previous), None)
    document = {"format": FORMAT, "epoch": state.epoch, "run": state.run, "sequence": sequence, "since": since, **events}
    write_json(state.history / "history.json", document)


def _all_facts(state: RunState) -> list[tuple[Path, dict[str, Any]]]:
    """``history.json`` of every epoch of this home."""
    paths = sorted(state.folder.parent.glob("*/history/history.json"))
    return [(path, json.loads(path.read_text(encoding="utf-8"))) for path in paths]
