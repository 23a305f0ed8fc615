"""Chance, and the tables it draws from, a whole column at a time.

1. Every draw goes through a generator that is passed in, never through global state.
2. A column is an array of Python texts, shape (n,), dtype object: it can be added, masked and looked up without a loop of calls.
3. Rates may be one number or one per row, so that an officer's carelessness multiplies them.
"""

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Row = dict[str, str]
Texts = NDArray[np.object_]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Columns = dict[str, Texts]
Chance = np.random.Generator

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of `linkage/lab/tables/<name>.csv`; where they come from stands in `SOURCES.md` beside them."""
    text = resources.files("linkage.lab").joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def column(name: str, field: str) -> Texts:
    """One column of a table."""
    return texts(row[field] for row in table(name))


@cache
def words(name: str) -> Texts:
    """One list of `words.csv`."""
    return texts(row["word"] for row in table("words") if row["list"] == name)


def texts(values: Iterable[str]) -> Texts:
    """A column of these texts."""
    found = list(values)
    made = np.empty(len(found), dtype=object)
    made[:] = found
    return made


def blank(count: int) -> Texts:
    """A column of empty texts."""
    return np.full(count, "", dtype=object)


def happens(rng: Chance, shares: float | Floats, count: int) -> Flags:
    """In which rows it happens; each row has its own share, or all the same."""
    return rng.random(count) < shares


def chosen(rng: Chance, count: int, weights: Sequence[float] | Floats) -> Codes:
    """So many positions, each as likely as its weight says."""
    up_to = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.asarray(np.searchsorted(up_to, rng.random(count) * up_to[-1], side="right"), dtype=np.int64)


def weights_of(name: str) -> Floats:
    """The `weight` column of a table."""
    return np.array([float(row["weight"]) for row in table(name)])


def any_of(rng: Chance, count: int, choices: Texts) -> Texts:
    """So many of them, each as likely."""
    return np.asarray(choices[rng.integers(len(choices), size=count)])


def one_of_each(rng: Chance, choices: Sequence[Sequence[str]]) -> Texts:
    """From every row's own choices one; an empty text where there are none."""
    picked = rng.random(len(choices))
    return texts(own[int(at * len(own))] if own else "" for own, at in zip(choices, picked.tolist(), strict=True))


def padded(numbers: Codes, width: int) -> Texts:
    """Numbers as texts of at least so many digits."""
    return texts(f"{number:0{width}d}" for number in numbers.tolist())


def digits(rng: Chance, count: int, width: int) -> Texts:
    """Texts of so many digits."""
    return padded(rng.integers(10**width, size=count), width)


def joined(parts: Sequence[Texts], separator: str = " ") -> Texts:
    """The parts of every row, those that are not empty, in this order."""
    return texts(separator.join(filter(None, row)) for row in zip(*(part.tolist() for part in parts), strict=True))


def filled(numbers: Codes, shape: str) -> Texts:
    """The number-th text of a shape (`A` a letter, `9` a digit, all else stays): other number, other text; the next one follows it."""
    made, rest = blank(len(numbers)), numbers.copy()
    for mark in reversed(shape):
        base = space_of(mark)
        if base == 1:
            made = texts([mark] * len(numbers)) + made
        else:
            rest, at = np.divmod(rest, base)
            made = (np.array(list(LETTERS), dtype=object)[at] if mark == "A" else at.astype(str).astype(object)) + made
    return np.asarray(made)


def space_of(shape: str) -> int:
    """How many texts have this shape."""
    return int(len(LETTERS) ** shape.count("A") * 10 ** shape.count("9"))
