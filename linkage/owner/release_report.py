"""The release report: what a table turned out to be and what its package will show, in counts, before anything is sealed.

Format ``trilink/release-report/v2`` (docs/spec/release-report.md). Counts, shares, field names and reasons; no value of a record.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from linkage.owner.checking import CheckedTable
from linkage.owner.quality_gates import Report, failed_gates
from linkage.owner.revealed import Met
from linkage.owner.risk import Risk
from linkage.protocol.agreement import Agreement

FORMAT = "trilink/release-report/v2"
NOTABLE = 0.01  # a change of completeness worth a line


class About(NamedTuple):
    """Whose release it is, of what, in which epoch ("" for a check), and the size that decided how fine the passes are."""

    owner: str
    entity: str
    epoch: str
    largest: int


class Shown(NamedTuple):
    """What a package shows: counted over all of it, and what that would give away, measured on a sample."""

    met: Met
    risk: Risk


def release_report(about: About, checked: CheckedTable, shown: Shown, agreement: Agreement, last: Report | None) -> Report:
    """The whole report, the gates that are not met included."""
    (passes, predicted), reveals = shown.met.blocking_counts(), shown.met.revealed()
    report: Report = {
        "format": FORMAT, "owner": about.owner, "entity": about.entity, "epoch": about.epoch, "largest_declared": about.largest,
        "rows_read": checked.read, "records": checked.records, "left_out": checked.quarantine.counts(),
        "columns_ignored": checked.ignored, "columns_absent": checked.absent,
        "fields": checked.fields(), "doubtful": checked.doubtful(), "duplicates": checked.duplicates(),
        "passes": passes, "predicted_completeness": predicted, "reveals": reveals,
        "risk": shown.risk, "postings": reveals["postings"],
        "postings_dropped": {name: counts["dropped"] for name, counts in passes.items() if counts["dropped"]},
    }  # fmt: skip
    report["changes"] = changes(report, last)
    return report | {"gates_not_met": failed_gates(report, agreement.gates_of(about.entity))}


def changes(report: Report, last: Report | None) -> dict[str, Any] | None:
    """Against the last release: rows and records as [before, now], and by field the completeness that moved by a hundredth or more."""
    if last is None:
        return None
    moved = {}
    for field in sorted({*last["fields"], *report["fields"]}):
        before, now = _completeness(last, field), _completeness(report, field)
        if before is None or now is None or abs(now - before) >= NOTABLE:
            moved[field] = [before, now]
    counted = {key: [last[key], report[key]] for key in ("rows_read", "records", "postings")}
    return {"since": last["epoch"], **counted, "completeness": moved}


def _completeness(report: Report, field: str) -> float | None:
    counts = report["fields"].get(field)
    return round(counts["present"] / max(report["records"], 1), 3) if counts else None


def last_release(home: Path, epoch: str, entity: str) -> Report | None:
    """The report of the epoch whose name sorts last before this one ("" for the last of all); None when there is none of this format."""
    folders = sorted(path.parent for path in home.glob(f"epochs/*/release.{entity}.json"))
    for folder in reversed([folder for folder in folders if not epoch or folder.name < epoch]):
        report: Report = json.loads((folder / f"release.{entity}.json").read_text(encoding="utf-8"))
        if report.get("format") == FORMAT:
            return report
    return None
