"""Counting distinct pairs in pieces is counting them at once."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.lab.distinct_pairs import DistinctPairs

STREAMS = st.lists(st.lists(st.integers(0, 99)), max_size=6)


@settings(deadline=None, max_examples=50)
@given(STREAMS, st.integers(1, 40))
def test_no_pair_is_lost_or_counted_twice(stream: list[list[int]], at_once: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        counted = DistinctPairs(Path(scratch), 100, sum(map(len, stream)), at_once)
        for keys in stream:
            counted.add(np.array(keys, dtype=np.int64))
        assert counted.count() == len({key for keys in stream for key in keys})
