"""What a link between two records says about their cases, in names and classes, never in values or scores."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.linked_cases import FieldClasses
from linkage.protocol.regrouping import NO_CASE
from linkage.protocol.similarity import levels_of
from linkage.unit.classification import band_of
from linkage.unit.clustering import Node, WeighedPair
from linkage.unit.linking import Decided

CaseLinks = dict[tuple[bytes, bytes], Counter[str]]


class Names:
    """The names that an owner gave its records of one entity type, by record."""

    __slots__ = ("_columns", "_rows")

    def __init__(self, decided: Decided) -> None:
        self._columns = {owner: groups.columns for owner, groups in decided.groups.items()}
        self._rows = {
            (owner, name): row for owner, groups in decided.groups.items() for row, name in enumerate(groups.columns.get("pseudonym", []))
        }

    def of(self, node: Node, column: str) -> bytes:
        """One of the record's names: ``case``, ``reference/<owner>`` or ``case/<owner>``."""
        return self._columns[node[0]][column][self._rows[node]]


def released(decided: Decided, rule: DecisionRule) -> list[WeighedPair]:
    """Links whose band the agreement releases."""
    bands = set(rule.released_bands)
    return [pair for pair in decided.clusters.links if band_of(pair.probability, rule) in bands]


def case_links(everything: Iterable[tuple[Decided, Names]], rule: DecisionRule) -> CaseLinks:
    """How many released links of each entity type two cases share; several types together are stronger than one."""
    shared: CaseLinks = defaultdict(Counter)
    for one, names in everything:
        for pair in released(one, rule):
            cases = names.of(pair.left, "case"), names.of(pair.right, "case")
            if NO_CASE not in cases:
                shared[cases][one.entity] += 1
    return shared


def field_classes(code: int, rule: EntityRule) -> FieldClasses:
    """Labels by outcome; a label of several filters agrees if all present ones agree best, conflicts if none agrees at all."""
    levels = levels_of(np.array([code]), rule)[0].tolist()
    by_label: dict[str, set[str]] = defaultdict(set)
    for name, level in zip(rule.filter_names, levels, strict=True):
        best = rule.filters[name].codes - 1
        outcome = {0: "missing", best: "agree", 1: "conflict"}.get(level, "similar")
        by_label[rule.filters[name].label].add(outcome)
    classes: dict[str, list[str]] = {"agree": [], "similar": [], "conflict": [], "missing": []}
    for label, outcomes in sorted(by_label.items()):
        present = outcomes - {"missing"}
        classes["missing" if not present else min(present) if len(present) == 1 else "similar"].append(label)
    return FieldClasses(**classes)
