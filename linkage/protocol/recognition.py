"""Recognise postings: which of some known people a posting shows, by what it says besides its bits' positions.

Both sides of the border need the same measure: an owner before it seals, on its own table under keys that are thrown away, and the lab, as
an attacker who holds the same people in clear and encodes them under a key of its own. Everything looked at here is the same under any key.

The rules of this room:
1. Evidence is a table: what a posting is sorted by (exact), and what is compared among those that are sorted alike (near).
2. The guess is the known posting nearest to the target's; where nothing but the sorting is known it is any of them, and its worth is the
   chance of drawing the right one.
3. A guess that is right by the pass alone is chance; what is above it is what the evidence told.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.guarded import Guarded

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]
AT_A_TIME = 512  # targets compared with all that are sorted alike
MOST = 255  # a posting with more neighbours counts as having so many


class Evidence(NamedTuple):
    """What is looked at: ``shared`` (which filters a posting holds together with others under its token, as their tags say),
    ``multiplicity`` (postings under the token), ``fullness`` (one-bits of each filter), ``distances`` (differing bits, of each filter,
    between a posting and the others under its token that hold it too, on average, and how many those are)."""

    shared: bool = False
    multiplicity: bool = False
    fullness: bool = False
    distances: bool = False


EVIDENCE = {
    "multiplicity": Evidence(multiplicity=True),
    "filters shared in a block": Evidence(shared=True, multiplicity=True),
    "fullness of filters": Evidence(fullness=True),
    "similarities inside blocks": Evidence(multiplicity=True, distances=True),
    "all of these": Evidence(shared=True, multiplicity=True, distances=True),
}
"""All of these but fullness, which pads make noise: it would only drown the others. It stands by itself, so that a broken pad shows."""


class Known(Guarded):
    """Postings, and the number of the entity that each belongs to, shape (n,); the same person has the same number on both sides."""

    __slots__ = ("entities", "postings")

    def __init__(self, postings: EncodedPostings, entities: Numbers) -> None:
        self.postings, self.entities = postings, entities

    def shown(self) -> str:
        return f"{len(self.postings)} postings, hidden"

    def of(self, chosen: NDArray[np.bool_]) -> "Known":
        """Whole entities at most: ``chosen`` (entities,) says which; every posting of the others goes, and its block is the smaller."""
        return self.rows(np.flatnonzero(chosen[self.entities]))

    def rows(self, numbers: Numbers) -> "Known":
        """The numbered postings, in that order."""
        all_of = self.postings
        filters = {name: words[numbers] for name, words in all_of.filters.items()}
        chosen = (all_of.tokens[numbers], all_of.ids[numbers], all_of.passes[numbers], all_of.tags[numbers])
        return Known(EncodedPostings(*chosen, filters), self.entities[numbers])


class Recognised(NamedTuple):
    """Shares of the postings of people whom the attacker knows: guessed right, and right by the pass alone; how many such postings.

    ``precision``: right guesses of all guesses, those at people whom the attacker does not know included.
    """

    share: float
    chance: float
    postings: int
    precision: float

    @property
    def above(self) -> float:
        return max(self.share - self.chance, 0.0)


def recognised(target: Known, known: Known, evidence: Evidence, asked: NDArray[np.bool_] | None = None) -> Recognised:
    """How many of the target's postings the evidence gives away; of a large package those ``asked`` for, (postings,), stand for all."""
    rows = np.arange(len(target.postings)) if asked is None else np.flatnonzero(asked)
    whose = target.entities[rows]
    there = np.isin(whose, known.entities)
    if not there.any():
        return Recognised(0.0, 0.0, 0, 0.0)
    passes, sorting = [side.postings.passes.astype(np.int64) for side in (target, known)], _sorting(target, known, evidence)
    near = _near(target, known, evidence)
    chance = hits(whose, known.entities, (passes[0][rows], passes[1]))
    found = hits(whose, known.entities, (sorting[0][rows], sorting[1]), None if near is None else (near[0][rows], near[1]))
    return Recognised(float(found[there].mean()), float(chance[there].mean()), int(there.sum()), float(found.mean()))


