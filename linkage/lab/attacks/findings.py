"""Every attack on one opened package, and what each found: the content of the risk report.

The rules of this room:
1. The attacker has what the unit has of one owner (opened postings), the same people in clear as far as ``known`` goes, and the agreement:
   it encodes its people under a key of its own. The real key it has in the last row alone.
2. The truth (whose posting is whose) scores and never guesses, but for the rows that say what linkable ids would give.
3. What an attack wins is its share above chance. A row that is not of people (order of rows) says a coefficient.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.lab.attacks.controls import Bits
from linkage.lab.attacks.frequencies import aligned_tokens
from linkage.lab.attacks.groups import put_together, recognised_groups
from linkage.lab.attacks.lookup import looked_up
from linkage.lab.attacks.one_register import recognised_regrouped
from linkage.lab.attacks.surface import id_order, row_order
from linkage.protocol.guarded import Guarded
from linkage.protocol.recognition import EVIDENCE, Known, recognised
from linkage.protocol.risk_measures import known_pairs_top

PAIRS = (250, 1_000)
OTHERS = 1_000
FEWEST = 50  # others, for a share of them to say something


class Attacked(Guarded):
    """A package under attack: ``target`` as opened; ``known`` the attacker's people under its own key, ``colluding`` under the real one
    (None where nobody has it); ``answered`` what the unit was told after it asked; ``lone`` filters of each person, encoded and in clear.
    """

    __slots__ = ("answered", "colluding", "known", "lone", "target")

    def __init__(self, target: Known, known: Known, colluding: Known | None, answered: "Answered | None", lone: tuple[Bits, Bits]) -> None:
        self.target, self.known, self.colluding, self.answered, self.lone = target, known, colluding, answered, lone


class Answered(Guarded):
    """After regrouping: which of the target's postings the owner answered, (postings,), and ``register``: all that the attacker's people
    could show, whoever of them is drawn, without pads.
    """

    __slots__ = ("postings", "register")

    def __init__(self, postings: NDArray[np.bool_], register: Known) -> None:
        self.postings, self.register = postings, register


class Finding(NamedTuple):
    """One attack: what it does, of what its share is, the share, chance, and whether the agreement's aim covers it (``counts``)."""

    attack: str
    of: str
    share: float
    chance: float
    counts: bool

    @property
    def above(self) -> float:
        return max(self.share - self.chance, 0.0)


def findings(attacked: Attacked, seed: int, tell: Callable[[str], None] = lambda attack: None) -> list[Finding]:
    """All attacks in turn; ``tell`` hears the name of each that is done. The same package, people and seed give the same findings."""
    found = []
    for one in _all(attacked, np.random.default_rng(seed)):
        tell(one.attack)
        found.append(one)
    return found


def strongest(found: list[Finding]) -> Finding | None:
    """The attack that wins most of those that count; None where none could be scored."""
    return max((one for one in found if one.counts), key=lambda one: one.above, default=None)


def _all(attacked: Attacked, chance: np.random.Generator) -> Iterator[Finding]:
    target, known = attacked.target, attacked.known
    for name, evidence in EVIDENCE.items():
        got = recognised(target, known, evidence)
        yield Finding(f"fingerprints: {name}", "postings", got.share, got.chance, True)
    by_pass = recognised(target, known, EVIDENCE["multiplicity"]).chance
    yield Finding("frequency alignment of tokens", "postings", aligned_tokens(target, known, chance), by_pass, True)
    yield from _known_pairs(attacked.lone, chance)
    yield Finding("dictionary under a key of one's own", "people", looked_up(target, known), 0.0, True)
    yield from _together(attacked)
    yield Finding("order of rows, rank correlation with the table", "coefficient", row_order(target), 0.0, False)
    yield Finding("order of posting ids, rank correlation with the table", "coefficient", id_order(target), 0.0, False)
    if attacked.colluding is not None:
        yield Finding("the unit with an owner's key: look-up", "people", looked_up(target, attacked.colluding), 0.0, False)


def _known_pairs(lone: tuple[Bits, Bits], chance: np.random.Generator) -> Iterator[Finding]:
    for pairs in PAIRS:
        bits, clear = (side[: pairs + OTHERS] for side in lone)
        others = bits.shape[0] - pairs
        if others >= FEWEST:
            top = known_pairs_top(bits, clear, pairs, chance)
            yield Finding(f"learned from {pairs:,} known pairs: first of {others:,}", "people", top, 1 / others, True)


def _together(attacked: Attacked) -> Iterator[Finding]:
    target, known = attacked.target, attacked.known
    people = max(np.unique(known.entities).size, 1)
    yield Finding("a record's postings put together by shared filters alone", "people", put_together(target), 0.0, False)
    cooccurrence, all_of_it = (recognised_groups(target, known, filters=filters) for filters in (False, True))
    yield Finding("if ids were linkable: co-occurrence of tokens alone", "people", cooccurrence, 1 / people, False)
    yield Finding("if ids were linkable: co-occurrence and filters", "people", all_of_it, 1 / people, False)
    if attacked.answered is not None:
        found = recognised_regrouped(target, attacked.answered.postings, attacked.answered.register)
        if found.postings:
            yield Finding("after regrouping: passes of the postings answered for", "people answered for", found.share, found.chance, False)
