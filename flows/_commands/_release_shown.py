"""The release report on one terminal screen, or as JSON."""

import json
from collections.abc import Iterator, Mapping

import typer
from rich import box
from rich.table import Table

from flows._commands._shown import console
from linkage.owner.quality_gates import Report, sentence
from linkage.owner.report_page import field_lines, percent, share

UNSEARCHED = {"profile": "the profile says so", "size": "the table is too large"}


def show_reports(reports: Mapping[str, Report], as_json: bool) -> None:
    """Every entity type in turn."""
    if as_json:
        typer.echo(json.dumps(reports, indent=2, sort_keys=True))
        return
    for entity, report in reports.items():
        _say(f"\n{entity}: {report['rows_read']:,} rows read, {report['records']:,} records")
        console.print(_fields(report))
        for title, counts in (("refused", report["left_out"]), ("doubtful", report["doubtful"])):
            for what, count in counts.items():
                _say(f"  {title}: {count:,} × {what}")
        for what in (_columns(report), *_duplicates(report), _shown(report), _given_away(report), _found(report), _changed(report)):
            if what:
                _say(f"  {what}")
        _say(f"  gates: {sentence(report['gates_not_met']) or 'met'}")


def _say(line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def _fields(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for name in ("field", "present", "complete", "distinct", "not understood", "right digits", "no day"):
        table.add_column(name, justify="left" if name == "field" else "right", no_wrap=name == "field")
    for line in field_lines(report):
        table.add_row(*line)
    return table


def _columns(report: Report) -> str:
    absent = f"; mapped and not there: {', '.join(report['columns_absent'])}" if report["columns_absent"] else ""
    return f"columns ignored: {report['columns_ignored']}{absent}"


def _duplicates(report: Report) -> Iterator[str]:
    found = report["duplicates"]
    if found["unsearched"]:
        yield f"duplicates: not searched, {UNSEARCHED[found['unsearched']]}"
    if found["pairs_dropped"]:
        yield f"duplicates: {found['pairs_dropped']:,} candidate pairs too many, not compared; {found['pairs_compared']:,} compared"
    if found["merged_records"]:
        yield f"duplicates: {found['merged_records']:,} records put together to {found['merged_entities']:,}"
    for what, count in found["merged_by"].items():
        yield f"  merged: {count:,} × {what}"


def _shown(report: Report) -> str:
    reveals = report["reveals"]
    return f"the unit would see {reveals['postings']:,} postings and {reveals['tokens']:,} tokens"


def _given_away(report: Report) -> str:
    risk, neighbours = report["risk"], report["reveals"]["neighbours"]
    if not risk["recognised"]:
        return ""
    one = risk["recognised"]["all of these"]
    known = [f"{pairs} known pairs {percent(found)}" for pairs, found in risk["known_pairs"].items() if found is not None]
    return (
        f"an attacker with the same {risk['attacked']:,} people in clear would recognise {percent(one['share'])} of postings "
        f"(chance {percent(one['chance'])}); {''.join(f'after {said}; ' for said in known)}"
        f"others under a token: {neighbours['median']} (median), {neighbours['mean']:g} (mean)"
    )


def _found(report: Report) -> str:
    dropped, shown = sum(report["postings_dropped"].values()), share(report["reveals"]["records_shown"], report["duplicates"]["entities"])
    return (
        f"records in any pass: {shown}; postings dropped as over-full: {dropped:,}; "
        f"true pairs that would meet, estimated: {percent(report['predicted_completeness'])}"
    )


def _changed(report: Report) -> str:
    changes = report["changes"]
    return f"records since {changes['since']}: {changes['records'][0]:,} to {changes['records'][1]:,}" if changes else ""
