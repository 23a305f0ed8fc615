"""Who is related to whom. Relatives look alike and are not one: they are the typical false link (DOMAIN 1.2.1, 7).

1. One person in four is a relative of another one of the chunk, who is nobody's relative himself: so no chains.
2. A sibling shares surnames and mostly the address; a twin the birth date too; a namesake (father and son) the given names and the
   first surname; a cousin a surname alone.
3. Any owner may hold any of them: membership does not follow the family.
"""

from typing import NamedTuple

import numpy as np

from linkage.lab.draws import Chance, Codes, Flags, Floats, chosen

RELATIVES = 0.25
KINSHIP = {"sibling": 8, "namesake": 6, "cousin": 5, "twin": 1}  # twins are some 3 % of births
SAME_ADDRESS = {"sibling": 0.6, "namesake": 0.4, "cousin": 0.0, "twin": 0.8}
SAME_SEX = {"sibling": 0.7, "namesake": 1.0, "cousin": 0.6, "twin": 1.0}


class Kin(NamedTuple):
    """Rows of the relatives, the row of the one that each is related to, and how."""

    rows: Codes
    of: Codes
    kinship: Codes

    def are(self, *kinds: str) -> Flags:
        """Which of the relatives are of these kinds."""
        return np.isin(self.kinship, [list(KINSHIP).index(kind) for kind in kinds])

    def share(self, shares: dict[str, float]) -> Floats:
        """Each relative's share out of a table by kind."""
        return np.array([shares[kind] for kind in KINSHIP])[self.kinship]

    def everybody(self, count: int) -> Flags:
        """Who has a relative in the chunk, shape (count,)."""
        related = np.zeros(count, dtype=bool)
        related[self.rows] = related[self.of] = True
        return related


def families(rng: Chance, count: int) -> Kin:
    """Relatives among so many people."""
    order = rng.permutation(count)
    rows = order[: int(count * RELATIVES)]
    others = order[len(rows) :]
    of = others[rng.integers(len(others), size=len(rows))]
    return Kin(rows, of, chosen(rng, len(rows), list(KINSHIP.values())))
