"""Seizures of two countries in which laboratories found the same thing: edges between seizures, counted for the report, never shown.

The rules of this room:
1. A file is opened as any other; owner and number are those of its seal, and its key-check value is that of the others of the epoch.
2. An edge is a pair of seizures of two owners under one token. Within one country there is none.
3. A count of edges rests on tokens as other counts rest on cases: on too few, or with one that has too large a part, it is withheld.
"""

import json
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.controlled_rounding import Counts, with_totals
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.laboratory_links import ASSERTED, KIND, LARGEST, PART, LaboratoryLinks, read_laboratory_links
from linkage.protocol.released_counts import released
from linkage.protocol.report_draws import Draws
from linkage.protocol.report_rules import ReportRule
from linkage.protocol.seizure_tables import TOTAL
from linkage.unit.owner_tables import Desk, Expected, open_only_part
from linkage.unit.state import RunState

AREA = "local"
Edges = dict[tuple[str, str], list[int]]
"""(``ca mx``, kind) -> edges of each shared token."""


class Kept(NamedTuple):
    """An owner's newest message and the key-check value that came with it."""

    key_check_value: str
    links: LaboratoryLinks


def take_laboratory_links(desk: Desk, state: RunState, paths: Iterable[Path]) -> dict[str, int]:
    """Verify and keep the newest of each owner; returns assertions by owner of what was read."""
    counts = {}
    for path in sorted(paths):
        with about(path):
            read = _opened(desk, state, path)
        known = _kept(state)
        values = {one.key_check_value for owner, one in known.items() if owner != read.links.owner}
        if values - {read.key_check_value}:
            raise InvalidPackage(f"{path.name}: its tokens are of another key than those of the others; all are to use one epoch's key")
        if read.links.owner not in known or known[read.links.owner].links.number < read.links.number:
            target = _path(state, read.links.owner)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with written_whole(target, PRIVATE) as file:
                file.write(json.dumps({"key_check_value": read.key_check_value, "links": read.links.model_dump(mode="json")}).encode())
        counts[read.links.owner] = len(read.links.assertions)
    return counts


def laboratory_edges(state: RunState) -> Edges:
    """Edges of every two owners by kind, one number for each token that both have."""
    by_owner = {owner: {(one.kind, one.token): len(one.seizures) for one in kept.links.assertions} for owner, kept in _kept(state).items()}
    found: Edges = {}
    for left, right in combinations(sorted(by_owner), 2):
        for kind, token in sorted(by_owner[left].keys() & by_owner[right].keys()):
            found.setdefault((f"{left} {right}", kind), []).append(by_owner[left][kind, token] * by_owner[right][kind, token])
    return found


def published_edges(edges: Edges, draws: Draws, rule: ReportRule) -> dict[tuple[str, str], int | None]:
    """(owners, kind) -> edges with totals, rounded or withheld; nothing where even the total rests on too few tokens."""
    pairs = sorted({pair for pair, _ in edges})
    kinds = [kind for kind in ASSERTED if any(kind == one for _, one in edges)]
    if not pairs or _weak([count for counts in edges.values() for count in counts], rule):
        return {}
    cells: Counts = np.array([[sum(edges.get((pair, kind), ())) for kind in kinds] for pair in pairs], dtype=np.int64)
    counts = with_totals(cells)
    names = [(pair, kind) for pair in [*pairs, TOTAL] for kind in ([*kinds, TOTAL] if len(kinds) > 1 else kinds)]
    sensitive = np.array([_weak(_counted_in(edges, name), rule) for name in names]).reshape(counts.shape)
    chance = np.array([draws.of("laboratory", *name) for name in names]).reshape(counts.shape)
    seen = released(counts, sensitive, np.zeros_like(sensitive), chance, (rule, AREA))
    shown = (None if hidden else int(count) for hidden, count in zip(seen.hidden.ravel(), seen.counts.ravel(), strict=True))
    return dict(zip(names, shown, strict=True))


def _counted_in(edges: Edges, cell: tuple[str, str]) -> list[int]:
    """Edges of each token that a cell counts; a total takes every name."""
    return [
        count for name, of in edges.items() if all(asked in (TOTAL, one) for asked, one in zip(cell, name, strict=True)) for count in of
    ]


def _weak(edges_of_tokens: list[int], rule: ReportRule) -> bool:
    """Rule 3; nothing at all is not weak: a 0 is a 0."""
    count = sum(edges_of_tokens)
    return count > 0 and (len(edges_of_tokens) < rule.cases(AREA) or max(edges_of_tokens) > rule.largest_case * count)


def _opened(desk: Desk, state: RunState, path: Path) -> Kept:
    manifest, part = open_only_part(desk, path, Expected(KIND, state.epoch, PART, LARGEST))
    read, value = read_laboratory_links(part, path.name), manifest.body.get("key_check_value")
    if (read.owner, {"key_check_value": value, "number": read.number}) != (manifest.sender, dict(manifest.body)):
        raise InvalidPackage(f"{path.name}: what it says is of another owner or number than its seal says")
    desk.received.record(manifest, state.run)
    return Kept(str(value), read)


def _kept(state: RunState) -> dict[str, Kept]:
    found = {}
    for owner in state.agreement.owners:
        path = _path(state, owner)
        if path.is_file():
            facts = json.loads(path.read_text(encoding="utf-8"))
            found[owner] = Kept(facts["key_check_value"], LaboratoryLinks.model_validate(facts["links"]))
    return found


def _path(state: RunState, owner: str) -> Path:
    return state.folder / "laboratory" / f"{owner}.json"
