"""What people found out about links of earlier runs moves the odds of the next ones, per entity type and pair of owners.

The rules of this room:
1. The file is a CSV table of ``link_id,outcome`` (docs/spec/outcomes.md); a row that cannot be followed stops it with one line.
2. A link id is looked up among the links that this unit kept of its runs; one that it does not know is counted and does no harm, and nor
   does a link of which two rows say different things.
3. The odds are moved by so many bits that the confirmed and refuted links are most probable, under a prior that holds them back
   (``PRIOR``): one refuted link moves little, fifty move much. What was moved before is taken back first.
"""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from scipy.optimize import brentq

from linkage.protocol.errors import TrilinkError
from linkage.protocol.small_tables import read_rows
from linkage.unit.opaque_ids import link_names

COLUMNS = ["link_id", "outcome"]
CONFIRMED, REFUTED, INDETERMINATE = "confirmed", "refuted", "indeterminate"
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
    """By scope; and how many rows were about no link that we know, or contradicted each other."""

    by_scope: Mapping[Scope, Review]
    unknown: int = 0
    contradicted: int = 0

    def of(self, scope: Scope) -> Review:
        return self.by_scope.get(scope, Review([], []))


NO_REVIEWS = Reviews({})


def read_outcomes(path: Path) -> list[tuple[str, str]]:
    """Rows of an outcomes file, ``link_id`` and ``outcome``."""
    rows, problem = read_rows(path, COLUMNS)
    if problem:
        raise TrilinkError(f"outcomes: {path.name} {problem}")
    found = []
    for number, cells in enumerate(rows, 2):
        if not any(cells):
            continue
        if len(cells) != len(COLUMNS) or cells[1] not in (CONFIRMED, REFUTED, INDETERMINATE):
            raise TrilinkError(f"outcomes: {path.name}: row {number}: expected a link id and confirmed, refuted or indeterminate")
        found.append((cells[0], cells[1]))
    return found


def reviews_of(outcomes: list[tuple[str, str]], epochs: Path) -> Reviews:
    """Rule 2: outcomes beside what the unit said of those links in the runs that lie in ``epochs``."""
    said: dict[str, set[str]] = {}
    for link, outcome in outcomes:
        said.setdefault(link, set()).add(outcome)
    clear = {link: next(iter(found)) for link, found in said.items() if len(found) == 1}
    known, by_scope = set(), dict[Scope, Review]()
    for folder in sorted(epochs.glob("*/results"), reverse=True):  # a link that several epochs have counts once, in the last
        for link, scope, odds in _links(folder):
            if link not in said or link in known:
                continue
            known.add(link)
            if clear.get(link, INDETERMINATE) != INDETERMINATE:
                review = by_scope.setdefault(scope, Review([], []))
                review.odds.append(odds)
                review.confirmed.append(clear[link] == CONFIRMED)
    return Reviews(by_scope, len(said) - len(known), len(said) - len(clear))


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
