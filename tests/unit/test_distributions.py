"""Shares of joint cells among matches and non-matches, by slow twins that walk the counted patterns one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.protocol.agreeing import default_m, default_u
from linkage.unit.distributions import DEFAULT_PAIRS, STEADY_PAIRS, CellCounts, MatchShares, NonMatchShares
from tests import reference_unit as twin
from tests.reference_unit import Levels

SIZES = [3, 4, 3]  # levels of three filters, missing included
PATTERNS = st.tuples(*(st.integers(0, size - 1) for size in SIZES))
COUNTS = st.dictionaries(PATTERNS, st.integers(1, 500), min_size=1, max_size=12)
CELLS = st.lists(PATTERNS, min_size=1, max_size=8)


def laid_out(counts: dict[Levels, int]) -> tuple[np.ndarray, np.ndarray, list[int]]:
    return np.array(list(counts), dtype=np.int8), np.array(list(counts.values()), dtype=float), SIZES


@given(COUNTS, CELLS)
def test_u_of_a_cell_is_what_was_counted_and_never_less_than_independence_or_half_a_pair(
    counts: dict[Levels, int], cells: list[Levels]
) -> None:
    found = NonMatchShares(*laid_out(counts), [[0, 1, 2]]).shares(np.array(cells, dtype=np.int8))
    for cell, share in zip(cells, found.tolist(), strict=True):
        present = [at for at, level in enumerate(cell) if level]
        apart = [twin.share(counts, at, cell[at], default_u(SIZES[at]), DEFAULT_PAIRS) for at in present]
        seen, total = twin.counted(counts, cell)
        joint = seen / total if total and len(present) > 1 else 0.0
        assert share == pytest.approx(max(joint, float(np.prod(apart)), 0.5 / max(total, 1)) if present else 1.0)


@given(COUNTS, CELLS)
def test_u_of_joined_comparisons_is_never_less_than_what_they_say_apart(counts: dict[Levels, int], cells: list[Levels]) -> None:
    levels, pairs, sizes = laid_out(counts)
    wanted = np.array(cells, dtype=np.int8)
    joined = NonMatchShares(levels, pairs, sizes, [[0, 2], [1]]).shares(wanted)
    pair, one = (NonMatchShares(levels[:, part], pairs, [sizes[at] for at in part], [list(range(len(part)))]) for part in ([0, 2], [1]))
    apart = pair.shares(wanted[:, [0, 2]]) * one.shares(wanted[:, [1]])
    for cell, share, product in zip(cells, joined.tolist(), apart.tolist(), strict=True):
        seen, total = twin.counted(counts, cell)
        assert share == pytest.approx(max(seen / total if total and sum(map(bool, cell)) > 1 else 0.0, product))


@given(COUNTS, CELLS, st.sampled_from([[[0], [1], [2]], [[0, 2], [1]], [[0, 1, 2]]]))
def test_m_of_a_cell_is_the_product_of_what_one_error_hits(counts: dict[Levels, int], cells: list[Levels], parts: list[list[int]]) -> None:
    found = MatchShares(*laid_out(counts), parts).shares(np.array(cells, dtype=np.int8))
    for cell, share in zip(cells, found.tolist(), strict=True):
        expected = 1.0
        for part in parts:
            inside = tuple(level if at in part else 0 for at, level in enumerate(cell))
            apart = [twin.share(counts, at, inside[at], default_m(SIZES[at]), DEFAULT_PAIRS) for at in part if inside[at]]
            if len(apart) > 1:
                seen, total = twin.counted(counts, inside)
                expected *= twin.leaning(seen, total, apart)
            else:
                expected *= apart[0] if apart else 1.0
        assert share == pytest.approx(expected)


@given(COUNTS, COUNTS, COUNTS, CELLS)
def test_what_meets_between_owners_lowers_u_and_never_raises_it(
    counts: dict[Levels, int], met: dict[Levels, int], between: dict[Levels, int], cells: list[Levels]
) -> None:
    wanted, plain = np.array(cells, dtype=np.int8), NonMatchShares(*laid_out(counts), [[0, 1, 2]])
    lowered = plain.corrected(CellCounts(*laid_out(met)), CellCounts(*laid_out(between)))
    for cell, share, less in zip(cells, plain.shares(wanted).tolist(), lowered.shares(wanted).tolist(), strict=True):
        home, seen = (twin.counted(side, cell)[0] + STEADY_PAIRS for side in (met, between))
        assert less == pytest.approx(share * min(seen / home, 1.0) if any(cell) else 1.0)


@given(st.floats(0.5, 0.98), st.floats(0.02, 0.4), st.integers(0, 10_000))
def test_independent_fields_weigh_jointly_what_they_weigh_apart(right: float, chance: float, seed: int) -> None:
    """Simulated counts of 200,000 pairs: whether three independent filters are one comparison or three hardly matters."""
    rng = np.random.default_rng(seed)
    cells = np.array([[a, b, c] for a in (1, 2) for b in (1, 2) for c in (1, 2)], dtype=np.int8)
    sizes = [3, 3, 3]
    m, u = (np.prod(np.where(cells == 2, agree, 1.0 - agree), axis=1) for agree in (right, chance))
    counts = [rng.multinomial(200_000, shares).astype(float) for shares in (m, u)]
    matches, others = MatchShares(cells, counts[0], sizes, [[0], [1], [2]]), NonMatchShares(cells, counts[1], sizes, [[0, 1, 2]])
    found = matches.shares(cells) / others.shares(cells)
    often = (200_000 * u > 200) & (200_000 * m > 200)
    assert np.log2(found[often]) == pytest.approx(np.log2(m / u)[often], abs=0.5)
