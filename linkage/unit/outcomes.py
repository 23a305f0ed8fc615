"""What people found out about links of earlier runs moves the odds of the next ones, per entity type and pair of owners.

The rules of this room:
1. An owner's word counts for links of its own. A link of which its two owners say different things counts for neither.
2. A link id is looked up among the links that this unit kept of its runs; one that it does not know is counted and does no harm.
3. The odds are moved by so many bits that the confirmed and refuted links are most probable, under a prior that holds them back
   (``PRIOR``): one refuted link moves little, fifty move much. What was moved before is taken back first.
"""

import csv
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from scipy.optimize import brentq

from linkage.protocol.outcomes import CONFIRMED, INDETERMINATE, Outcomes
from linkage.unit.opaque_ids import link_names

PRIOR = 1.0  # bits, standard deviation of the shift
FARTHEST = 20.0  # bits

Scope = tuple[str, str, str]  # entity type, owner, owner


class Review(NamedTuple):
    """Links of one entity type and two owners that people looked at: log2 odds that the unit gave them unmoved, and which it confirmed."""

    odds: list[float]
    confirmed: list[bool]

    def shift(self) -> float:
        """Rule 3, in bits."""

        def surplus(shift: float) -> float:
            expected = sum(1.0 / (1.0 + 2.0 ** -(one + shift)) for one in self.odds)
            return float(math.log(2.0) * (sum(self.confirmed) - expected) - shift / PRIOR**2)

        return float(brentq(surplus, -FARTHEST, FARTHEST)) if self.odds else 0.0


class Reviews(NamedTuple):
    """By scope; and of how many links no run of ours is kept, or the two owners said different things."""

    by_scope: Mapping[Scope, Review]
    unknown: int = 0
    contradicted: int = 0

    def of(self, scope: Scope) -> Review:
        return self.by_scope.get(scope, Review([], []))


NO_REVIEWS = Reviews({})


def reviews_of(outcomes: Iterable[Outcomes], epochs: Path) -> Reviews:
    """Outcomes beside what the unit said of those links in the runs that lie in ``epochs``."""
    said: dict[str, dict[str, str]] = {}
    for told in outcomes:
        for link, outcome in told.links.items():
            said.setdefault(link, {})[told.owner] = outcome
    known, contradicted, by_scope = set(), 0, dict[Scope, Review]()
    for folder in sorted(epochs.glob("*/results"), reverse=True):  # a link that several epochs have counts once, in the last
        for link, scope, odds in _links(folder):
            found = {outcome for owner, outcome in said.get(link, {}).items() if owner in scope[1:]}
            if not found or link in known:
                continue
            known.add(link)
            contradicted += len(found) > 1
            if len(found) == 1 and found != {INDETERMINATE}:
                review = by_scope.setdefault(scope, Review([], []))
                review.odds.append(odds)
                review.confirmed.append(found == {CONFIRMED})
    return Reviews(by_scope, len(said) - len(known), contradicted)


def _links(folder: Path) -> list[tuple[str, Scope, float]]:
    """Link id, scope and unmoved log2 odds of every link of a run."""
    if not ((folder / "links.csv").is_file() and (folder / "quality.json").is_file()):
        return []
    quality = json.loads((folder / "quality.json").read_text(encoding="utf-8"))
    shifts = {
        (entity, row["owner_a"], row["owner_b"]): row["shift"] for entity, of in quality["entities"].items() for row in of["owner_pairs"]
    }
    found = []
    with (folder / "links.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            scope = row["entity"], row["owner_a"], row["owner_b"]
            (link,) = link_names(scope[0], [(bytes.fromhex(row["pseudonym_a"]), bytes.fromhex(row["pseudonym_b"]))])
            probability = min(max(float(row["probability"]), 1e-6), 1.0 - 1e-6)
            found.append((link, scope, math.log2(probability / (1.0 - probability)) - shifts.get(scope, 0.0)))
    return found
