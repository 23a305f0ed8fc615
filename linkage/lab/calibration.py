"""Are the probabilities true? Of the links that are given 95 %, are 95 of 100 right?

Only pairs with a released probability take part: the links of `links.csv`. Of pairs that were not linked the unit releases none, so nothing
is said of them. Reliability by fixed bins, narrow where links are many; Brier score [Brier1950].
"""

from typing import Any

import numpy as np

from linkage.lab.intervals import ratio, rounded
from linkage.lab.judged_pairs import Flags, JudgedPairs
from linkage.protocol.intervals import wilson

Measures = dict[str, Any]
EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)  # of the bins; each holds its lower edge, the last both


def calibration(pairs: JudgedPairs) -> Measures:
    """Reliability table, Brier score, and the mean gap between said and seen, weighted by links; null without links.

    `brier_of_base_rate` is what always saying the overall share of right links would score: a useful model is below it.
    """
    usable = pairs.linked & (pairs.probability >= 0) & (pairs.probability <= 1)
    said, right = pairs.probability[usable], pairs.true[usable]
    if not len(said):
        return {"links": 0, "brier": None, "brier_of_base_rate": None, "mean_gap": None, "bins": []}
    places = np.minimum(np.searchsorted(EDGES, said, side="right") - 1, len(EDGES) - 2)
    share = float(right.mean())
    bins = [_bin(place, said[places == place], right[places == place]) for place in np.unique(places).tolist()]
    gaps = sum(abs(row["expected"] - row["observed"]) * row["links"] for row in bins)
    return {
        "links": len(said),
        "brier": float(((said - right) ** 2).mean()),
        "brier_of_base_rate": share * (1 - share),
        "mean_gap": gaps / len(said),
        "bins": bins,
    }


def _bin(place: int, said: "np.ndarray[Any, np.dtype[np.float64]]", right: Flags) -> Measures:
    hits = int(right.sum())
    return {
        "from": EDGES[place],
        "to": EDGES[place + 1],
        "links": len(said),
        "right": hits,
        "expected": float(said.mean()),
        "observed": ratio(hits, len(said)),
        "observed_interval": rounded(wilson(hits, len(said))),
    }
