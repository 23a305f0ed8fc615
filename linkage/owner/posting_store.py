"""Postings before they are encoded, on disk at home, by the part of the package that they will be in.

The rules of this room:
1. A part's postings are its tokens' first bits, so that every posting of a token is in one part, and parts need nothing of each other.
2. A record has one posting under a token, that of the first of its variants: side by side, those of its aliases would tell whose they are.
   A token that more records share than the agreement's cap is dropped and counted; who has a posting of the others, ``drawing`` says.
3. The postings of those who were not drawn stay in the file until it is taken: own pairs that meet are found among them.
4. What is kept is sorted by token, then posting id; the size of chunks and the number of threads change no byte.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.encoding import posting_ids
from linkage.protocol.guarded import Guarded

RECORDS_PER_PART = 10_000
_ROW = np.dtype([("high", np.uint64), ("low", np.uint64), ("row", np.uint32), ("pass", np.uint8)])


def partition_bits(largest: int) -> int:
    """How many leading token bits number the parts: about ten thousand records a part, 8,192 parts at most."""
    return min(13, max(0, math.ceil(math.log2(max(largest, 1) / RECORDS_PER_PART))))


class Postings(Guarded):
    """Sorted postings of one part: tokens, and their ids (n, 2)."""

    __slots__ = ("ids", "tokens")

    def __init__(self, tokens: Tokens, ids: NDArray[np.uint64]) -> None:
        self.tokens, self.ids = tokens, ids

    def shown(self) -> str:
        return f"{self.tokens.rows.size} postings, hidden"


class PostingStore(Guarded):
    """Postings of all variants so far, in 2^``bits`` files."""

    __slots__ = ("_folder", "bits")

    def __init__(self, folder: Path, bits: int) -> None:
        folder.mkdir(mode=0o700)
        self._folder, self.bits = folder, bits

    def append(self, tokens: Tokens, first_row: int) -> None:
        """Add a chunk's tokens, whose rows are counted from ``first_row`` on."""
        rows = _rows(tokens, first_row)
        part = (tokens.halves[:, 0] >> np.uint64(64 - self.bits)).astype(np.uint16) if self.bits else np.zeros(rows.size, np.uint16)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=1 << self.bits))
        for number, chosen in enumerate(np.split(order, ends[:-1])):
            if chosen.size:
                self._write(number, rows[chosen])

    def settle(self, number: int, records: NDArray[np.int64], cap: int) -> tuple[Tokens, NDArray[np.uint8]]:
        """Rule 2, in the file of part ``number``: what stays, sorted by token, and the passes of the postings that were dropped."""
        kept, dropped = drop_common(self._read(number), records, cap)
        self._path(number).unlink(missing_ok=True)
        self._write(number, _rows(kept, 0))
        return kept, dropped

    def take(self, number: int) -> Tokens:
        """What stays of part ``number``, drawn or not, sorted by token; its file is removed."""
        kept = self._read(number)
        self._path(number).unlink(missing_ok=True)
        return kept

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}"

    def _write(self, number: int, rows: NDArray[np.void]) -> None:
        with self._path(number).open("ab") as file:
            rows.tofile(file)

    def _read(self, number: int) -> Tokens:
        path = self._path(number)
        found = np.fromfile(path, dtype=_ROW) if path.exists() else np.zeros(0, dtype=_ROW)
        return Tokens(np.stack([found["high"], found["low"]], axis=1), found["row"].astype(np.int64), found["pass"])


def _rows(tokens: Tokens, first_row: int) -> NDArray[np.void]:
    rows = np.empty(tokens.rows.size, dtype=_ROW)
    rows["high"], rows["low"] = tokens.halves[:, 0], tokens.halves[:, 1]
    rows["row"], rows["pass"] = tokens.rows + first_row, tokens.passes
    return rows


def drop_common(tokens: Tokens, records: NDArray[np.int64], cap: int) -> tuple[Tokens, NDArray[np.uint8]]:
    """One posting for each record and token, of tokens shared by at most ``cap`` records, and the passes of those that were dropped.

    ``records`` (rows,) is the record of each variant row, rising. What is kept is sorted by token; a record's posting is that of its first
    variant, by row, that makes the token.
    """
    order = in_order(tokens.halves[:, 0], tokens.halves[:, 1], tokens.rows)
    halves, rows, passes = tokens.halves[order], tokens.rows[order], tokens.passes[order]
    first = np.ones(rows.size, dtype=bool)
    first[1:] = (halves[1:] != halves[:-1]).any(axis=1)
    another = first.copy()
    another[1:] |= np.diff(records[rows]) != 0
    halves, rows, passes, first = halves[another], rows[another], passes[another], first[another]
    run = np.cumsum(first) - 1
    kept = np.bincount(run)[run] <= cap if rows.size else first
    return Tokens(halves[kept], rows[kept], passes[kept]), passes[~kept]


def sorted_postings(tokens: Tokens, records: NDArray[np.int64], id_key: bytes) -> Postings:
    """Tokens with their posting ids, sorted by token, then id."""
    ids = posting_ids(id_key, tokens.halves, records[tokens.rows], tokens.rows)
    order = in_order(tokens.halves[:, 0], tokens.halves[:, 1], ids[:, 0], ids[:, 1])
    return Postings(Tokens(tokens.halves[order], tokens.rows[order], tokens.passes[order]), ids[order])


def in_order(first: NDArray[np.uint64], *others: NDArray[Any]) -> NDArray[np.int64]:
    """The order by the first key, and where it is tied by the others: random keys are rarely tied, and one key sorts fast."""
    order = np.argsort(first)
    same = first[order[1:]] == first[order[:-1]]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same)) if order.size else order
    among = order[tied]
    order[tied] = among[np.lexsort([key[among] for key in (*reversed(others), first)])]
    return order
