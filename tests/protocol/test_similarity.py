"""From two encodings to a level: the slow twin agrees, missing is no evidence, and diffusion costs little."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.similarity import Words, cells_of, levels_of, pattern_codes, radixes
from linkage.protocol.tiles import SMALLEST, before_diffusion, limits_of
from tests import reference as twin
from tests.made_agreements import KEY_BYTES, rules, small_rule

FAR_FROM_A_CUT = 1e-9


def words_of(ones: list[set[int]], length: int) -> Words:
    return np.frombuffer(b"".join(twin.packed(bits, length) for bits in ones), dtype=np.uint64).reshape(len(ones), -1)


def compared(rule: EntityRule, t: int, left: dict[str, set[int]], right: dict[str, set[int]]) -> np.ndarray:
    rows = np.zeros(1, dtype=np.uint32)
    sides = [{name: words_of([side[name]], rule.filters[name].length) for name in rule.filters} for side in (left, right)]
    return pattern_codes(rule, t, sides[0], sides[1], (rows, rows))


@given(data=st.data(), rule=rules(), t=st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_twin_agrees(data: st.DataObject, rule: EntityRule, t: int) -> None:
    bits = {name: st.sets(st.integers(0, table.length - 1)) for name, table in rule.filters.items()}
    left, right = data.draw(st.fixed_dictionaries(bits)), data.draw(st.fixed_dictionaries(bits))
    codes = compared(rule, t, left, right)
    tables = {name: rule.filters[name].model_dump() for name in sorted(rule.filters)}
    levels = [(twin.level(left[name], right[name], table, t), len(table["levels"]) + 2) for name, table in tables.items()]
    assert levels_of(codes, rule).tolist() == [[level for level, _ in levels]]
    assert codes.tolist() == [twin.pattern_code(levels)]
    assert 0 <= codes[0] < cells_of(rule)


@given(left=st.sets(st.integers(0, 63), min_size=1), right=st.sets(st.integers(0, 63), min_size=1))
def test_without_diffusion_it_is_plain_dice(left: set[int], right: set[int]) -> None:
    """Permuting the bits, which is what one-bit diffusion does, changes nothing either."""
    plain = 2 * len(left & right) / (len(left) + len(right))
    assert twin.dice(left, right, 64, 1) == pytest.approx(plain)
    sets = twin.index_sets(KEY_BYTES, 64, 1)
    assert twin.dice(twin.diffused(left, sets), twin.diffused(right, sets), 64, 1) == pytest.approx(plain)
    rule = small_rule(filters={"name": {"fields": ["name"], "length": 64, "levels": [max(plain - FAR_FROM_A_CUT, 1e-6)], "label": "name"}})
    assert levels_of(compared(rule, 1, {"name": left}, {"name": right}), rule).tolist() == [[2 if left & right else 1]]


@pytest.mark.parametrize("t", [2, 3, 4, 5])
def test_dice_comes_back_through_diffusion(t: int) -> None:
    """Thirty names, each with twelve of sixteen q-grams of another: the estimate is right on average."""
    chance = np.random.Generator(np.random.PCG64(5))
    estimates = []
    for number in range(30):
        bits = [int(bit) for bit in chance.permutation(128)[:40]]
        left, right = set(bits[:32]), set(bits[8:])
        sets = twin.index_sets(bytes([number]) * 32, 128, t)
        estimates.append(twin.dice(twin.diffused(left, sets), twin.diffused(right, sets), 128, t))
    assert np.mean(estimates) == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize("t", range(1, 17))
def test_shares_rise_from_nothing_and_match_the_twin(t: int) -> None:
    shares = before_diffusion(64, t)
    assert shares.tolist() == pytest.approx([twin.share_before(count / 64, t) for count in range(65)])
    assert shares[0] == 0
    assert (np.diff(shares) >= 0).all()
    assert shares.max() == pytest.approx(1.0 if t % 2 else 0.5)


def test_many_pairs_at_once_and_rows_in_any_order() -> None:
    rule = small_rule(filters={"name": {"fields": ["name"], "length": 64, "levels": [0.9, 0.5], "label": "name"}})
    left = {"name": words_of([{1, 2}, set(), {3, 4}], 64)}
    right = {"name": words_of([{3, 4}, {1, 9}], 64)}
    rows = (np.array([2, 0, 0, 1], np.uint32), np.array([0, 1, 0, 1], np.uint32))
    assert levels_of(pattern_codes(rule, 1, left, right, rows), rule)[:, 0].tolist() == [3, 2, 1, 0]


def test_digits_of_the_pattern_code() -> None:
    rule = small_rule()
    assert (radixes(rule), cells_of(rule)) == ([1, 4, 16], 64)
    assert levels_of(np.arange(64), rule).tolist() == [[code % 4, code // 4 % 4, code // 16] for code in range(64)]


@pytest.mark.parametrize("length", [64, 128, 192, 320, 448])
@pytest.mark.parametrize("t", [1, 4])
def test_a_tile_gives_the_levels_of_its_pairs_one_by_one(length: int, t: int) -> None:
    """A rectangle of pairs, with missing filters and equal ones in it, between pairs that belong to none."""
    rule = small_rule(filters={"name": {"fields": ["name"], "length": length, "levels": [0.9, 0.6, 0.3], "label": "name"}})
    chance = np.random.Generator(np.random.PCG64(length))
    sides = []
    for count in (SMALLEST + 3, SMALLEST + 1):
        words = chance.integers(0, 2**63, (count, length // 64)).astype(np.uint64) & chance.integers(0, 2**63, (count, 1)).astype(np.uint64)
        words[3] = 0
        sides.append({"name": words})
    sides[1]["name"][7] = sides[0]["name"][5]
    grid = [(i, j) for i in range(2, SMALLEST + 3) for j in range(SMALLEST + 1)]
    pairs = np.array([(0, 4), (1, 1), *grid, (0, 0), (0, 1)], dtype=np.uint32)
    together = pattern_codes(rule, t, sides[0], sides[1], (pairs[:, 0].copy(), pairs[:, 1].copy()))
    apart = [pattern_codes(rule, t, sides[0], sides[1], (pair[:1].copy(), pair[1:].copy()))[0] for pair in pairs]
    assert together.tolist() == apart
    assert set(together.tolist()) >= {0, 1, 4}


@given(t=st.integers(1, 6), cuts=st.lists(st.floats(0.05, 1.0), min_size=1, max_size=5, unique=True))
@settings(max_examples=20, deadline=None)
def test_limits_are_cut_where_the_dice_coefficient_is(t: int, cuts: list[float]) -> None:
    share, limits = before_diffusion(64, t), limits_of(64, t, tuple(sorted(cuts, reverse=True)))
    for left, right in ((1, 1), (3, 40), (20, 22), (64, 64)):
        for level, cut in enumerate(sorted(cuts, reverse=True), start=1):
            within = [1.0 - one / (share[left] + share[right]) >= cut for one in share]
            assert within == [differing < limits[left, right, level] for differing in range(65)]
