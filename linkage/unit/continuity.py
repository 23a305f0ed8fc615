"""Which cluster of now goes on as which cluster of before, and what became of all of them; nothing but members is looked at.

The rules of this room:
1. Two clusters have to do with each other when they share a member. A cluster goes on in the one that holds most of its members; of equals
   in the one with the smallest member; and no cluster goes on in two, or takes over two.
2. What became of them: new (shares nobody), continued (the same members), grown, shrunk, changed (some came, some left), merged (holds
   members of several), split (its members are in several now: counted once for each that was split), gone (nobody is clustered any more).
3. A cluster that holds members of several is merged, whatever else happened to these.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

Member = tuple[str, str, bytes]
"""Entity type, owner, pseudonym."""

EVENTS = ("new", "continued", "grown", "shrunk", "changed", "merged", "split", "gone")


class Cluster(NamedTuple):
    """``number`` is the one of the unit's results; members are sorted; ``first_seen`` is the epoch in which its name was first given."""

    entity: str
    number: int
    name: str
    members: tuple[Member, ...]
    first_seen: str


Successors = dict[int, Cluster]
"""Which earlier cluster goes on in the cluster at that place."""


def successors(before: list[Cluster], now: list[tuple[Member, ...]]) -> Successors:
    """Rule 1, for clusters of now by their place."""
    holder = {member: place for place, members in enumerate(now) for member in members}
    shared = [(len(places), place, old) for old in before for place, places in _places(old, holder).items()]
    shared.sort(key=lambda one: (-one[0], now[one[1]][0], one[2].name))
    found: Successors = {}
    taken = set()
    for _, place, old in shared:
        if place not in found and old.name not in taken:
            found[place] = old
            taken.add(old.name)
    return found


def cluster_events(before: list[Cluster], now: list[Cluster]) -> dict[str, dict[str, int]]:
    """Rules 2 and 3: clusters by entity type and event; events that did not happen are not in it."""
    holder = {member: place for place, cluster in enumerate(now) for member in cluster.members}
    origins: dict[int, list[Cluster]] = defaultdict(list)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    split = set()
    for old in before:
        places = _places(old, holder)
        for place in places:
            origins[place].append(old)
        if len(places) != 1:
            counts[old.entity]["split" if places else "gone"] += 1
            split.add(old.name)
    for place, cluster in enumerate(now):
        event = _event(cluster, origins[place], split)
        if event:
            counts[cluster.entity][event] += 1
    return _plain(counts)


def link_events(before: Collection[tuple[str, str]], now: Collection[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Links, as (entity type, link id), by entity type: new, continued or gone."""
    earlier, later = set(before), set(now)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for event, links in (("new", later - earlier), ("continued", later & earlier), ("gone", earlier - later)):
        for entity, _ in links:
            counts[entity][event] += 1
    return _plain(counts)


def _event(cluster: Cluster, origins: list[Cluster], split: Collection[str]) -> str:
    """What happened to a cluster of now; "" where it is a piece of one that was split."""
    if len(origins) != 1:
        return "merged" if origins else "new"
    if origins[0].name in split:
        return ""
    here, there = set(cluster.members), set(origins[0].members)
    if here == there:
        return "continued"
    return "grown" if here > there else "shrunk" if here < there else "changed"


def _places(old: Cluster, holder: dict[Member, int]) -> dict[int, list[Member]]:
    """Members of an earlier cluster by the place of the cluster that holds them now."""
    found: dict[int, list[Member]] = defaultdict(list)
    for member in old.members:
        if member in holder:
            found[holder[member]].append(member)
    return found


def _plain(counts: dict[str, Counter[str]]) -> dict[str, dict[str, int]]:
    return {entity: {event: found[event] for event in _known(found)} for entity, found in sorted(counts.items())}


def _known(found: Iterable[str]) -> list[str]:
    return [event for event in EVENTS if event in set(found)]
