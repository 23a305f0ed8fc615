"""Chance and the tables it draws from: every draw goes through a generator that is passed in, never through global state."""

import csv
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TypeVar

import numpy as np

Row = dict[str, str]
T = TypeVar("T")


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of `linkage/lab/tables/<name>.csv`; where they come from stands in `SOURCES.md` beside them."""
    text = resources.files("linkage.lab").joinpath("tables", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def words(name: str) -> tuple[str, ...]:
    """One list of `words.csv`."""
    return tuple(row["word"] for row in table("words") if row["list"] == name)


def chance(rng: np.random.Generator, share: float) -> bool:
    """True in that share of the draws."""
    return bool(rng.random() < share)


def one_of(rng: np.random.Generator, choices: Sequence[T]) -> T:
    """One of them, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def weighted(rng: np.random.Generator, rows: Sequence[Row]) -> Row:
    """One row, as likely as its `weight` says."""
    weights = np.array([float(row["weight"]) for row in rows])
    return rows[int(rng.choice(len(rows), p=weights / weights.sum()))]


def digits(rng: np.random.Generator, count: int) -> str:
    """A text of so many digits."""
    return "".join(str(digit) for digit in rng.integers(10, size=count))


def shaped(rng: np.random.Generator, shape: str) -> str:
    """A text of that shape: `A` becomes a letter, `9` a digit, all else stays."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return "".join(one_of(rng, letters) if mark == "A" else digits(rng, 1) if mark == "9" else mark for mark in shape)


def drawn_name(rng: np.random.Generator, rows: Sequence[Row], **wanted: str) -> str:
    """A name of a frequency table, as likely as it is common, among the rows with these values."""
    return weighted(rng, [row for row in rows if all(row[column] == value for column, value in wanted.items())])["name"]
