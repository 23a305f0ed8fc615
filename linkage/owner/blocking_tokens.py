"""Blocking keys of records, and the keyed tokens under which they travel.

The rules of this room:
1. A pass makes one key of every combination of its components' alternatives; a record without one of them makes none.
2. A token is HMAC-SHA-256 under the epoch's blocking subkey of ``entity ‖ pass ‖ key``, cut to 128 bits.
3. Components of distinct values are worked out once; keys are put together and hashed in the kernel, where Python touches none of them.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage.owner.blocking_keys import COMPONENTS, OF_MISSING
from linkage.owner.hmac_lanes import hash_in_lanes, hash_waiting, new_lanes
from linkage.owner.remembered import Remembered
from linkage.owner.short_hmac import HmacKey
from linkage.owner.variants import Column, Variants
from linkage.protocol.entity_rules import Component
from linkage.protocol.guarded import Guarded

_JOINT = "\x1f"  # between the parts of a key; never in a canonical value
_BATCH = 50_000  # values whose alternatives are asked for at a time, so that no more are remembered than ``Remembered`` means to


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

    __slots__ = ("_key", "_known", "_passes", "_prefixes", "passes")

    def __init__(self, passes: dict[str, list[Component]], entity: str, subkey: bytes) -> None:
        self._key, self.passes = HmacKey(subkey), passes
        self._passes = [passes[name] for name in sorted(passes)]
        self._prefixes = [_JOINT.join((entity, name, "")).encode() for name in sorted(passes)]
        kinds = {(component.function, component.number) for components in self._passes for component in components}
        self._known = {kind: Remembered(_of_members(*kind)) for kind in kinds}

    def under(self, subkey: bytes) -> "Blocking":
        """The same passes under another key; what is remembered of values serves both."""
        other = Blocking.__new__(Blocking)
        other._key, other.passes = HmacKey(subkey), self.passes
        other._passes, other._prefixes, other._known = self._passes, self._prefixes, self._known
        return other

    def tokens(self, variants: Variants) -> Tokens:
        """All tokens of all variants, pass by pass in name order, rows rising within a pass."""
        parts = self._parts(variants, {component for components in self._passes for component in components})
        found = [self._of_pass(number, parts) for number in range(len(self._passes))]
        return Tokens(*map(np.concatenate, zip(*((one.halves, one.rows, one.passes) for one in found), strict=True)))

    def by_pass(self, variants: Variants) -> Iterator[Tokens]:
        """The same, a pass at a time, for which no more than the alternatives of its own components are held."""
        for number, components in enumerate(self._passes):
            yield self._of_pass(number, self._parts(variants, set(components)))

    def _parts(self, variants: Variants, used: set[Component]) -> dict[Component, _Alternatives]:
        columns = {fields: variants.column(fields) for component in used for fields in component.fields}
        return {component: self._alternatives(variants.count, columns, component) for component in used}

    def _of_pass(self, number: int, parts: dict[Component, _Alternatives]) -> Tokens:
        if not self._passes[number]:  # the pass is for smaller tables
            return Tokens(np.zeros((0, 2), np.uint64), np.zeros(0, np.int64), np.zeros(0, np.uint8))
        halves, rows = _hashed(self._key, self._prefixes[number], [parts[component] for component in self._passes[number]])
        return Tokens(halves, rows, np.full(rows.size, number, dtype=np.uint8))

    def _alternatives(self, count: int, columns: dict[str, Column | None], component: Component) -> _Alternatives:
        """Each of ``count`` rows' distinct alternatives of a component over its fields; where there are none, those of a missing value."""
        numbering: dict[str, int] = {}
        given = [column for column in (columns[fields] for fields in component.fields) if column is not None]
        coded = [self._column(column, component, numbering) for column in given]
        missing = [numbering.setdefault(text, len(numbering)) for text in OF_MISSING.get(component.function, ())]
        codes = np.array([column.codes for column in given], dtype=np.int32).reshape(len(given), count)
        firsts = np.cumsum([0, *(numbers.size for _, numbers in coded)])
        lasts = np.cumsum([0, *(offsets.size for offsets, _ in coded)])
        ragged = (
            np.concatenate([np.zeros(0, np.int64), *(offsets + first for (offsets, _), first in zip(coded, firsts, strict=False))]),
            np.concatenate([np.zeros(0, np.int64), *(numbers for _, numbers in coded)]),
        )
        offsets, numbers = _of_rows(codes, lasts, *ragged, np.array(missing, dtype=np.int64))
        return _Alternatives(offsets, numbers, list(numbering) or [""])

    def _column(self, column: Column, component: Component, numbering: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        offsets, numbers, known = [0], [], self._known[component.function, component.number]
        for start in range(0, len(column.values), _BATCH):
            for found in known.of_all(column.values[start : start + _BATCH]):
                numbers += [numbering.setdefault(text, len(numbering)) for text in found]
                offsets.append(len(numbers))
        return np.array(offsets, dtype=np.int64), np.array(numbers, dtype=np.int64)


def blocking_tokens(variants: Variants, passes: dict[str, list[Component]], entity: str, subkey: bytes) -> Tokens:
    """All tokens of one table."""
    return Blocking(passes, entity, subkey).tokens(variants)


def _of_members(function: str, number: int | None) -> Callable[[str], tuple[str, ...]]:
    """The alternatives of a value, or of every member of a set (``A|B``)."""
    component = COMPONENTS[function]

    def alternatives(value: str) -> tuple[str, ...]:
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
    waiting = new_lanes()
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
            hash_in_lanes(states, (data, length), waiting, halves, found)
            rows[found] = row
            found += 1
            for part in range(at.size - 1, -1, -1):
                at[part] += 1
                if at[part] < offsets[part, row + 1]:
                    break
                at[part] = offsets[part, row]
    hash_waiting(states, waiting, halves)


@njit(nogil=True, cache=True)
def _of_rows(codes, lasts, ends, numbers, missing):  # type: ignore[no-untyped-def]
    """Distinct alternatives of each row over several columns, ``missing`` where it has none; ``lasts`` is where each column's offsets
    begin in ``ends``."""
    fields, count = codes.shape
    room = count * missing.size
    for field in range(fields):
        for row in range(count):
            if codes[field, row] >= 0:
                room += ends[lasts[field] + codes[field, row] + 1] - ends[lasts[field] + codes[field, row]]
    offsets, out = np.zeros(count + 1, dtype=np.int64), np.empty(room, dtype=np.int64)
    for row in range(count):
        used = _of_row(codes[:, row], lasts, ends, numbers, out[offsets[row] :])
        if not used:
            used = missing.size
            out[offsets[row] : offsets[row] + used] = missing
        offsets[row + 1] = offsets[row] + used
    return offsets, out[: offsets[count]]


@njit(nogil=True, cache=True)
def _of_row(codes, lasts, ends, numbers, out):  # type: ignore[no-untyped-def]
    """Writes a row's distinct alternatives and returns how many there are; those of one value are distinct."""
    used = 0
    for field in range(codes.size):
        if codes[field] < 0:
            continue
        value, before = lasts[field] + codes[field], used
        for place in range(ends[value], ends[value + 1]):
            if not (out[:before] == numbers[place]).any():
                out[used] = numbers[place]
                used += 1
    return used
