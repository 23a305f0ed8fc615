"""The scoreboard of a rehearsal, format `trilink/scoreboard/v1` (docs/spec/scoreboard.md): everything measured, as one document.

Pure: tables in, a document out; nothing is read or written. Same tables in any order, same document.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from linkage.lab.calibration import calibration
from linkage.lab.cluster_quality import cluster_quality
from linkage.lab.faults import Fault, faults, unmeasured
from linkage.lab.intervals import RESAMPLES, SEED
from linkage.lab.judged_pairs import PAIR_COLUMNS, JudgedPairs, Records, judge, named_records
from linkage.lab.measures import Compared, Measures, curve, entity_quality, slice_quality
from linkage.lab.own_estimates import Expected, own_estimates
from linkage.lab.results import Results
from linkage.protocol.agreement import DecisionRule
from linkage.protocol.intervals import CONFIDENCE

FORMAT = "trilink/scoreboard/v1"
FIXED = ("true_pairs", "candidate_pairs", "pairs_completeness", "reduction_ratio", "expected_matches")
DECISION = ("links", "precision", "recall", "f1")


class Said(NamedTuple):
    """What the unit said of its own work: expected matches by entity type and owners, and the lines of the owners' lists.

    `listed` has the columns entity, owner, other, band, links, expected_precision_percent.
    """

    matches: Mapping[str, Expected]
    listed: pd.DataFrame


def scoreboard(results: Results, compared: Compared | None, said: Said, rule: DecisionRule) -> Measures:
    """All entity types that the truth names; `compared` is None where nobody can say what was compared."""
    entities = sorted({str(name) for name in results.truth["entity"]})
    found = {entity: _entity(entity, _only(results, entity), compared, said, rule) for entity in entities}
    warnings = [fault for _, own in found.values() for fault in own] + unmeasured(results, entities)
    if compared is None:
        text = "what was compared is not known any more, so pairs completeness and reduction ratio are not measured"
        warnings.append({"entity": None, "code": "blocking_unknown", "count": 1, "text": text})
    return {
        "format": FORMAT,
        "bands": dict(rule.bands),
        "default_decision": rule.release,
        "intervals": {"confidence": CONFIDENCE, "shares": "Wilson", "f1": "bootstrap over entities", "resamples": RESAMPLES, "seed": SEED},
        "traits_from": results.traits_from,
        "warnings": warnings,
        "entities": {entity: measures for entity, (measures, _) in found.items()},
    }


def quality_of(board: Measures) -> Measures:
    """The content of `quality.json`: the figures whose names are fixed for machines that read them, without intervals."""
    return {
        entity: _plain(measures) | {"by_owner_pair": {name: _plain(pair) for name, pair in measures["by_owner_pair"].items()}}
        for entity, measures in board["entities"].items()
    }


def _plain(measures: Measures) -> Measures:
    figures = {name: measures[name] for name in FIXED if name in measures}
    bands = {name: {key: found[key] for key in DECISION} for name, found in measures["bands"].items()}
    return figures | {"bands": bands, "default": {key: measures["default"][key] for key in DECISION}}


def _only(results: Results, entity: str) -> Results:
    def only(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["entity"] == entity].reset_index(drop=True)

    return Results(
        only(results.links), only(results.clusters), only(results.truth), only(results.traits), only(results.records), results.traits_from
    )


def _entity(entity: str, results: Results, compared: Compared | None, said: Said, rule: DecisionRule) -> tuple[Measures, list[Fault]]:
    """Measures and faults of one entity type."""
    bands, pairs = list(rule.bands), _judged(entity, results, compared, list(rule.bands))
    matches, listed = said.matches.get(entity, {}), said.listed[said.listed["entity"] == entity]
    quality = entity_quality(pairs, entity, compared, bands, rule.release)
    decided = pairs.linked & (pairs.band <= bands.index(rule.release))
    for (left, right), expected in matches.items():
        quality["by_owner_pair"].get(f"{left}-{right}", {})["expected_matches"] = expected
    board = quality | {
        "slices": slice_quality(pairs, results.traits, decided, blocking_known=compared is not None),
        "clusters": cluster_quality(results.clusters, pairs.records),
        "calibration": calibration(pairs),
        "estimates": own_estimates(pairs, matches, listed, bands, rule.release),
        "curve": curve(pairs),
    }
    return board, faults(entity, results, pairs, quality["candidate_pairs"], rule.bands)


def _judged(entity: str, results: Results, compared: Compared | None, bands: Sequence[str]) -> JudgedPairs:
    """The pairs of one entity type, under a truth without rows that say nothing."""
    truth = results.truth[results.truth["entity_id"] != ""].drop_duplicates(["owner", "record_id"], keep="last")
    met = compared.found[compared.found["entity"] == entity] if compared else pd.DataFrame(columns=PAIR_COLUMNS)
    records = Records([named_records(results.links), named_records(met), results.clusters], truth, results.records)
    return judge(results.links, truth, met, records, bands)
