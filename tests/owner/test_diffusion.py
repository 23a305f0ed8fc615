"""The diffusion layer: linear, keyed, and the same as the slow twin's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.owner.diffusion import diffusion_table, index_sets
from tests import reference as twin
from tests.made_agreements import KEY_BYTES

LENGTHS = (64, 128, 320)
KEYS = st.binary(min_size=32, max_size=32)


def diffused(ones: set[int], table: np.ndarray) -> np.ndarray:
    """The XOR of what each set bit contributes, shape (words,): what the encoder's kernel does."""
    return np.bitwise_xor.reduce(table[sorted(ones)], axis=0)


@given(data=st.data(), key=KEYS, t=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_twin_agrees(data: st.DataObject, key: bytes, t: int) -> None:
    length = data.draw(st.sampled_from(LENGTHS))
    ones = data.draw(st.sets(st.integers(0, length - 1)))
    sets = twin.index_sets(key, length, t)
    assert index_sets(key, length, t).tolist() == sets
    assert diffused(ones, diffusion_table(key, length, t)).tobytes() == twin.packed(twin.diffused(ones, sets), length)


@given(left=st.sets(st.integers(0, 127)), right=st.sets(st.integers(0, 127)))
@settings(max_examples=30, deadline=None)
def test_linear_and_zeros_stay(left: set[int], right: set[int]) -> None:
    table = diffusion_table(KEY_BYTES, 128, 4)
    one, two, both = (diffused(ones, table) for ones in (left, right, left ^ right))
    assert (one ^ two == both).all()
    assert not diffused(set(), table).any()


@given(ones=st.sets(st.integers(0, 127)))
@settings(max_examples=30, deadline=None)
def test_one_bit_each_only_moves_them(ones: set[int]) -> None:
    assert int(np.bitwise_count(diffused(ones, diffusion_table(KEY_BYTES, 128, 1))).sum()) == len(ones)


@pytest.mark.parametrize("t", [1, 2, 4, 16])
@pytest.mark.parametrize("length", LENGTHS)
def test_every_filter_bit_reaches_t_travelling_bits(length: int, t: int) -> None:
    sets = index_sets(KEY_BYTES, length, t)
    assert sets.shape == (length, t)
    assert (np.bincount(sets.ravel(), minlength=length) == t).all()
    assert all(len(set(row)) == t for row in sets.tolist())


def test_another_key_has_other_sets() -> None:
    same = (index_sets(KEY_BYTES, 320, 4) == index_sets(bytes(32), 320, 4)).sum()
    assert same < 20  # four are expected by chance
