"""Match two similarity graphs: the same people, encoded here and in clear there, found by whom they resemble and how much.

Own code of the idea of [Culnane2017], [Vidanage2020] and [Schaefer2024]: no bit is understood, only that people who resemble each other
in clear do so encoded.

The rules of this room:
1. A person's first description is how similar the others are, from the most to the least: the same whatever the order of people.
2. Pairs of people who are each other's nearest are the seeds of the next round, the clearest ones first, more from round to round; then the
   description is the similarity to each seed.
3. In the last round everybody is paired once, so that the whole is nearest (Hungarian algorithm).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
ROUNDS = 12
SPECTRUM = 64  # places at which a description of similarities is read
FEWEST = 6  # seeds


def dice_matrix(left: Bits, right: Bits) -> Floats:
    """Dice coefficients of all pairs, shape (left, right)."""
    both = left.astype(np.float32) @ right.T.astype(np.float32)
    total = left.sum(axis=1, dtype=np.float32)[:, None] + right.sum(axis=1, dtype=np.float32)[None, :]
    return np.asarray(np.divide(2 * both, total, out=np.zeros_like(both), where=total > 0), dtype=np.float64)


def matched(encoded: Floats, clear: Floats) -> NDArray[np.int64]:
    """For each row of ``encoded`` (n, n) the row of ``clear`` (m, m) that it is taken for, -1 where none is left."""
    scores = _closeness(_spectrum(encoded), _spectrum(clear))
    for round_number in range(1, ROUNDS + 1):
        seeds = _seeds(scores, round_number / ROUNDS)
        if len(seeds[0]) < FEWEST:
            break
        scores = _closeness(encoded[:, seeds[0]], clear[:, seeds[1]])
    rows, columns = linear_sum_assignment(-scores)
    found = np.full(encoded.shape[0], -1, dtype=np.int64)
    found[rows] = columns
    return found


def _spectrum(similarity: Floats) -> Floats:
    """The most similar others one by one, and all of them at evenly spaced ranks, shape (n, 2 * SPECTRUM)."""
    falling = -np.sort(-similarity, axis=1)[:, 1:]
    last = falling.shape[1] - 1
    places = np.concatenate([np.minimum(np.arange(SPECTRUM), last), np.linspace(0, last, SPECTRUM).astype(int)])
    return falling[:, places]


def _closeness(left: Floats, right: Floats) -> Floats:
    """Minus the squared distance of descriptions, each column in units of what it varies on its side."""
    ours, theirs = (_standard(side) for side in (left, right))
    return np.asarray(2 * ours @ theirs.T - (ours**2).sum(axis=1)[:, None] - (theirs**2).sum(axis=1)[None, :])


def _standard(columns: Floats) -> Floats:
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _seeds(scores: Floats, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs that are each other's best, the clearest ``share`` of them: by how far the second best is behind."""
    best, back = scores.argmax(axis=1), scores.argmax(axis=0)
    rows = np.flatnonzero(back[best] == np.arange(best.size))
    two = np.partition(scores[rows], -2, axis=1)[:, -2:]
    ratio = (two[:, 1] - two[:, 0]) / np.maximum(-two[:, 0], 1e-12)
    kept = rows[np.argsort(-ratio, kind="stable")[: max(FEWEST, round(share * rows.size))]]
    return kept, best[kept]
