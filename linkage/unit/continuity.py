"""Which cluster of now goes on as which cluster of before, and what became of all of them; nothing but members is looked at.

The rules of this room:
1. Two clusters have to do with each other when they share a member. A cluster goes on in the one that holds most of its members; of equals
   in the one with the smallest member; and no cluster goes on in two, or takes over two.
2. What became of them: new (shares nobody), continued (the same members), grown, shrunk, changed (some came, some left), merged (holds
   members of several), split (its members are in several now: counted once for each that was split), gone (nobody is clustered any more).
3. A cluster that holds members of several is merged, whatever else happened to these.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.unit.nodes import Numbers

EVENTS = ("new", "continued", "grown", "shrunk", "changed", "merged", "split", "gone")
PIECE = ""  # of a cluster that was split: nothing that is counted

Counts = dict[str, dict[str, int]]
"""By entity type and event; events that did not happen are not in it."""


class Heaps(NamedTuple):
    """Clusters by their place, from 0 on: the number and the place of each clustered member, shape (members,), and the entity type of each
    cluster, shape (clusters,). Members are numbered in their order, clusters of before and of now alike; nobody is in two clusters."""

    members: Numbers
    places: Numbers
    entities: NDArray[np.object_]

    def sizes(self) -> Numbers:
        return np.bincount(self.places, minlength=self.entities.size)


class _Shared(NamedTuple):
    """Clusters that have to do with each other, shape (pairs,): the places before and now, and how many members they share."""

    before: Numbers
    now: Numbers
    counts: Numbers


def successors(before: Heaps, now: Heaps, order: Numbers) -> Numbers:
    """Rule 1: for each cluster of now the place of the earlier one that goes on in it, or -1, shape (clusters,).

    ``order`` (earlier clusters,) says which of two comes first that would go on in the same one with equally many members.
    """
    shared = _shared(before, now)
    first = np.full(now.entities.size, np.iinfo(np.int64).max)
    np.minimum.at(first, now.places, now.members)
    ranked = np.lexsort((order[shared.before], first[shared.now], -shared.counts))
    old, new = shared.before[ranked], shared.now[ranked]
    found = np.full(now.entities.size, -1)
    simple = (np.bincount(old)[old] == 1) & (np.bincount(new)[new] == 1)
    found[new[simple]] = old[simple]
    taken = set()
    for was, place in zip(old[~simple].tolist(), new[~simple].tolist(), strict=True):
        if found[place] < 0 and was not in taken:
            found[place] = was
            taken.add(was)
    return found


def cluster_events(before: Heaps, now: Heaps) -> Counts:
    """Rules 2 and 3: clusters by entity type and event."""
    shared = _shared(before, now)
    pieces, origins = np.bincount(shared.before, minlength=before.entities.size), np.bincount(shared.now, minlength=now.entities.size)
    origin, held = np.zeros(now.entities.size, np.int64), np.zeros(now.entities.size, np.int64)
    origin[shared.now], held[shared.now] = shared.before, shared.counts  # of those that have one origin
    here = now.sizes()
    there, parted = (np.append(of, 0)[origin] for of in (before.sizes(), pieces))
    became = np.select(
        [origins == 0, origins > 1, parted > 1, (held == there) & (held == here), held == there, held == here],
        ["new", "merged", PIECE, "continued", "grown", "shrunk"], "changed",
    )  # fmt: skip
    was = np.select([pieces == 0, pieces > 1], ["gone", "split"], PIECE)
    return _counted([*zip(now.entities.tolist(), became.tolist(), strict=True), *zip(before.entities.tolist(), was.tolist(), strict=True)])


def link_events(before: Collection[tuple[str, str]], now: Collection[tuple[str, str]]) -> Counts:
    """Links, as (entity type, link id): new, continued or gone."""
    earlier, later = set(before), set(now)
    found = (("new", later - earlier), ("continued", later & earlier), ("gone", earlier - later))
    return _counted((entity, event) for event, links in found for entity, _ in links)


def _shared(before: Heaps, now: Heaps) -> _Shared:
    everyone = max(int(before.members.max(initial=-1)), int(now.members.max(initial=-1))) + 1
    holder: NDArray[Any] = np.full(everyone, -1)
    holder[now.members] = now.places
    place = holder[before.members]
    clusters = max(now.entities.size, 1)
    keys, counts = np.unique((before.places * clusters + place)[place >= 0], return_counts=True)
    return _Shared(keys // clusters, keys % clusters, counts)


def _counted(found: Iterable[tuple[str, str]]) -> Counts:
    counts = Counter(found)
    happened = sorted({entity for entity, event in counts if event != PIECE})
    return {entity: {event: counts[entity, event] for event in EVENTS if counts[entity, event]} for entity in happened}
