"""Quality gates against reports made by hand: what is judged, and whose word holds."""

import pytest

from linkage.owner.quality_gates import failed_gates
from linkage.owner.risk import NOBODY
from linkage.protocol.gate_rules import EntityGates, GateRule


def test_gates_of_an_entity_type_stand_over_those_of_the_agreement() -> None:
    general = GateRule(from_count=7, max_left_out=0.5, max_fall=0.1)
    own = EntityGates(max_left_out=0.2, min_completeness={"name": 0.5})
    both = own.over(general)
    assert both == EntityGates(from_count=7, max_left_out=0.2, max_fall=0.1, min_completeness={"name": 0.5})
    assert EntityGates.model_validate(own.model_dump()).over(general) == both  # spelt out or defaulted, as the fingerprint has it
    assert [EntityGates().judges(99), EntityGates().judges(100), both.judges(6), both.judges(7)] == [False, True, False, True]


def test_over_full_and_fall_are_judged() -> None:
    report = {
        "rows_read": 10, "records": 10, "fields": {}, "passes": {"a": {"dropped": 30}}, "reveals": {"postings": 70}, "risk": NOBODY,
        "changes": {"records": [40, 10]},
    }  # fmt: skip
    failed = failed_gates(report, EntityGates(from_count=1, max_over_full=0.2, max_fall=0.5))
    assert [(one["gate"], one["found"]) for one in failed] == [("max_over_full", 0.3), ("max_fall", 0.75)]


RISKS: list[tuple[dict[str, float], list[tuple[str, str, float]]]] = [  # gates, which are not met: name, filter, found
    ({"max_recognised": 0.7, "max_known_pairs_250": 0.03, "max_bit_gini": 0.1}, []),
    ({"max_recognised": 0.6}, [("max_recognised", "", 0.65)]),  # 0.7, of which 0.05 by chance
    ({"max_known_pairs_250": 0.02, "max_known_pairs_1000": 0.0}, [("max_known_pairs_250", "", 0.025)]),  # too few people for the other
    ({"max_bit_gini": 0.02, "max_similarity_rank": 0.01}, [("max_bit_gini", "name", 0.03)]),  # a negative rank gives nothing away
]


@pytest.mark.parametrize(("gates", "failed"), RISKS, ids=str)
def test_what_is_given_away_is_judged(gates: dict[str, float], failed: list[tuple[str, str, float]]) -> None:
    risk = {
        "people": 400, "attacked": 300, "recognised": {"all of these": {"share": 0.7, "chance": 0.05}},
        "known_pairs": {"250": 0.025, "1000": None},
        "filters": {"name": {"bit_gini": 0.03, "bit_correlation": 0.2, "fullness_variation": 0.1, "similarity_rank": -0.2}},
    }  # fmt: skip
    report = {"rows_read": 0, "records": 0, "fields": {}, "passes": {}, "reveals": {"postings": 0}, "changes": None, "risk": risk}
    found = failed_gates(report, EntityGates(**gates))  # type: ignore[arg-type]
    assert [(one["gate"], one["field"], one["found"]) for one in found] == failed
