"""T13 of the seizure report: what the linkage of an epoch found and what became of it, as far as it may be said. Counts, no id.

The unit knows no cases, so the rule for places holds, counted in links. Each table is controlled and audited by itself.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from linkage.protocol.controlled_rounding import Counts, with_totals
from linkage.protocol.outcomes import INDETERMINATE, Outcomes
from linkage.protocol.released_counts import released
from linkage.protocol.report_draws import Draws
from linkage.protocol.report_rules import ReportRule
from linkage.protocol.seizure_tables import TOTAL
from linkage.unit.opaque_ids import link_names
from linkage.unit.state import RunState

AREA = "local"
Published = dict[tuple[str, str], int | None]
"""(row, column) -> a multiple of the base; None where it is withheld; ``*`` is a total."""


class EntityLinks(NamedTuple):
    """``pairs``: links by the two owners (``ca mx``) and band; ``clusters``: by number of countries, one column ``*``; ``joined``: records
    that another country holds too, by owner; ``reviewed``: links by the two owners and what their desks said of them; ``estimates``: of
    ``quality.json``, {} where there are none."""

    pairs: Published
    clusters: Published
    joined: Published
    reviewed: Published
    estimates: dict[str, Any]


def linkage_of(state: RunState, secret: bytes, told: Iterable[Outcomes] = ()) -> dict[str, EntityLinks]:
    """By entity type; nothing where the epoch was not clustered. ``told``: what became of links at the owners' desks."""
    if not state.result("links.csv").is_file():
        return {}
    links, clusters = _rows(state, "links.csv"), _rows(state, "clusters.csv")
    quality = json.loads(state.result("quality.json").read_text(encoding="utf-8"))["entities"]
    rule, found, by_link = state.agreement.report, {}, _by_link(told)
    for entity in sorted(quality):
        draws = Draws(secret, f"{state.epoch} {entity}")
        pairs = Counter((f"{row['owner_a']} {row['owner_b']}", row["band"]) for row in links if row["entity"] == entity)
        own = [row for row in clusters if row["entity"] == entity]
        members = Counter(row["cluster_id"] for row in own)
        sizes = Counter((str(size), TOTAL) for size in members.values())
        joined = Counter((row["owner"], TOTAL) for row in own)
        reviewed = _reviewed([row for row in links if row["entity"] == entity], by_link)
        counted = {"pairs": pairs, "clusters": sizes, "joined": joined, "reviewed": reviewed}
        shown = {name: _published(name, counts, draws, rule) for name, counts in counted.items()}
        found[entity] = EntityLinks(**shown, estimates=quality[entity])
    return found


def _by_link(told: Iterable[Outcomes]) -> dict[str, dict[str, str]]:
    """Link id -> owner -> outcome."""
    found: dict[str, dict[str, str]] = {}
    for one in told:
        for link, outcome in one.links.items():
            found.setdefault(link, {})[one.owner] = outcome
    return found


def _reviewed(rows: list[dict[str, str]], by_link: dict[str, dict[str, str]]) -> "Counter[tuple[str, str]]":
    """Links by owners and outcome: an owner speaks of its own links, and two who disagree make it indeterminate."""
    found = Counter[tuple[str, str]]()
    for row in rows if by_link else ():
        owners = (row["owner_a"], row["owner_b"])
        pair = (bytes.fromhex(row["pseudonym_a"]), bytes.fromhex(row["pseudonym_b"]))
        (link,) = link_names(row["entity"], [pair])
        said = {outcome for owner, outcome in by_link.get(link, {}).items() if owner in owners}
        if said:
            found[" ".join(owners), said.pop() if len(said) == 1 else INDETERMINATE] += 1
    return found


def _rows(state: RunState, name: str) -> list[dict[str, str]]:
    with state.result(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _published(name: str, found: "Counter[tuple[str, str]]", draws: Draws, rule: ReportRule) -> Published:
    """The counts with totals, controlled; nothing where there are fewer than the rule's in all."""
    rows, columns = (sorted({key[at] for key in found}) for at in (0, 1))
    if sum(found.values()) < rule.cases(AREA):
        return {}
    cells: Counts = np.array([[found[row, column] for column in columns] for row in rows], dtype=np.int64)
    counts = with_totals(cells)
    names = [(row, column) for row in [*rows, TOTAL] for column in ([*columns, TOTAL] if len(columns) > 1 else columns)]
    chance = np.array([draws.of(name, *key) for key in names]).reshape(counts.shape)
    sensitive = (counts > 0) & (counts < rule.cases(AREA))
    seen = released(counts, sensitive, np.zeros_like(sensitive), chance, (rule, AREA))
    shown = (None if hidden else int(count) for hidden, count in zip(seen.hidden.ravel(), seen.counts.ravel(), strict=True))
    return dict(zip(names, shown, strict=True))
