"""Why a link: what each field class says, as the steps of a waterfall.

The heights come from the agreement alone: the weight that a level of agreement has under the agreed default distributions. The unit's own
weights are learned from all owners' data; on this page they would tell how rare the other side's value is (docs/threat-model.md). So the
steps show which classes speak for and against, and about how much such a class ever can, and no more than the field classes already say.
"""

from typing import NamedTuple

import numpy as np

from linkage.protocol.agreeing import default_m, default_u
from linkage.protocol.entity_rules import EntityRule


class Step(NamedTuple):
    """One field class: its kind of outcome, its weight in bits, and where its bar begins and ends on the way up from zero."""

    label: str
    outcome: str
    weight: float
    start: float
    end: float


def waterfall(rule: EntityRule, fields: dict[str, list[str]]) -> list[Step]:
    """Steps in falling order of weight, those that speak for the link first; a class that is missing on a side has none."""
    weighed = sorted(
        (
            (label, outcome, _weight(rule, label, outcome))
            for outcome in ("agree", "similar", "conflict")
            for label in fields.get(outcome, [])
        ),
        key=lambda step: (-step[2], step[0]),
    )
    steps, at = [], 0.0
    for label, outcome, weight in weighed:
        steps.append(Step(label, outcome, weight, at, at + weight))
        at += weight
    return steps


def _weight(rule: EntityRule, label: str, outcome: str) -> float:
    """Default weight of the label's most telling filter at the level that stands for the outcome, in bits; 0 for a label nobody has."""
    found = [_weights(one.codes)[_level(one.codes, outcome)] for one in rule.filters.values() if one.label == label]
    return float(max(found, key=abs, default=0.0))


def _weights(codes: int) -> list[float]:
    """log2(m / u) of the levels above missing, from full disagreement to full agreement."""
    return [float(weight) for weight in np.log2(default_m(codes)[1:] / default_u(codes)[1:])]


def _level(codes: int, outcome: str) -> int:
    levels = codes - 1
    return {"agree": levels - 1, "conflict": 0}.get(outcome, levels // 2)
