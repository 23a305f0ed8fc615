"""From two encodings to a level: the slow twin agrees, pads change nothing, missing is no evidence, and diffusion costs little."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.similarity import Words, cells_of, levels_of, pattern_codes, radixes
from linkage.protocol.tiles import SMALLEST, before_diffusion, limits_of
from tests import reference as twin
from tests.made_agreements import KEY_BYTES, rules, small_rule


class Side(NamedTuple):
    filters: dict[str, Words]
    tags: np.ndarray


def words_of(ones: list[set[int]], length: int) -> Words:
    return np.frombuffer(b"".join(twin.packed(bits, length) for bits in ones), dtype=np.uint64).reshape(len(ones), -1)


def side_of(ones: dict[str, list[set[int]]], rule: EntityRule, seed: int, pads: dict[str, Words]) -> Side:
    """Padded rows of one block; a row without ones lacks the filter, and is drawn, as its tag is."""
    chance, filters, tags = np.random.default_rng(seed), {}, []
    for name in rule.filter_names:
        words = words_of(ones[name], rule.filters[name].length)
        held = words.any(axis=1)
        filters[name] = np.where(held[:, None], words ^ pads[name], chance.integers(0, 2**64, words.shape, dtype=np.uint64))
        tags.append(np.where(held, 1 + pads[name][0] % 1000, 2000 * seed + np.arange(held.size)))
    return Side(filters, np.stack(tags, axis=1).astype(np.uint16))


def pads_of(rule: EntityRule, seed: int) -> dict[str, Words]:
    chance = np.random.default_rng(seed)
    return {name: chance.integers(0, 2**64, rule.filters[name].length // 64, dtype=np.uint64) for name in rule.filter_names}


def compared(rule: EntityRule, t: int, left: dict[str, set[int]], right: dict[str, set[int]]) -> np.ndarray:
    rows, pads = np.zeros(1, dtype=np.uint32), pads_of(rule, 3)
    sides = [side_of({name: [bits] for name, bits in side.items()}, rule, seed, pads) for seed, side in ((1, left), (2, right))]
    return pattern_codes(rule, t, *sides, (rows, rows))


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


@given(left=st.sets(st.integers(0, 63), min_size=8, max_size=8), right=st.sets(st.integers(0, 63), min_size=8, max_size=8))
def test_without_diffusion_filters_of_typical_fullness_have_their_plain_dice(left: set[int], right: set[int]) -> None:
    """Eight bits of 64, of 8.4 features that would set so many: the estimate is the plain coefficient but for the collisions in that."""
    plain = 2 * len(left & right) / (len(left) + len(right))
    assert twin.dice(len(left ^ right), (64, 1, 8), 1) == pytest.approx(plain, abs=0.06)
    sets = twin.index_sets(KEY_BYTES, 64, 1)
    assert len(twin.diffused(left, sets) ^ twin.diffused(right, sets)) == len(left ^ right)


@pytest.mark.parametrize("t", [2, 3, 4, 5])
def test_dice_comes_back_through_diffusion(t: int) -> None:
    """Thirty names, each with twelve of sixteen q-grams of another, 32 bits as 37 drawn ones set: the estimate is right on average."""
    chance = np.random.Generator(np.random.PCG64(5))
    estimates = []
    for number in range(30):
        bits = [int(bit) for bit in chance.permutation(128)[:40]]
        left, right = set(bits[:32]), set(bits[8:])
        sets = twin.index_sets(bytes([number]) * 32, 128, t)
        estimates.append(twin.dice(len(twin.diffused(left, sets) ^ twin.diffused(right, sets)), (128, 1, 37), t))
    assert np.mean(estimates) == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize("t", range(1, 17))
def test_shares_rise_from_nothing_and_match_the_twin(t: int) -> None:
    shares = before_diffusion(64, t)
    assert shares.tolist() == pytest.approx([twin.share_before(count / 64, t) for count in range(65)])
    assert shares[0] == 0
    assert (np.diff(shares) >= 0).all()
    assert shares.max() == pytest.approx(1.0 if t % 2 else 0.5)


def test_many_pairs_at_once_and_rows_in_any_order() -> None:
    table = {"fields": ["name"], "length": 64, "bits": 1, "typical": 2, "levels": [0.9, 0.4], "label": "name"}
    rule = small_rule(filters={"name": table})
    pads = pads_of(rule, 3)
    left, right = side_of({"name": [{1, 2}, set(), {3, 4}]}, rule, 1, pads), side_of({"name": [{3, 4}, {1, 9}]}, rule, 2, pads)
    rows = (np.array([2, 0, 0, 1], np.uint32), np.array([0, 1, 0, 1], np.uint32))
    assert levels_of(pattern_codes(rule, 1, left, right, rows), rule)[:, 0].tolist() == [3, 2, 1, 0]


def test_a_tag_that_is_equal_by_chance_makes_a_missing_filter_disagree() -> None:
    """One pair in 65,536 in which a side lacks the field: the price of short tags."""
    rule = small_rule(filters={"name": {"fields": ["name"], "length": 64, "levels": [0.9, 0.5], "label": "name"}})
    left, right = (side_of({"name": [bits]}, rule, seed, pads_of(rule, 3)) for seed, bits in ((1, {1, 2, 9}), (2, set())))
    rows = np.zeros(1, dtype=np.uint32)
    codes = [pattern_codes(rule, 4, left, one, (rows, rows)) for one in (right, right._replace(tags=left.tags))]
    assert [levels_of(code, rule).tolist() for code in codes] == [[[0]], [[1]]]


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
        tags = np.full((count, 1), 7, np.uint16)
        tags[3] = count
        sides.append(Side({"name": words}, tags))
    sides[1].filters["name"][7] = sides[0].filters["name"][5]
    grid = [(i, j) for i in range(2, SMALLEST + 3) for j in range(SMALLEST + 1)]
    pairs = np.array([(0, 4), (1, 1), *grid, (0, 0), (0, 1)], dtype=np.uint32)
    together = pattern_codes(rule, t, sides[0], sides[1], (pairs[:, 0].copy(), pairs[:, 1].copy()))
    apart = [pattern_codes(rule, t, sides[0], sides[1], (pair[:1].copy(), pair[1:].copy()))[0] for pair in pairs]
    assert together.tolist() == apart
    assert set(together.tolist()) >= {0, 1, 4}


@given(
    t=st.integers(1, 6), cuts=st.lists(st.floats(0.05, 1.0), min_size=1, max_size=5, unique=True), shape=st.tuples(*[st.integers(1, 8)] * 2)
)
@settings(max_examples=40, deadline=None)
def test_limits_are_cut_where_the_dice_coefficient_is(t: int, cuts: list[float], shape: tuple[int, int]) -> None:
    falling = sorted(cuts, reverse=True)
    limits = limits_of((64, *shape), t, tuple(falling))
    assert limits[0] == 65  # that both are there
    for level, cut in enumerate(falling, start=1):
        within = [twin.dice(differing, (64, *shape), t) >= cut for differing in range(65)]
        assert within == [differing < limits[level] for differing in range(65)]