def hits(target: Numbers, known: Numbers, kinds: tuple[Numbers, Numbers], near: tuple[Floats, Floats] | None = None) -> NDArray[np.float64]:
    """Chance that each target's guess is right, shape (targets,): 0 or 1 unless several known ones are equally near.

    ``kinds`` sort targets and known ones; ``near`` are their positions, shape (n, measures), compared by Euclid's distance.
    """
    found = np.zeros(target.size)
    by_kind, order = np.argsort(kinds[1], kind="stable"), np.argsort(kinds[0], kind="stable")
    sorted_known, sorted_target = kinds[1][by_kind], kinds[0][order]
    firsts = np.flatnonzero(np.diff(sorted_target, prepend=sorted_target[:1] - 1)) if order.size else order
    for first, last in zip(firsts, [*firsts[1:], order.size], strict=True):
        low, high = np.searchsorted(sorted_known, [sorted_target[first], sorted_target[first] + 1])
        alike = by_kind[low:high]
        for start in range(first, last if alike.size else first, AT_A_TIME):
            rows = order[start : min(start + AT_A_TIME, last)]
            right = known[alike][None, :] == target[rows][:, None]
            best = np.ones_like(right) if near is None else _nearest(near[0][rows], near[1][alike])
            found[rows] = (right & best).sum(axis=1) / best.sum(axis=1)
    return found


def _nearest(left: Floats, right: Floats) -> NDArray[np.bool_]:
    """Which of ``right`` is as near as the nearest, shape (left, right)."""
    apart = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
    return np.asarray(apart <= apart.min(axis=1, keepdims=True) + 1e-3)


def _sorting(target: Known, known: Known, evidence: Evidence) -> tuple[Numbers, Numbers]:
    return _sorted_by(target.postings, evidence), _sorted_by(known.postings, evidence)


def _sorted_by(postings: EncodedPostings, evidence: Evidence) -> Numbers:
    kind = postings.passes.astype(np.int64)
    if evidence.multiplicity:
        run = block_numbers(postings.tokens)
        kind = kind << 8 | np.minimum(np.bincount(run)[run], MOST)
    return kind << 32 | shared_filters(postings) if evidence.shared else kind


def _near(target: Known, known: Known, evidence: Evidence) -> tuple[Floats, Floats] | None:
    if not (evidence.fullness or evidence.distances):
        return None
    return measures(target.postings, evidence), measures(known.postings, evidence)


def measures(postings: EncodedPostings, evidence: Evidence) -> Floats:
    """Measures of each posting in units of what they vary by chance, shape (n, measures)."""
    columns = []
    for number, name in enumerate(sorted(postings.filters)):
        words = postings.filters[name]
        unit = np.float32(np.sqrt(64 * words.shape[1] / 16))
        if evidence.fullness:
            columns.append(ones(words) / unit)
        if evidence.distances:
            apart, others = mean_distances(words, postings.tokens, postings.tags[:, number])
            columns += [apart / unit, others]
    return np.stack(columns, axis=1)


def ones(words: NDArray[np.uint64]) -> Floats:
    """One-bits of each row."""
    return np.asarray(np.bitwise_count(words).sum(axis=1), dtype=np.float32)


def block_numbers(tokens: NDArray[np.uint64]) -> Numbers:
    """The number of each posting's block, rising from 0; ``tokens`` (n, 2) are sorted."""
    first = np.ones(tokens.shape[0], dtype=bool)
    first[1:] = (tokens[1:] != tokens[:-1]).any(axis=1)
    return np.cumsum(first) - 1


def mean_distances(words: NDArray[np.uint64], tokens: NDArray[np.uint64], tags: NDArray[np.uint16]) -> tuple[Floats, Floats]:
    """Differing bits between each posting and the others of its block with its tag, on average; how many those are. 0 of none."""
    found, others = np.zeros((2, tokens.shape[0]), dtype=np.float32)
    for members in _blocks(tokens):
        rows, marks = words[members], tags[members]
        for place in range(members.shape[1]):
            same = marks == marks[:, place : place + 1]
            apart = (np.bitwise_count(rows ^ rows[:, place : place + 1]).sum(axis=2) * same).sum(axis=1)
            others[members[:, place]] = same.sum(axis=1) - 1
            found[members[:, place]] = apart / np.maximum(same.sum(axis=1) - 1, 1)
    return found, others


def shared_filters(postings: EncodedPostings) -> Numbers:
    """Which filters each posting holds as another of its block does, as bits in name order; none where it is alone."""
    found = np.zeros(len(postings), dtype=np.int64)
    for members in _blocks(postings.tokens):
        marks = postings.tags[members]
        for place in range(members.shape[1]):
            same = (marks == marks[:, place : place + 1]).sum(axis=1) > 1
            found[members[:, place]] = same @ (1 << np.arange(same.shape[1], dtype=np.int64))
    return found


def _blocks(tokens: NDArray[np.uint64]) -> Iterator[Numbers]:
    """The rows of all blocks of two and more, those of one size together, shape (blocks, size)."""
    sizes = np.bincount(block_numbers(tokens))
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes > 1]):
        yield starts[sizes == size][:, None] + np.arange(size)
