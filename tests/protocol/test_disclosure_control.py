"""Rounding that adds up, and suppression that linear programming cannot undo; each attack also shows itself winning."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from linkage.protocol.controlled_rounding import Counts, rounded, rounded_alone, sums, with_totals
from linkage.protocol.suppression import protection, withheld
from linkage.protocol.suppression_audit import Seen, ranges, undone

BASE, LEAST = 5, 5
SHAPES = st.tuples(st.integers(2, 6), st.integers(1, 5))
CELLS = SHAPES.flatmap(lambda shape: drawn.arrays(np.int64, shape, elements=st.one_of(st.integers(0, 9), st.integers(0, 90))))
QUIET = settings(max_examples=40, deadline=None, derandomize=True)


def draws_of(table: Counts, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).random(table.shape)


def rounded_of(table: Counts, seed: int = 3) -> Counts:
    draws = draws_of(table, seed)
    return rounded(table, draws, BASE, rounded_alone(int(table[-1, -1]), float(draws[-1, -1]), BASE))


@given(CELLS, st.integers(0, 9))
@QUIET
def test_rounded_tables_add_up_and_stay_near(cells: Counts, seed: int) -> None:
    table = with_totals(cells)
    found = rounded_of(table, seed)
    assert not (sums(table.shape) @ found.ravel()).any()
    assert (found % BASE == 0).all() and (np.abs(found - table) < BASE).all()
    assert (found[table % BASE == 0] == table[table % BASE == 0]).all()


def test_rounding_is_not_biased() -> None:
    """Over 200 secrets a cell's mean is its count; the standard error of a mean is below 0.18."""
    table = with_totals(np.array([[1, 2, 8], [13, 4, 6], [7, 11, 9]]))
    mean = np.mean([rounded_of(table, seed) for seed in range(200)], axis=0)
    assert np.abs(mean - table).max() < 0.7


def test_one_cell_alone_is_rounded_as_its_draw_says() -> None:
    assert [rounded_alone(7, draw, 5) for draw in (0.0, 0.39, 0.41, 0.99)] == [10, 10, 5, 5]
    assert rounded_alone(10, 0.0, 5) == 10


def control(table: Counts, seed: int = 3, complement: bool = True) -> tuple[Seen, list[int]]:
    """What is published of a table in which 1 to 4 is sensitive, and the places that linear programming undoes."""
    sensitive = (table > 0) & (table < LEAST)
    shown = rounded_of(table, seed)
    wanted = protection(table, shown, sensitive, BASE, 0.2)
    hidden, wanted = withheld(table, shown, sensitive, wanted) if complement else (sensitive, wanted)
    hidden[-1, -1] = False
    seen = Seen(shown, hidden, BASE, LEAST)
    return seen, undone(seen, table, wanted)


@given(CELLS, st.integers(0, 9))
@QUIET
def test_no_sensitive_cell_is_undone(cells: Counts, seed: int) -> None:
    table = with_totals(cells)
    assume(table[-1, -1] >= LEAST)  # of fewer nothing is published
    assert control(table, seed)[1] == []


LONELY = np.array([[2, 30, 40], [25, 60, 35], [50, 20, 45]])
"""One cell is small; without a complement its row gives it away but for the rounding."""


def test_without_complement_the_attack_wins() -> None:
    """Positive control: withheld alone, the cell's range is the rounding's; with complements it reaches above by its protection."""
    table = with_totals(LONELY * 100)
    table[0, 0], table[0, -1], table[-1, 0], table[-1, -1] = 60, 7060, 7560, table[-1, -1] - 140  # one case of 60 guns
    sensitive = np.zeros(table.shape, dtype=bool)
    sensitive[0, 0] = True
    shown = rounded_of(table)
    wanted = protection(table, shown, sensitive, BASE, 0.2)
    ((low, high),) = ranges(Seen(shown, sensitive, BASE, LEAST), [0])
    assert high - low < 2 * wanted.above[0, 0] and 60 - 4 * BASE < low <= 60 <= high < 60 + 4 * BASE
    assert undone(Seen(shown, sensitive, BASE, LEAST), table, wanted) == [0]
    hidden, _ = withheld(table, shown, sensitive, wanted)
    assert hidden.sum() == 4 and not hidden[-1].any() and not hidden[:, -1].any(), "the cell and the corners of a rectangle"
    ((low, high),) = ranges(Seen(shown, hidden, BASE, LEAST), [0])
    assert low <= 48 and high >= 72


def test_a_row_without_columns_gets_a_second_cell() -> None:
    table = with_totals(np.array([[3], [40], [90], [12]]))
    seen, given_away = control(table)
    assert given_away == [] and seen.hidden.sum() == 2
    assert control(table, complement=False)[1] == [0], "positive control: the total less the others"


def test_ranges_hold_every_table_that_fits() -> None:
    """The slow twin: all small tables that would be published alike lie in the ranges."""
    table = with_totals(np.array([[1, 3], [2, 6]]))
    seen, _ = control(table)
    places = np.flatnonzero(seen.hidden).tolist()
    found = dict(zip(places, ranges(seen, places), strict=True))
    alike = 0
    for cells in product(range(5), repeat=4):
        other = with_totals(np.array(cells).reshape(2, 2))
        shown = ~seen.hidden
        near = (np.abs(other - seen.counts) < BASE) & ((other == 0) == (seen.counts == 0)) & ((other == 0) | (other >= LEAST))
        if near[shown].all() and (rounded_of(other)[shown] == seen.counts[shown]).all():
            alike += 1
            assert all(low - 1e-6 <= other.ravel()[place] <= high + 1e-6 for place, (low, high) in found.items())
    assert alike > 1


def test_a_table_that_cannot_be_is_refused() -> None:
    seen = Seen(np.array([[10], [10], [50]]), np.zeros((3, 1), dtype=bool), BASE, LEAST)
    with pytest.raises(ValueError, match="no table"):
        next(ranges(seen, [0]))
