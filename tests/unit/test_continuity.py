"""What became of clusters, as a table that can be read: before, now, and what happened."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.unit.continuity import Heaps, cluster_events, link_events, successors

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


def heaps(text: str) -> Heaps:
    words = text.split()
    members = np.array([ord(letter) for word in words for letter in word], dtype=np.int64)
    places = np.repeat(np.arange(len(words)), [len(word) for word in words]).astype(np.int64)
    return Heaps(members, places, np.array(["suspect"] * len(words), dtype=object))


def goes_on(before: str, now: str) -> dict[str, str]:
    """Which word of before goes on in each word of now that has one; of equal ones the first."""
    words = before.split()
    found = successors(heaps(before), heaps(now), np.argsort(np.argsort(np.array(words, dtype=object))))
    return {word: words[place] for word, place in zip(now.split(), found.tolist(), strict=True) if place >= 0}


@pytest.mark.parametrize(("case", "before", "now", "continues", "events"), CASES, ids=[case[0] for case in CASES])
def test_what_became_of_clusters(case: str, before: str, now: str, continues: str, events: dict[str, int]) -> None:
    assert {f"{old}>{word}" for word, old in goes_on(before, now).items()} == set(continues.split())
    assert cluster_events(heaps(before), heaps(now)) == ({"suspect": events} if events else {})


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
    found = goes_on(before, now)
    assert max(Counter(found.values()).values(), default=0) <= 1
    assert all(set(old) & set(word) for word, old in found.items())
    assert set(now.split()) & set(before.split()) <= found.keys()  # who stays together keeps the name
    assert list(found.items()) == slowly(before.split(), now.split())


def slowly(before: list[str], now: list[str]) -> list[tuple[str, str]]:
    """The slow twin: all pairs that share a member, those that share most first."""
    shared = [(-len(set(old) & set(word)), min(word), old, word) for old in before for word in now if set(old) & set(word)]
    found: dict[str, str] = {}
    for _, _, old, word in sorted(shared):
        if word not in found and old not in found.values():
            found[word] = old
    return sorted(found.items(), key=lambda one: now.index(one[0]))


@settings(deadline=None)
@given(partitions())
def test_nothing_happens_where_nothing_changed(text: str) -> None:
    events = cluster_events(heaps(text), heaps(text))
    assert events == ({"suspect": {"continued": len(text.split())}} if text else {})
