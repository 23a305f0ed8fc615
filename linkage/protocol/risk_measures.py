"""What a set of encodings gives away, in a few fast numbers: the same for an owner before it seals and for the lab.

``bits`` are unpacked filters of different people, shape (n, length), 0 or 1; ``features`` what stands in them in clear, shape (n, d).
A plain record-level filter and a good encoding have, measured before building: Gini .34 and .02, largest correlation .97 and .17, variation
of fullness .13 and .04, Spearman .67 and .08, known pairs 1.0 and .007 to .014 (docs/adr/0025-attacks.md).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
SHRINKAGE = 1.0  # of the ridge regression, in units of a feature's variance


def unpacked(words: NDArray[np.uint64]) -> Bits:
    """Packed filters (n, length / 64) as single bits (n, length)."""
    return np.unpackbits(np.ascontiguousarray(words, dtype="<u8").view(np.uint8), axis=1, bitorder="little")


def gini(counts: NDArray[Any]) -> float:
    """Gini coefficient of counts, shape (n,): 0 where all are equal, near 1 where one has everything; 0 of nothing."""
    rising = np.sort(np.asarray(counts, dtype=np.float64))
    if not rising.size or not rising.sum():
        return 0.0
    places = np.arange(1, rising.size + 1)
    return float((2 * places - rising.size - 1) @ rising / (rising.size * rising.sum()))


def bit_frequency_gini(bits: Bits) -> float:
    """How unequally often the bits are set: a frequent q-gram shows as a frequent bit."""
    return gini(bits.sum(axis=0))


def largest_bit_correlation(bits: Bits) -> float:
    """The largest correlation of two bits, without regard to sign: the bits of one q-gram go together. 0 where no two bits vary."""
    varying = bits[:, (bits.min(axis=0) != bits.max(axis=0))] if bits.shape[0] else bits[:, :0]
    if varying.shape[1] < 2:
        return 0.0
    found = np.abs(np.corrcoef(varying.T.astype(np.float64)))
    np.fill_diagonal(found, 0.0)
    return float(found.max())


def fullness_variation(bits: Bits) -> float:
    """Standard deviation of the one-bits over their mean: how much fullness tells people apart."""
    ones = bits.sum(axis=1, dtype=np.float64)
    return float(ones.std() / ones.mean()) if ones.size and ones.mean() else 0.0


def spearman(left: Floats, right: Floats) -> float:
    """Rank correlation, ties at their mean rank [Spearman1904]; 0 where a side does not vary."""
    ranks = [_ranks(side) for side in (left, right)]
    if any(side.size < 2 or not side.std() for side in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: Floats) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse], dtype=np.float64)


def similarity_rank(bits: Bits, features: Bits, pairs: int, chance: np.random.Generator) -> float:
    """Spearman's correlation, over random pairs of people, of the similarity of their encodings and of their values (both Dice)."""
    if bits.shape[0] < 2:
        return 0.0
    left, right = chance.integers(0, bits.shape[0], (2, pairs))
    distinct = left != right
    left, right = left[distinct], right[distinct]
    return spearman(_dice(bits[left], bits[right]), _dice(features[left], features[right]))


def _dice(left: Bits, right: Bits) -> Floats:
    total = left.sum(axis=1, dtype=np.float64) + right.sum(axis=1, dtype=np.float64)
    both = 2.0 * (left & right).sum(axis=1, dtype=np.float64)
    return np.asarray(np.divide(both, total, out=np.zeros_like(total), where=total > 0))


def known_pairs_top(bits: Bits, features: Bits, known: int, chance: np.random.Generator) -> float:
    """With ``known`` pairs of encoding and value: how many others' values come first among theirs, by learned prediction; 0 without others.

    A ridge regression predicts the features of every encoding; the value that agrees best with the prediction is the guess. A tie is
    worth the chance of drawing the right one.
    """
    order = chance.permutation(bits.shape[0])
    learned, others = order[:known], order[known:]
    if not learned.size or others.size < 2:
        return 0.0
    scores = _scores(bits[learned], features[learned], bits[others], features[others])
    own = np.diagonal(scores)[:, None]
    first, ties = (scores > own + 1e-9).sum(axis=1) == 0, (np.abs(scores - own) <= 1e-9).sum(axis=1)
    return float((first / ties).mean())


def _scores(bits: Bits, features: Bits, others: Bits, candidates: Bits) -> Floats:
    """How well the features that a ridge regression predicts of each of ``others`` agree with each of ``candidates``, (others, candidates).

    In its dual form: as many unknowns as there are known pairs. What is predicted is never written out, for only its products with the
    candidates are asked for: a few products of people with people instead of products of people with thousands of features.
    """
    kernel, across, met = _products(bits, bits, bits), _products(others, bits, bits), _products(features, candidates, features)
    shrunk = kernel + np.eye(kernel.shape[0]) * SHRINKAGE * max(float(np.trace(kernel)) / kernel.shape[0], 1e-9)
    mean = features.mean(axis=0)
    lengths = np.sqrt(np.maximum(candidates.sum(axis=1) - 2 * (candidates @ mean) + mean @ mean, 0.0))  # of less than the mean
    return np.asarray(across @ np.linalg.solve(shrunk, met / np.where(lengths > 0, lengths, 1.0)))


def _products(left: Bits, right: Bits, known: Bits) -> Floats:
    """Inner products of rows of bits less the mean of ``known``; counts of common ones are whole numbers, exact in single precision."""
    common = (left.astype(np.float32) @ right.astype(np.float32).T).astype(np.float64)
    mean = known.mean(axis=0)
    return np.asarray(common - (left @ mean)[:, None] - (right @ mean)[None, :] + mean @ mean)
