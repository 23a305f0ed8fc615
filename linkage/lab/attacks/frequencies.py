"""Align by frequency: what comes often, encoded, stands for what comes often in clear [Christen2017] [Niedermeyer2014].

Works on whatever repeats: tokens, equal filters, single bits. Nothing else is looked at.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linkage.lab.attacks.controls import Bits
from linkage.lab.attacks.patterns import tells
from linkage.protocol.recognition import Known, block_numbers

Numbers = NDArray[np.int64]


def aligned_values(encoded: Sequence[object], clear: Sequence[object], chance: np.random.Generator) -> dict[object, object]:
    """Encoded value -> clear value of the same rank by frequency; ties in drawn order."""
    ranked = [_by_frequency(side, chance) for side in (encoded, clear)]
    return dict(zip(*ranked, strict=False))


def _by_frequency(values: Sequence[object], chance: np.random.Generator) -> list[object]:
    known: dict[object, int] = {}
    for value in values:
        known[value] = known.get(value, 0) + 1
    drawn = chance.permutation(len(known))
    return [value for (value, _), _ in sorted(zip(known.items(), drawn, strict=True), key=lambda row: (-row[0][1], row[1]))]


def aligned_tokens(target: Known, known: Known, chance: np.random.Generator) -> float:
    """Share of the target's postings whose token is aligned, pass by pass, with the known token of the same blocking key.

    A known token is of the same key when everybody under it is under the target's token too.
    """
    right = 0
    for number in np.unique(target.postings.passes):
        blocks, others = (_blocks(side, number) for side in (target, known))
        order, other_order = (_ranked(side, chance) for side in (blocks, others))
        for one, other in zip(order, other_order, strict=False):
            right += len(blocks[one]) * (set(others[other].tolist()) <= set(blocks[one].tolist()))
    return right / max(len(target.postings), 1)


def _blocks(side: Known, number: int) -> list[Numbers]:
    """The entities of each posting of each block of one pass."""
    rows = np.flatnonzero(side.postings.passes == number)
    runs = block_numbers(side.postings.tokens[rows])
    return np.split(side.entities[rows], np.flatnonzero(np.diff(runs)) + 1)


def _ranked(blocks: list[Numbers], chance: np.random.Generator) -> Numbers:
    """Numbers of the blocks, the largest first, ties in drawn order."""
    return np.lexsort([chance.permutation(len(blocks)), np.array([-block.size for block in blocks])])


def aligned_bits(bits: Bits, clear: Bits, top: int) -> float:
    """Share of the ``top`` most frequent texts for which the bit whose frequency is nearest tells who has them."""
    often, wanted = bits.mean(axis=0), clear.mean(axis=0)
    texts = np.argsort(-wanted, kind="stable")[:top]
    guesses = [int(np.abs(often - wanted[text]).argmin()) for text in texts]
    return float(np.mean([tells(bits[:, guess], clear[:, text]) for text, guess in zip(texts, guesses, strict=True)]))
