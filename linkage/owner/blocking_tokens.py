"""Blocking keys of records, and the keyed tokens under which they travel.

The rules of this room:
1. A pass makes one key of every combination of its components' alternatives; a record without one of them makes none.
2. A token is HMAC-SHA-256 under the epoch's blocking subkey of ``entity ‖ pass ‖ key``, cut to 128 bits.
3. Components of distinct values are worked out once; keys are put together and hashed in the kernel, where Python touches none of them.
"""

from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_keys import COMPONENTS
from linkage.owner.remembered import Remembered
from linkage.owner.short_hmac import HmacKey, first_halves
from linkage.owner.variants import Column, Variants
from linkage.protocol.entity_rules import Component
from linkage.protocol.guarded import Guarded

_JOINT = "\x1f"  # between the parts of a key; never in a canonical value


class Tokens(Guarded):
    """One row per (variant, token): tokens (n, 2) as big-endian 64-bit halves, variant row (n,), pass number (n,)."""

    __slots__ = ("halves", "passes", "rows")

    def __init__(self, halves: NDArray[np.uint64], rows: NDArray[np.int64], passes: NDArray[np.uint8]) -> None:
        self.halves, self.rows, self.passes = halves, rows, passes

    def shown(self) -> str:
        return f"{self.rows.size} postings, hidden"


class _Alternatives(Guarded):
    """Ragged alternatives of one component: of row i, the texts numbered ``numbers[offsets[i]:offsets[i + 1]]``."""

    __slots__ = ("numbers", "offsets", "texts")

    def __init__(self, offsets: NDArray[np.int64], numbers: NDArray[np.int64], texts: list[str]) -> None:
        self.offsets, self.numbers, self.texts = offsets, numbers, texts


