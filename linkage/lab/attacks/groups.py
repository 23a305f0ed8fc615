"""What is known once postings can be put together: by ids that recur, by a rare pattern of shared filters, or because they were regrouped.

The rules of this room:
1. A group's description is, for each pass, how many postings it has and how many others stand under their tokens; then the same of those
   others on average (two rounds): co-occurrence alone, no filter and no tag.
2. Groups with filters add the means of what each posting shows beside the others under its token: which filters both hold, how alike.
3. Who has the nearest description is the guess, one a group.
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.recognition import EVIDENCE, Floats, Known, Numbers, block_numbers, hits, measures, shared_filters

ROUNDS = 2


def recognised_groups(target: Known, known: Known, *, filters: bool) -> float:
    """Share of the target's entities that are guessed right when all of an entity's postings are known to be one (linkable ids)."""
    numbers, ours = _described(target, filters)
    others, theirs = _described(known, filters)
    there = np.isin(numbers, others)
    if not there.any():
        return 0.0
    spread = np.concatenate([ours, theirs]).std(axis=0)
    scale = np.where(spread > 0, spread, 1).astype(np.float32)
    nothing = np.zeros(numbers.size, np.int64), np.zeros(others.size, np.int64)
    return float(hits(numbers, others, nothing, (ours / scale, theirs / scale))[there].mean())


def put_together(target: Known) -> float:
    """Share of entities whose postings stand out as one: nobody else in the package shares the same filters with its neighbours as any of
    them does; postings without neighbours show nothing."""
    shared = shared_filters(target.postings)
    patterns, place = np.unique(shared[shared > 0], return_inverse=True)
    pairs = np.unique(np.stack([place, target.entities[shared > 0]], axis=1), axis=0)
    holders = np.bincount(pairs[:, 0], minlength=patterns.size)
    alone = np.unique(pairs[holders[pairs[:, 0]] == 1, 1])
    return alone.size / max(np.unique(target.entities).size, 1)


def _described(side: Known, filters: bool) -> tuple[Numbers, Floats]:
    """Entities, and the description of each."""
    numbers, place = np.unique(side.entities, return_inverse=True)
    runs = block_numbers(side.postings.tokens)
    sizes = np.bincount(runs)[runs] - 1
    passes = int(side.postings.passes.max(initial=0)) + 1
    cells = place * passes + side.postings.passes
    counted = [np.bincount(cells, weights=weight, minlength=numbers.size * passes) for weight in (None, sizes)]
    described = np.concatenate([column.reshape(numbers.size, passes) for column in counted], axis=1)
    columns, neighbours = [described], described
    for _ in range(ROUNDS):
        neighbours = _of_neighbours(neighbours, place, runs)
        columns.append(neighbours)
    if filters:
        columns.append(_mean(measures(side.postings, EVIDENCE["similarities inside blocks"]), place))
    return numbers, np.concatenate(columns, axis=1).astype(np.float32)


def _of_neighbours(described: NDArray[np.float64], place: Numbers, runs: Numbers) -> NDArray[np.float64]:
    """Mean description of those under the same tokens, oneself left out; zeros of who stands alone."""
    of_rows = described[place]
    total = np.zeros((int(runs.max(initial=-1)) + 1, described.shape[1]))
    np.add.at(total, runs, of_rows)
    others = np.bincount(runs)[runs] - 1
    summed, counted = np.zeros_like(described), np.zeros(described.shape[0])
    np.add.at(summed, place, total[runs] - of_rows)
    np.add.at(counted, place, others)
    return np.asarray(summed / np.maximum(counted, 1)[:, None])


def _mean(columns: NDArray[np.float32], place: Numbers) -> NDArray[np.float64]:
    summed = np.zeros((int(place.max(initial=-1)) + 1, columns.shape[1]))
    np.add.at(summed, place, columns)
    return np.asarray(summed / np.bincount(place)[:, None])
