"""What became of clusters, as a table that can be read: before, now, and what happened."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.unit.continuity import Cluster, Member, cluster_events, link_events, successors

CASES = [  # clusters before, clusters now, which goes on in which (before > now), events
    ("nothing at all", "", "", "", {}),
    ("two meet", "", "ab", "", {"new": 1}),
    ("the same two", "ab", "ab", "ab>ab", {"continued": 1}),
    ("a third joins", "ab", "abc", "ab>abc", {"grown": 1}),
    ("one leaves", "abc", "ab", "abc>ab", {"shrunk": 1}),
    ("one leaves and one joins", "abc", "abd", "abc>abd", {"changed": 1}),
    ("two become one", "ab cd", "abcd", "ab>abcd", {"merged": 1}),
    ("the larger of two goes on", "ab cde", "abcde", "cde>abcde", {"merged": 1}),
    ("one becomes two", "abcd", "ab cd", "abcd>ab", {"split": 1}),
    ("the larger piece goes on", "abcde", "ab cde", "abcde>cde", {"split": 1}),
    ("all part", "ab", "", "", {"gone": 1}),
    ("one parts, strangers meet", "ab", "cd", "", {"gone": 1, "new": 1}),
    ("a member changes sides", "abc de", "ab cde", "abc>ab de>cde", {"merged": 1, "split": 1}),
    ("everyone is exchanged", "ab cd", "ac bd", "ab>ac cd>bd", {"merged": 2, "split": 2}),
    ("two that have nothing to do with each other", "ab cd", "ab cde", "ab>ab cd>cde", {"continued": 1, "grown": 1}),
]


def members(text: str) -> list[tuple[Member, ...]]:
    return [tuple(("suspect", letter, letter.encode()) for letter in word) for word in text.split()]


def clusters(text: str) -> list[Cluster]:
    words = text.split()
    return [Cluster("suspect", number, words[number], found, "2026-10") for number, found in enumerate(members(text))]


@pytest.mark.parametrize(("case", "before", "now", "goes_on", "events"), CASES, ids=[case[0] for case in CASES])
def test_what_became_of_clusters(case: str, before: str, now: str, goes_on: str, events: dict[str, int]) -> None:
    found = successors(clusters(before), members(now))
    assert {f"{old.name}>{now.split()[place]}" for place, old in found.items()} == set(goes_on.split())
    assert cluster_events(clusters(before), clusters(now)) == ({"suspect": events} if events else {})


def test_what_became_of_links() -> None:
    before, now = [("suspect", "1"), ("suspect", "2"), ("firearm", "1")], [("suspect", "2"), ("suspect", "3"), ("firearm", "1")]
    assert link_events(before, now) == {"firearm": {"continued": 1}, "suspect": {"new": 1, "continued": 1, "gone": 1}}


def partitions() -> st.SearchStrategy[str]:
    """Ten letters in at most four heaps; heaps of one are no clusters."""

    def words(places: list[int]) -> str:
        heaps = ["".join(letter for letter, place in zip("abcdefghij", places, strict=True) if place == heap) for heap in range(4)]
        return " ".join(word for word in heaps if len(word) > 1)

    return st.lists(st.integers(0, 3), min_size=10, max_size=10).map(words)


@settings(deadline=None)
@given(partitions(), partitions())
def test_no_cluster_goes_on_twice_and_none_takes_over_two(before: str, now: str) -> None:
    found = successors(clusters(before), members(now))
    assert max(Counter(old.name for old in found.values()).values(), default=0) <= 1
    assert all(set(old.name) & set(now.split()[place]) for place, old in found.items())
    same = {place for place, word in enumerate(now.split()) if word in before.split()}
    assert same <= found.keys()  # who stays together keeps the name


@settings(deadline=None)
@given(partitions())
def test_nothing_happens_where_nothing_changed(text: str) -> None:
    events = cluster_events(clusters(text), clusters(text))
    assert events == ({"suspect": {"continued": len(text.split())}} if text else {})