class Blocking(Guarded):
    """The passes of one entity type under one epoch key; what components make of a value is remembered from table to table."""

    __slots__ = ("_key", "_known", "_passes", "_prefixes")

    def __init__(self, passes: dict[str, list[Component]], entity: str, subkey: bytes) -> None:
        self._key = HmacKey(subkey)
        self._passes = [passes[name] for name in sorted(passes)]
        self._prefixes = [_JOINT.join((entity, name, "")).encode() for name in sorted(passes)]
        kinds = {(component.function, component.number) for components in self._passes for component in components}
        self._known = {kind: Remembered(_of_members(*kind)) for kind in kinds}

    def tokens(self, variants: Variants) -> Tokens:
        """All tokens of all variants, pass by pass in name order, rows rising within a pass."""
        parts = {component: self._alternatives(variants, component) for components in self._passes for component in components}
        halves, rows, numbers = [], [], []
        for number, (components, prefix) in enumerate(zip(self._passes, self._prefixes, strict=True)):
            found = _hashed(self._key, prefix, [parts[component] for component in components])
            halves.append(found[0])
            rows.append(found[1])
            numbers.append(np.full(found[1].size, number, dtype=np.uint8))
        return Tokens(np.concatenate(halves), np.concatenate(rows), np.concatenate(numbers))

    def _alternatives(self, variants: Variants, component: Component) -> _Alternatives:
        """Each row's distinct alternatives of a component over its fields."""
        numbering: dict[str, int] = {}
        columns = [variants.columns[field] for field in component.fields if field in variants.columns]
        coded = [self._column(column, component, numbering) for column in columns]
        if not columns:
            return _Alternatives(np.zeros(variants.count + 1, np.int64), np.zeros(0, np.int64), [""])
        codes = np.stack([column.codes for column in columns])
        firsts = np.cumsum([0, *(numbers.size for _, numbers in coded)])[:-1]
        lasts = np.cumsum([0, *(offsets.size for offsets, _ in coded)])[:-1]
        ragged = (
            np.concatenate([offsets + first for (offsets, _), first in zip(coded, firsts, strict=True)]),
            np.concatenate([numbers for _, numbers in coded]),
        )
        offsets, numbers = _of_rows(codes, lasts, *ragged)
        return _Alternatives(offsets, numbers, list(numbering) or [""])

    def _column(self, column: Column, component: Component, numbering: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        offsets, numbers = [0], []
        for found in self._known[component.function, component.number].of_all(column.values):
            for text in found:
                numbers.append(numbering.setdefault(text, len(numbering)))
            offsets.append(len(numbers))
        return np.array(offsets, dtype=np.int64), np.array(numbers, dtype=np.int64)


def blocking_tokens(variants: Variants, passes: dict[str, list[Component]], entity: str, subkey: bytes) -> Tokens:
    """All tokens of one table."""
    return Blocking(passes, entity, subkey).tokens(variants)


def _of_members(function: str, number: int | None) -> Callable[[str], tuple[str, ...]]:
    """The alternatives of a value, or of every member of a set (``A|B``)."""
    component = COMPONENTS[function]

    def alternatives(value: str) -> tuple[str, ...]:
        if "|" not in value:
            return component(value, number)
        return tuple(sorted({text for part in value.split("|") for text in component(part, number)}))

    return alternatives


def _hashed(key: HmacKey, prefix: bytes, parts: list[_Alternatives]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Tokens (n, 2) and rows (n,) of one pass."""
    encoded = [(_JOINT + text).encode() for part in parts for text in part.texts]
    ends = np.cumsum([0, *map(len, encoded)])
    bases = np.cumsum([0, *(len(part.texts) for part in parts)])[:-1]
    shifts = np.cumsum([0, *(part.numbers.size for part in parts)])[:-1]
    offsets = np.stack([part.offsets + shift for part, shift in zip(parts, shifts, strict=True)])
    numbers = np.concatenate([part.numbers + base for part, base in zip(parts, bases, strict=True)])
    longest = len(prefix) + sum(max(len(text.encode()) + 1 for text in part.texts) for part in parts)
    data = np.zeros(longest + 128, dtype=np.uint8)
    data[: len(prefix)] = np.frombuffer(prefix, dtype=np.uint8)
    total = int(np.diff(offsets, axis=1).prod(axis=0).sum())
    halves, rows = np.empty((total, 2), dtype=np.uint64), np.empty(total, dtype=np.int64)
    pool = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    _hash_rows(key.states, (data, len(prefix)), (offsets, numbers), (pool, ends), (halves, rows))
    return halves, rows


@njit(nogil=True, cache=True)
def _hash_rows(states, begun, ragged, texts, out):  # type: ignore[no-untyped-def]
    """Walk every combination of every row like an odometer; ``begun`` is the message so far and its length."""
    data, prefix = begun
    offsets, numbers = ragged
    pool, ends = texts
    halves, rows = out
    room = (np.zeros(72, dtype=np.uint32), np.zeros(128, dtype=np.uint8))
    at = np.zeros(offsets.shape[0], dtype=np.int64)
    found = 0
    for row in range(offsets.shape[1] - 1):
        combinations = 1
        for part in range(at.size):
            at[part] = offsets[part, row]
            combinations *= offsets[part, row + 1] - offsets[part, row]
        for _ in range(combinations):
            length = prefix
            for part in range(at.size):
                number = numbers[at[part]]
                for place in range(ends[number], ends[number + 1]):
                    data[length] = pool[place]
                    length += 1
            first_halves(states, data, length, room, halves[found])
            rows[found] = row
            found += 1
            for part in range(at.size - 1, -1, -1):
                at[part] += 1
                if at[part] < offsets[part, row + 1]:
                    break
                at[part] = offsets[part, row]


@njit(nogil=True, cache=True)
def _of_rows(codes, lasts, ends, numbers):  # type: ignore[no-untyped-def]
    """Distinct alternatives of each row over several columns; ``lasts`` is where each column's offsets begin in ``ends``."""
    fields, count = codes.shape
    offsets = np.zeros(count + 1, dtype=np.int64)
    for row in range(count):
        for field in range(fields):
            if codes[field, row] >= 0:
                value = lasts[field] + codes[field, row]
                offsets[row + 1] += ends[value + 1] - ends[value]
        offsets[row + 1] += offsets[row]
    out = np.empty(offsets[count], dtype=np.int64)
    used = 0
    for row in range(count):
        first = used
        for field in range(fields):
            if codes[field, row] < 0:
                continue
            value, before = lasts[field] + codes[field, row], used
            for place in range(ends[value], ends[value + 1]):
                known = False
                for earlier in range(first, before):  # those of one value are distinct
                    known |= out[earlier] == numbers[place]
                if not known:
                    out[used] = numbers[place]
                    used += 1
        offsets[row] = first
    offsets[count] = used
    return offsets, out[:used]
