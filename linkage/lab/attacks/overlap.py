"""The people whom an attacker holds in clear: all of the owner's, half, a fifth, or other people's lists about some of the same."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def drawn_people(count: int, share: float, chance: np.random.Generator) -> NDArray[np.int64]:
    """The numbers, rising, of a drawn share of so many people; at least one."""
    return np.sort(chance.choice(count, max(1, round(share * count)), replace=False)).astype(np.int64)


def numbered(target: list[list[str]], known: list[list[str]], same: Mapping[str, str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One number for each person on both sides: entities are lists of record ids, ``same`` says which person a record is of.

    A record that ``same`` does not name is of a person of its own name: two lists with the same record ids are of the same people.
    """
    numbers: dict[str, int] = {}

    def number(records: list[str]) -> int:
        person = same.get(records[0], records[0])
        return numbers.setdefault(person, len(numbers))

    first, second = ([number(records) for records in side] for side in (target, known))
    return np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)
