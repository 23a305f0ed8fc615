"""Which share of the matches that met weighs too little to be linked.

The rules of this room:
1. Among matches what one error hits together goes together, and nothing else does (rule 2 of ``distributions``). So links taken apart and
   put together anew, the name of one, the birth date of another, look as matches do, those that were not found too; the share of them
   that weighs too little is lost.
2. Links alone have too few errors, for who had more of them is no link. So what was lost is put among the links in its share and all is
   taken apart once more, ``ROUNDS`` times: expectation-maximisation on a truncated sample [DempsterLairdRubin1977].
3. Each is put together with the fields that one link has, for who has no address has none in any comparison.
4. It is drawn with one seed, so that a run can be repeated.
"""

import numpy as np

from linkage.protocol.similarity import Codes, levels_of
from linkage.unit.distributions import Floats, Levels, Places, distinct, packed
from linkage.unit.weights import Weights, hit_together

ROUNDS = 8
MADE = 10_000  # matches put together in each round
SEED = 1


def share_unlike(codes: Codes, probabilities: Floats, weights: Weights, lowest: float) -> float:
    """The share of matches lighter than ``lowest``, below 1, from links: pattern and probability of each, shape (links,)."""
    if not codes.size:
        return 0.0
    chance = np.random.Generator(np.random.PCG64(SEED))
    sizes = [weights.rule.filters[name].codes for name in weights.rule.filter_names]
    parts = [[group[place] for place in part] for group in weights.groups for part in hit_together(weights.rule, group)]
    linked, of_links = levels_of(codes, weights.rule), probabilities / probabilities.sum()
    levels, shares, lost = linked, of_links, 0.0
    for _ in range(ROUNDS):
        made = _made_anew(levels, shares, parts, chance)
        light = made[weights.of(packed(made, sizes)) < lowest]
        lost = min(len(light), MADE - 1) / MADE
        levels = np.concatenate([linked, light])
        shares = np.concatenate([of_links * (1.0 - lost), np.full(len(light), 1.0 / MADE)])
    return lost


def _made_anew(levels: Levels, shares: Floats, parts: list[Places], chance: np.random.Generator) -> Levels:
    """Matches put together from these, who have ``levels`` (n, filters) and are chosen by ``shares`` (n,); shape (MADE, filters)."""
    made = np.zeros((MADE, levels.shape[1]), np.int8)
    whose = chance.choice(len(levels), MADE, p=shares / shares.sum())
    for part in parts:
        _, held = distinct(packed((levels[:, part] > 0).astype(np.int8), [2] * len(part)))
        for fields in range(int(held.max()) + 1):
            wanted, like = np.flatnonzero(held[whose] == fields), np.flatnonzero(held == fields)
            drawn = chance.choice(like, wanted.size, p=shares[like] / shares[like].sum())
            made[wanted[:, None], part] = levels[drawn[:, None], part]
    return made
