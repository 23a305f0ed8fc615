"""The waterfall and the small picture of a cluster, as figures."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from linkage.desk.cluster_graph import MOST, picture
from linkage.desk.evidence import waterfall
from tests.made_lists import agreement

RULE = agreement().entities["firearm"]
LABELS = sorted({rule.label for rule in RULE.filters.values()})


def row(number: int, band: str = "A", entity: str = "firearm") -> dict[str, Any]:
    return {"entity": entity, "band": band, "country": "US", "reference": f"{number:032x}", "own": [(f"r{number}", "case")]}


@given(st.lists(st.sampled_from(["agree", "similar", "conflict", "missing"]), min_size=len(LABELS), max_size=len(LABELS)))
def test_steps_follow_each_other_and_say_what_the_classes_say(outcomes: list[str]) -> None:
    fields = {kind: [label for label, one in zip(LABELS, outcomes, strict=True) if one == kind] for kind in set(outcomes)}
    steps = waterfall(RULE, fields)
    assert len(steps) == len(LABELS) - outcomes.count("missing")
    assert [step.start for step in steps] == [0.0, *(step.end for step in steps)][: len(steps)]
    assert all((step.weight > 0) == (step.outcome == "agree") for step in steps if step.outcome != "similar")
    assert [step.weight for step in steps] == sorted((step.weight for step in steps), reverse=True)


def test_the_weakest_line_is_marked_when_there_is_a_weaker_one() -> None:
    assert [line.weakest for line in picture(row(1), [row(2)]).lines] == [False, False]
    assert [line.weakest for line in picture(row(1), [row(2, "C")]).lines] == [False, True]


def test_shapes_tell_the_entity_types_apart() -> None:
    shapes = [picture(row(1, entity=entity), []).own[0].shape for entity in ("firearm", "suspect", "organization", "vehicle")]
    assert shapes == ["hexagon", "circle", "square", "diamond"]


def test_a_large_cluster_is_cut_and_says_so() -> None:
    drawn = picture(row(0), [row(number) for number in range(1, 40)])
    assert (len(drawn.lines), drawn.left_out) == (MOST, 40 - MOST)
