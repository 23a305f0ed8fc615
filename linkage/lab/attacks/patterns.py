"""Mine patterns of bits: those of one q-gram are set together, as often as the q-gram comes [Christen2018] [Vidanage2019].

The rules of this room:
1. The attacker walks through the texts from the most frequent down; bits that a text is thought to set start no other pattern.
2. A pattern is the bits that are set in nearly all filters in which a first one is set; its frequency must be the text's.
3. A text is re-identified when its pattern tells who has it: two texts that the same people have are one to any attacker.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.lab.attacks.controls import Bits

Flags = NDArray[np.bool_]
TOGETHER = 0.98  # of the filters with one bit that also have the other, for both to be of one pattern
APART = 0.05  # relative difference of frequency at which a pattern is not the text's
FEWEST = 2  # bits of a pattern


def mined(bits: Bits, clear: Bits, top: int) -> dict[int, list[int]]:
    """Text -> the bits it is thought to set, for those of the ``top`` most frequent texts that a pattern was found for."""
    found: dict[int, list[int]] = {}
    free = np.ones(bits.shape[1], dtype=bool)
    together = bits.T.astype(np.float32) @ bits.astype(np.float32)
    often = np.diagonal(together)
    frequency = clear.mean(axis=0)
    for text in np.argsort(-frequency, kind="stable")[:top]:
        wanted = frequency[text] * bits.shape[0]
        pattern = _pattern(together, often, free, float(wanted))
        if pattern.size:
            found[int(text)] = pattern.tolist()
            free[pattern] = False
    return found


def _pattern(together: NDArray[np.float32], often: NDArray[np.float32], free: Flags, wanted: float) -> NDArray[np.int64]:
    """Rule 2: the bits that nearly always go with one of the wanted frequency; of several such bits the one with most followers."""
    starts = np.flatnonzero(free & (np.abs(often - wanted) <= APART * wanted))
    if not starts.size:
        return starts
    follows = together[starts] >= TOGETHER * often[starts][:, None]
    near = follows & (often <= (1 + APART) * wanted)[None, :]  # a bit that other texts set as well follows too, and tells nothing
    group: NDArray[np.int64] = np.flatnonzero(near[int(near.sum(axis=1).argmax())])
    return group if group.size >= FEWEST else starts[:0]


def recovered(found: dict[int, list[int]], bits: Bits, clear: Bits, top: int) -> float:
    """Rule 3, as a share of the ``top`` texts."""
    return sum(tells(np.asarray(bits[:, pattern].all(axis=1)), clear[:, text]) for text, pattern in found.items()) / top


def tells(said: NDArray[Any], holds: NDArray[Any]) -> bool:
    """Whether a guess at who has a text is right, but for a tenth of those guessed and of those who have it."""
    both = float((said.astype(bool) & holds.astype(bool)).sum())
    return both >= 0.9 * max(float(said.sum()), float(holds.sum()), 1.0)
