"""What became of links and clusters since the last epoch: the owners' pseudonyms last, so links and clusters keep their names.

The rules of this room:
1. A link is its two pseudonyms: the same two records give the same link id in every epoch.
2. A cluster keeps its name as long as members of it stay together (``continuity``): under the name that they had on the last list of this
   epoch, or else in the last epoch. A name is never given to two.
3. Events are counted against the last epoch, however many lists this epoch has had (docs/spec/history.md).
4. The room knows nothing but pseudonyms. Same links and clusters, same history: same bytes.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.postings import binary_column
from linkage.protocol.stated_formats import require_format
from linkage.unit.classification import bands_of
from linkage.unit.continuity import Counts, cluster_events, link_events, successors
from linkage.unit.linking import Decided
from linkage.unit.nodes import Numbers
from linkage.unit.opaque_ids import link_ids, opaque
from linkage.unit.snapshots import CLUSTERS, LINKS, NOTHING, Snapshot, heaps_of, places_of, read_snapshot, starts_of, write_snapshot
from linkage.unit.state import RunState, write_json

FORMAT = "trilink/history/v1"

Events = dict[str, Counts]


class Identity:
    """The names that links and clusters of this epoch have, after ``remember``."""

    def __init__(self, state: RunState) -> None:
        self._known = read_snapshot(state.history)

    def clusters(self, entity: str) -> list[str]:
        """The names of the clusters of an entity type, by their numbers in the results."""
        clusters = self._known.clusters
        mine = clusters.filter(pc.equal(clusters["entity"], entity))
        names: list[str] = mine["cluster_id"].take(pa.array(starts_of(mine))).to_pylist()
        return names

    def first_listed(self, links: list[str]) -> list[str]:
        """The epoch in which each of these links was first on a list."""
        places = pc.index_in(pa.array(links, pa.string()), value_set=self._known.links["link_id"])
        epochs: list[str] = self._known.links["first_listed"].take(places).to_pylist()
        return epochs


def remember(state: RunState, decided: list[Decided]) -> Events:
    """Write this epoch's history beside its results; returns how many ``links`` and ``clusters`` are new, continued and so on."""
    previous = _previous(state)
    last = read_snapshot(previous) if previous is not None else NOTHING
    before = read_snapshot(state.history)
    now = Snapshot(_links(state, decided, [last, before]), _clusters(state, decided, [before, last]))
    events = {
        "links": link_events(*(list(zip(*_columns(one.links, ["entity", "link_id"]), strict=True)) for one in (last, now))),
        "clusters": cluster_events(*heaps_of(last.clusters, now.clusters)),
    }
    write_snapshot(state.history, now)
    _write_facts(state, previous, events)
    return events


def _columns(table: pa.Table, names: list[str]) -> list[list[str]]:
    return [table[name].to_pylist() for name in names]


def _links(state: RunState, decided: list[Decided], known: list[Snapshot]) -> pa.Table:
    """The links under rule 1, with what is ``known`` of them; a later snapshot has the last word."""
    parts, released = [LINKS.empty_table()], pa.array(state.agreement.decision.released_bands)
    for one in decided:
        links, nodes = one.clusters.links, one.clusters.nodes
        ids = pa.array(link_ids(one.entity, links), pa.string())
        now = pa.repeat(state.epoch, len(links))
        is_released = pc.is_in(pa.array(bands_of(links.probabilities, state.agreement.decision), pa.string()), value_set=released)
        seen, listed = now, pc.if_else(is_released, now, "")
        for snapshot in known:
            place = pc.index_in(ids, value_set=snapshot.links["link_id"])
            seen = pc.coalesce(snapshot.links["first_seen"].take(place), seen)
            said = snapshot.links["first_listed"].take(place)
            listed = pc.if_else(pc.fill_null(pc.not_equal(said, ""), False), said, listed)
        owners, sides = nodes.owner_of_each(), (links.left, links.right)
        ends = [column for side in sides for column in (pa.array(owners[side], pa.string()), binary_column(nodes.names[side]))]
        parts.append(pa.table([pa.repeat(one.entity, len(links)), ids, *ends, seen, listed], schema=LINKS))
    return pa.concat_tables(parts)


def _clusters(state: RunState, decided: list[Decided], known: list[Snapshot]) -> pa.Table:
    """The clusters under their names: those of the first snapshot that knows them, or new ones."""
    now = pa.concat_tables([CLUSTERS.empty_table(), *map(_nameless, decided)])
    places = places_of(now)
    names, seen = np.full((2, starts_of(now).size), "", dtype=object)
    for snapshot in known:
        free = snapshot.clusters.filter(pc.invert(pc.is_in(snapshot.clusters["cluster_id"], value_set=pa.array(names, pa.string()))))
        starts = pa.array(starts_of(free))
        old_names, old_seen = (np.array(free[column].take(starts).to_pylist(), dtype=object) for column in ("cluster_id", "first_seen"))
        old = successors(*heaps_of(free, now), np.argsort(np.argsort(old_names)))
        goes_on = (names == "") & (old >= 0)
        names[goes_on], seen[goes_on] = old_names[old[goes_on]], old_seen[old[goes_on]]
    fresh = names == ""
    names[fresh], seen[fresh] = _fresh_names(state.epoch, now, np.flatnonzero(fresh), set(names.tolist())), state.epoch
    columns = {"cluster_id": pa.array(names[places], pa.string()), "first_seen": pa.array(seen[places], pa.string())}
    return pa.table([columns.get(name, now[name]) for name in CLUSTERS.names], schema=CLUSTERS)


def _nameless(one: Decided) -> pa.Table:
    """The members of the clusters of an entity type, with nothing where names come."""
    ordered, _ = one.clusters.in_order()
    nodes, nothing = one.clusters.nodes, pa.repeat("", ordered.size)
    owners, numbers = pa.array(nodes.owner_of_each()[ordered], pa.string()), pa.array(one.clusters.homes[ordered], pa.uint32())
    columns = [pa.repeat(one.entity, ordered.size), nothing, numbers, owners, binary_column(nodes.names[ordered]), nothing]
    return pa.table(columns, schema=CLUSTERS)


def _fresh_names(epoch: str, clusters: pa.Table, places: Numbers, taken: set[str]) -> list[str]:
    """Names made of the first members and the epoch; another one where a cluster of before, which has lost these members, bears it."""
    starts, found = [*starts_of(clusters).tolist(), len(clusters)], []
    entities, pseudonyms = _columns(clusters, ["entity", "pseudonym"])
    for place in places.tolist():
        start, end = starts[place], starts[place + 1]
        words: list[str | bytes] = ["cluster", epoch, entities[start], *pseudonyms[start:end]]
        name = opaque(*words)
        while name in taken:
            words.append("again")
            name = opaque(*words)
        found.append(name)
    return found


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
    found = [(path, json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    for path, facts in found:
        require_format(facts, FORMAT, f"{path.parent.parent.name}/history/{path.name}")
    return found
