"""Clustering against its slow twin, and the cases that the rules of the room are for."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.unit.clustering import Clusters, cluster
from linkage.unit.nodes import Node, WeighedPair
from tests.reference_unit import clustered
from tests.unit.weighed import name, named, pairs_of

NODES = st.tuples(st.sampled_from(["ca", "mx", "uk", "us"]), st.sampled_from([name("1"), name("2"), name("3")]))
SIDES = st.tuples(NODES, NODES).filter(lambda sides: sides[0][0] < sides[1][0])
PAIRS = st.dictionaries(SIDES, st.integers(0, 5), max_size=25)  # few weights, so that ties are common


def pair(left: str, right: str, weight: float, probability: float = 0.99) -> WeighedPair:
    """``ca1`` is the first record of Canada."""
    return WeighedPair(node(left), node(right), weight, probability, 0)


def node(text: str) -> Node:
    return text[:2], name(text[2:])


def weighed(weights: dict[tuple[Node, Node], int]) -> list[WeighedPair]:
    return [WeighedPair(left, right, float(weight), 0.99, 0) for (left, right), weight in weights.items()]


def shown(clusters: Clusters) -> tuple[list[list[Node]], list[WeighedPair], list[WeighedPair]]:
    return clusters.members, list(clusters.links), list(clusters.contested)


def members(clusters: Clusters) -> list[list[str]]:
    return [[owner + named(known) for owner, known in nodes] for nodes in clusters.members]


@settings(deadline=None)  # the first one compiles the kernel
@given(PAIRS)
def test_clusters_are_those_of_the_slow_twin(weights: dict[tuple[Node, Node], int]) -> None:
    found = cluster(pairs_of(weighed(weights)), 0.5)
    groups, contested = clustered([(left, right, weight) for (left, right), weight in weights.items()])
    assert {frozenset(nodes) for nodes in found.members} == groups
    assert {(one.left, one.right) for one in found.contested} == contested
    assert {(one.left, one.right) for one in found.links} == weights.keys() - contested


@settings(max_examples=50, deadline=None)
@given(PAIRS, st.randoms())
def test_the_order_of_pairs_changes_nothing(weights: dict[tuple[Node, Node], int], chance: random.Random) -> None:
    pairs = weighed(weights)
    expected = shown(cluster(pairs_of(pairs), 0.5))
    chance.shuffle(pairs)
    assert shown(cluster(pairs_of(pairs), 0.5)) == expected


@settings(deadline=None)
@given(PAIRS)
def test_no_cluster_has_two_records_of_one_owner(weights: dict[tuple[Node, Node], int]) -> None:
    found = cluster(pairs_of(weighed(weights)), 0.5)
    for nodes in found.members:
        owners = [owner for owner, _ in nodes]
        assert len(owners) == len(set(owners)) > 1
    every = [one for nodes in found.members for one in nodes]
    assert len(every) == len(set(every))


def test_one_weak_edge_keeps_a_trilateral_cluster() -> None:
    """The weak one is enough, and the third edge need not be there at all (anonlink's complete-link rule would lose it)."""
    assert members(cluster(pairs_of([pair("ca1", "mx1", 20), pair("mx1", "us1", 0.1, 0.51)]), 0.5)) == [["ca1", "mx1", "us1"]]


def test_one_wrong_edge_does_not_merge_strangers() -> None:
    """Connected components would make one cluster of four."""
    found = cluster(pairs_of([pair("ca1", "mx1", 20), pair("ca2", "mx2", 20), pair("ca1", "mx2", 15)]), 0.5)
    assert members(found) == [["ca1", "mx1"], ["ca2", "mx2"]]
    assert list(found.contested) == [pair("ca1", "mx2", 15)]


def test_a_wrong_edge_between_owners_that_differ_does_not_merge_strangers_either() -> None:
    """ca1–mx1 and mx2–us2 are two persons: the edge ca1–us2 would bring both of mx's records together."""
    found = cluster(pairs_of([pair("ca1", "mx1", 20), pair("mx2", "us2", 20), pair("ca1", "us2", 15)]), 0.5)
    assert members(found) == [["ca1", "mx1"], ["mx2", "us2"]]
    assert len(found.contested) == 1


def test_a_contested_record_stays_alone_and_the_heavier_pair_wins() -> None:
    found = cluster(pairs_of([pair("ca1", "mx1", 7), pair("ca1", "mx2", 8)]), 0.5)
    assert members(found) == [["ca1", "mx2"]]
    assert list(found.contested) == [pair("ca1", "mx1", 7)]


def test_ties_are_broken_by_name() -> None:
    assert members(cluster(pairs_of([pair("ca1", "mx2", 7), pair("ca1", "mx1", 7)]), 0.5)) == [["ca1", "mx1"]]


def test_improbable_pairs_neither_link_nor_contest() -> None:
    found = cluster(pairs_of([pair("ca1", "mx1", 7), pair("ca1", "mx2", 9, 0.49)]), 0.5)
    assert members(found) == [["ca1", "mx1"]]
    assert list(found.contested) == []


def test_an_owner_without_pairs_changes_nothing() -> None:
    pairs = [pair("ca1", "mx1", 7), pair("ca2", "mx2", 5)]
    with_others = cluster(pairs_of([*pairs, pair("uk1", "us1", 30)]), 0.5)
    alone = cluster(pairs_of(pairs), 0.5)
    assert [nodes for nodes in members(with_others) if nodes != ["uk1", "us1"]] == members(alone)
    assert [one for one in with_others.links if one.left[0] != "uk"] == list(alone.links)


def test_nothing_clusters_to_nothing() -> None:
    assert shown(cluster(pairs_of([]), 0.5)) == ([], [], [])
