"""Hold a release against the agreement's quality gates, before anything is sealed (docs/spec/agreement.md, Gates)."""

from collections.abc import Iterator
from typing import Any, TypedDict

from linkage.protocol.gate_rules import EntityGates

Report = dict[str, Any]


class Failed(TypedDict):
    """One gate that is not met: its name, the field ("" for the whole table), what was agreed and what was found, as shares."""

    gate: str
    field: str
    agreed: float
    found: float


def failed_gates(report: Report, gates: EntityGates) -> list[Failed]:
    """Every gate that the release does not meet, in the order in which the agreement describes them.

    A gate on a field holds for a field that the table has: an owner that never recorded it has nothing to fall short of.
    """
    failed = []
    for gate, field, limit, (part, whole) in _judged(report, gates):
        if limit is None or not gates.judges(whole):
            continue
        found = part / whole
        if found > limit if gate.startswith("max_") else found < limit:
            failed.append(Failed(gate=gate, field=field, agreed=limit, found=round(found, 4)))
    return failed


def sentence(failed: list[Failed]) -> str:
    """The failed gates in one line.

    >>> sentence([Failed(gate="max_left_out", field="", agreed=0.5, found=0.75)])
    'max_left_out 0.5, found 0.75'
    """
    named = [(f"{one['gate']} of {one['field']}" if one["field"] else one["gate"], one) for one in failed]
    return "; ".join(f"{name} {one['agreed']:g}, found {one['found']:g}" for name, one in named)


def _judged(report: Report, gates: EntityGates) -> Iterator[tuple[str, str, float | None, tuple[float, int]]]:
    """Gate, field, limit, and the share as part and whole."""
    fields, records = report["fields"], report["records"]
    yield "max_left_out", "", gates.max_left_out, (report["rows_read"] - records, report["rows_read"])
    for field, counts in fields.items():
        yield "min_understood", field, gates.min_understood, (counts["present"], counts["present"] + counts["left_out"])
    for field, counts in fields.items():
        yield "min_right_digits", field, gates.min_right_digits, (counts["right_digits"], counts["right_digits"] + counts["wrong_digits"])
    for field, least in gates.min_completeness.items():
        if field in fields:
            yield "min_completeness", field, least, (fields[field]["present"], records)
    yield from _risks(report["risk"], gates)
    dropped = sum(one["dropped"] for one in report["passes"].values())
    yield "max_over_full", "", gates.max_over_full, (dropped, dropped + report["reveals"]["postings"])
    if report["changes"]:
        before = report["changes"]["records"][0]
        yield "max_fall", "", gates.max_fall, (max(before - records, 0), before)


def _risks(risk: Report, gates: EntityGates) -> Iterator[tuple[str, str, float | None, tuple[float, int]]]:
    """Gates on what would be given away; a measure that there were too few people for has nothing to fall short of."""
    found = risk["recognised"].get("all of these", {"share": 0.0, "chance": 0.0})
    yield "max_recognised", "", gates.max_recognised, _part(found["share"] - found["chance"], risk["attacked"])
    for known, limit in (("250", gates.max_known_pairs_250), ("1000", gates.max_known_pairs_1000)):
        share = risk["known_pairs"][known]
        yield f"max_known_pairs_{known}", "", limit, _part(share or 0.0, 0 if share is None else risk["people"])
    for name, measures in risk["filters"].items():
        for measure in ("bit_gini", "bit_correlation", "similarity_rank"):
            yield f"max_{measure}", name, getattr(gates, f"max_{measure}"), _part(measures[measure], risk["people"])


def _part(share: float, whole: int) -> tuple[float, int]:
    return max(share, 0.0) * whole, whole
