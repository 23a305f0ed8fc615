"""How far the unit's own estimates, made without labels, were from the truth.

1. Matches: the number that the unit expects among the pairs that reached possible match, against all true pairs.
2. Precision of each band: the mean probability of its links, against the share that is right; and what the owners' lists say of it.
3. Recall: right links as expected over matches as expected, against the share of true pairs found.
`error` is the estimate less the truth: above zero the unit was too hopeful. What the unit did not say is null.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from linkage.lab.intervals import ratio, rounded
from linkage.lab.judged_pairs import Flags, JudgedPairs, scope_of
from linkage.lab.measures import everywhere
from linkage.protocol.intervals import wilson

Measures = dict[str, Any]
Expected = Mapping[tuple[str, str], float]
"""Expected matches by two owners in alphabetical order, as the unit learned them."""

LISTED = ["owner", "other", "band", "links", "expected_precision_percent"]


def own_estimates(pairs: JudgedPairs, expected: Expected, listed: pd.DataFrame, bands: Sequence[str], default: str) -> Measures:
    """Over all owners and by pair of owners; `listed` has `LISTED` columns, one row for each line of an owner's list."""
    owners = pairs.records.owners
    scopes = list(combinations(pairs.records.home_owners, 2))
    number, released = pairs.scope, list(bands).index(default)

    def said_of(chosen: Sequence[tuple[str, str]], within: Flags) -> Measures:
        known = [expected.get(pair) for pair in chosen if pair in expected]
        matches = sum(value for value in known if value is not None) if known else None
        return _matches(pairs, within, matches, released) | {"bands": _bands(pairs, within, bands)}

    by_pair = {}
    for left, right in scopes:
        within = number == scope_of(owners, left, right)
        lines = listed[(listed["owner"] == left) & (listed["other"] == right)]
        by_pair[f"{left}-{right}"] = said_of([(left, right)], within) | {"listed": _listed(pairs, within, lines, bands)}
    return said_of(scopes, everywhere(pairs)) | {"by_owner_pair": by_pair}


def compared_with(estimate: float | None, truth: float | None) -> Measures:
    """An estimate, the truth, and how far the first is from the second."""
    error = None if estimate is None or truth is None else estimate - truth
    return {"estimate": estimate, "truth": truth, "error": error}


def _matches(pairs: JudgedPairs, within: Flags, matches: float | None, released: int) -> Measures:
    decided = within & pairs.linked & (pairs.band <= released)
    said = pairs.probability[decided]
    hits, true = int((decided & pairs.true).sum()), int((within & pairs.true).sum())
    hoped = float(said.sum())
    recall = None if not matches else min(hoped / matches, 1.0)
    return {
        "matches": compared_with(matches, true),
        "right_links": compared_with(hoped, hits),
        "precision": compared_with(ratio(hoped, len(said)), ratio(hits, len(said))),
        "recall": compared_with(recall, ratio(hits, true)),
    }


def _bands(pairs: JudgedPairs, within: Flags, bands: Sequence[str]) -> Measures:
    """Each band by itself."""
    found = {}
    for place, name in enumerate(bands):
        here = within & pairs.linked & (pairs.band == place)
        links, hits = int(here.sum()), int((here & pairs.true).sum())
        said = ratio(float(pairs.probability[here].sum()), links)
        found[name] = {"links": links, "interval": rounded(wilson(hits, links))} | compared_with(said, ratio(hits, links))
    return found


def _listed(pairs: JudgedPairs, within: Flags, lines: pd.DataFrame, bands: Sequence[str]) -> list[Measures]:
    """What an owner's list says of each band. Lists round down, and of few links they say the least that the band allows."""
    rows = []
    columns = (lines.sort_values("band")[name].tolist() for name in ("band", "links", "expected_precision_percent"))
    for band, links, percent in zip(*columns, strict=True):
        place = list(bands).index(band) if band in bands else -2
        here = within & pairs.linked & (pairs.band == place)
        truth = ratio(int((here & pairs.true).sum()), int(here.sum()))
        said = compared_with(float(percent) / 100, truth)
        rows.append({"band": str(band), "links": int(links)} | said)
    return rows
