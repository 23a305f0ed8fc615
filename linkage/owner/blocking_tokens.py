"""Blocking keys of records, and the keyed tokens under which they travel.

The rules of this room:
1. A pass makes one key of every combination of its components' alternatives; a record without one of them makes none.
2. A token is HMAC-SHA-256 under the epoch's blocking subkey of ``entity ‖ pass ‖ key``, cut to 128 bits.
3. A token that more records of a package share than the agreement's cap is dropped and counted: blocks stay fine.
4. Work is done once per distinct key; Python touches a key, never a record.
"""

import hmac

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_keys import COMPONENTS, OF_MISSING
from linkage.owner.variants import Column, Variants
from linkage.protocol.entity_rules import Component
from linkage.protocol.guarded import Guarded

TOKEN_BYTES = 16
_JOINT = "\x1f"  # between the parts of a key; never in a canonical value


class Tokens(Guarded):
    """One row per (variant, token): tokens (n, 2) as big-endian 64-bit halves, variant row (n,), pass number (n,)."""

    __slots__ = ("halves", "passes", "rows")

    def __init__(self, halves: NDArray[np.uint64], rows: NDArray[np.int64], passes: NDArray[np.uint8]) -> None:
        self.halves, self.rows, self.passes = halves, rows, passes

    def shown(self) -> str:
        return f"{self.rows.size} postings, hidden"


class _Alternatives(Guarded):
    """Ragged alternatives of one component for every variant row: offsets (rows + 1,), numbers into ``texts``."""

    __slots__ = ("numbers", "offsets", "texts")

    def __init__(self, offsets: NDArray[np.int64], numbers: NDArray[np.int64], texts: list[str]) -> None:
        self.offsets, self.numbers, self.texts = offsets, numbers, texts


def blocking_tokens(variants: Variants, passes: dict[str, list[Component]], entity: str, subkey: bytes) -> Tokens:
    """All tokens of all variants; passes are numbered in name order."""
    halves, rows, numbers = [], [], []
    for number, name in enumerate(sorted(passes)):
        prefix = _JOINT.join((entity, name, "")).encode()
        token_halves, token_rows = _pass_tokens(variants, passes[name], prefix, subkey)
        halves.append(token_halves)
        rows.append(token_rows)
        numbers.append(np.full(token_rows.size, number, dtype=np.uint8))
    return Tokens(np.concatenate(halves), np.concatenate(rows), np.concatenate(numbers))


def drop_common(tokens: Tokens, records: NDArray[np.int64], cap: int) -> tuple[Tokens, NDArray[np.bool_]]:
    """Tokens shared by at most ``cap`` records, and which postings were dropped, shape (n,)."""
    _, token = np.unique(tokens.halves, axis=0, return_inverse=True)
    token = token.reshape(-1)
    pairs = np.unique(np.stack([token, records[tokens.rows]], axis=1), axis=0)
    sharing = np.bincount(pairs[:, 0], minlength=int(token.max(initial=-1)) + 1)
    dropped = sharing[token] > cap
    kept = ~dropped
    return Tokens(tokens.halves[kept], tokens.rows[kept], tokens.passes[kept]), dropped


def _pass_tokens(
    variants: Variants, components: list[Component], prefix: bytes, subkey: bytes
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    parts = [_alternatives(variants, component) for component in components]
    rows = np.arange(variants.count, dtype=np.int64)
    key = np.zeros(variants.count, dtype=np.int64)
    texts = [""]
    for part in parts:
        counts = np.diff(part.offsets)[rows]
        picked = _ragged(part.offsets[rows], counts)
        rows, key = np.repeat(rows, counts), np.repeat(key, counts)
        combined, key = np.unique(key * len(part.texts) + part.numbers[picked], return_inverse=True)
        texts = [texts[both // len(part.texts)] + _JOINT + part.texts[both % len(part.texts)] for both in combined.tolist()]
    digests = b"".join(hmac.digest(subkey, prefix + text.encode(), "sha256")[:TOKEN_BYTES] for text in texts)
    halves = np.frombuffer(digests, dtype=">u8").astype(np.uint64).reshape(-1, 2)
    return halves[key] if rows.size else np.zeros((0, 2), np.uint64), rows


def _alternatives(variants: Variants, component: Component) -> _Alternatives:
    """Each row's distinct alternatives of a component over its fields."""
    numbering: dict[str, int] = {}
    owners, numbers = [], []
    for field in component.fields:
        column = variants.column(field)
        if column is None:
            continue
        offsets, coded = _column_alternatives(column, component, numbering)
        present = np.flatnonzero(column.codes >= 0)
        codes = column.codes[present]
        counts = (offsets[1:] - offsets[:-1])[codes]
        owners.append(np.repeat(present, counts))
        numbers.append(coded[_ragged(offsets[codes], counts)])
    missing = OF_MISSING.get(component.function, ())
    if missing:  # of a row without any value, these
        without = np.setdiff1d(np.arange(variants.count), np.concatenate([np.zeros(0, np.int64), *owners]))
        owners.append(np.repeat(without, len(missing)))
        numbers.append(np.tile([numbering.setdefault(text, len(numbering)) for text in missing], without.size))
    if not owners:
        return _Alternatives(np.zeros(variants.count + 1, np.int64), np.zeros(0, np.int64), [""])
    both = np.unique(np.stack([np.concatenate(owners), np.concatenate(numbers)], axis=1), axis=0)
    offsets = np.zeros(variants.count + 1, dtype=np.int64)
    np.cumsum(np.bincount(both[:, 0], minlength=variants.count), out=offsets[1:])
    return _Alternatives(offsets, both[:, 1], list(numbering) or [""])


def _column_alternatives(column: Column, component: Component, numbering: dict[str, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    function = COMPONENTS[component.function]
    offsets, numbers = [0], []
    for value in column.values:
        found = {text for part in value.split("|") for text in function(part, component.number)}
        numbers += [numbering.setdefault(text, len(numbering)) for text in sorted(found)]
        offsets.append(len(numbers))
    return np.array(offsets, dtype=np.int64), np.array(numbers, dtype=np.int64)


def _ragged(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of ragged slices laid end to end: starts[i], starts[i] + 1, …, counts[i] of them."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total, dtype=np.int64) - np.repeat(ends - counts - starts, counts)
