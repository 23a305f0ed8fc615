"""Round a table to multiples of a base so that it still adds up, each cell to one of its two neighbouring multiples [Cox1987].

A table is an array (rows + 1, columns + 1) whose last row and column are totals; one without columns is (rows + 1, 1). Which neighbour a
cell would like is drawn once for that cell and stays the same in every release, so that releases cannot be averaged; where the wishes do
not add up, as few as possible are overruled. This is a flow problem, so its cheapest solution is whole numbers.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def sums(shape: tuple[int, ...]) -> csr_array:
    """The equations of a table of this shape, (equations, cells): each total less its parts is nothing."""
    places = np.arange(shape[0] * shape[1]).reshape(shape)
    lines = list(places.T) + (list(places) if shape[1] > 1 else [])
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    signs = np.concatenate([np.r_[np.ones(len(line) - 1), -1.0] for line in lines])
    return csr_array((signs, (rows, np.concatenate(lines))), shape=(len(lines), places.size))


def with_totals(cells: Counts) -> Counts:
    """The table of these cells, (rows, columns), with its totals; a single column is its own total."""
    if cells.shape[1] > 1:
        cells = np.c_[cells, cells.sum(axis=1)]
    return np.asarray(np.r_[cells, cells.sum(axis=0, keepdims=True)])


def rounded(counts: Counts, draws: Floats, base: int, total: int) -> Counts:
    """Multiples of ``base`` of the same shape that add up; multiples stay what they are.

    ``draws`` in 0..1, a cell's own for good: it would be rounded up if it is less than the cell's remainder over the base. ``total``: what
    the grand total has been rounded to, the same in all tables of a country and year.
    """
    low, remainder = np.divmod(counts.ravel(), base)
    high = low + (remainder > 0)
    low[-1] = high[-1] = total // base
    cost = draws.ravel() - remainder / base
    equations = sums(counts.shape)
    found = linprog(cost, A_eq=equations, b_eq=np.zeros(equations.shape[0]), bounds=np.c_[low, high], method="highs-ds")
    if found.status != 0:
        raise ValueError("a table whose totals are not the sums of its cells")
    return np.asarray(np.rint(found.x).astype(np.int64).reshape(counts.shape) * base)


def rounded_alone(count: int, draw: float, base: int) -> int:
    """One number by the same rule."""
    low, remainder = divmod(count, base)
    return (low + (draw < remainder / base)) * base
