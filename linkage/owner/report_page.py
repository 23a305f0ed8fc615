"""The release report as files: a page for the owner in its language, JSON for machines, and the quarantine list as CSV.

What the page says is in ``pages/release_texts.toml``; reasons of the normalisers stay in English, as in the quarantine file.
"""

import json
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from linkage.owner.quality_gates import Report
from linkage.owner.validation import Quarantine
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.page import called, page_template

TEXTS: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    (files("linkage.owner") / "pages" / "release_texts.toml").read_text(encoding="utf-8")
)
DASH = "–"


class FieldLine(NamedTuple):
    """One field of the page's table, as text."""

    name: str
    present: str
    completeness: str
    distinct: str
    left_out: str
    right_digits: str
    partial_dates: str


def write_reports(folder: Path, kind: str, report: Report, quarantine: Quarantine, language: str) -> Path:
    """``KIND.<entity>.json`` and ``.html`` and ``quarantine.<entity>.csv`` in ``folder``; returns the page's path.

    A release takes the place of an earlier refusal of the same entity type.
    """
    entity = report["entity"]
    page = folder / f"{kind}.{entity}.html"
    contents = {
        folder / f"quarantine.{entity}.csv": quarantine.csv(),
        folder / f"{kind}.{entity}.json": json.dumps(report, indent=2) + "\n",
        page: page_of(report, language),
    }
    for path, text in contents.items():
        with written_whole(path, PRIVATE) as file:
            file.write(text.encode())
    if kind == "release":
        for ending in ("json", "html"):
            (folder / f"refused.{entity}.{ending}").unlink(missing_ok=True)
    return page


def page_of(report: Report, language: str) -> str:
    """One self-contained HTML file; the same report makes the same text."""
    texts = {key: said[language] for key, said in TEXTS["page"].items()}
    reveals = report["reveals"]
    return page_template("linkage.owner", "release_report.html").render(
        language=language,
        t=SimpleNamespace(**texts),
        gate=lambda name: TEXTS["gates"][name][language],
        evidence=lambda name: TEXTS["evidence"][name][language],
        called=lambda section, key: called(language, section, key),
        r=report,
        duplicates_note=_duplicates_note(report["duplicates"], texts),
        left_out_rows=report["rows_read"] - report["records"],
        fields=list(field_lines(report)),
        passes=sorted(report["passes"].items()),
        sharing=[(int(records), tokens) for records, tokens in reveals["tokens_by_records"].items()],
        share=share,
        count=lambda number: f"{number:,}",
        percent=percent,
    )


def _duplicates_note(duplicates: dict[str, Any], texts: dict[str, str]) -> str:
    """What was looked for, what was not, and what came of it."""
    said = [texts[f"duplicates_{duplicates['unsearched']}"]] if duplicates["unsearched"] else []
    for name, count in (("compared", duplicates["pairs_compared"]), ("dropped", duplicates["pairs_dropped"])):
        if count:
            said.append(texts[f"duplicates_{name}"].format(pairs=f"{count:,}"))
    counts = {"records": duplicates["merged_records"], "entities": duplicates["merged_entities"], "leaving": duplicates["entities"]}
    said.append(texts["duplicates_merged"].format(**{name: f"{count:,}" for name, count in counts.items()}))
    return " ".join(said)


def field_lines(report: Report) -> Iterator[FieldLine]:
    """Each field of the table, ready to be read; a dash where there is nothing to count."""
    for name, counts in report["fields"].items():
        digits = counts["right_digits"] + counts["wrong_digits"]
        yield FieldLine(
            name, f"{counts['present']:,}", share(counts["present"], report["records"]), f"{counts['distinct']:,}",
            f"{counts['left_out']:,}" if counts["left_out"] else DASH, share(counts["right_digits"], digits),
            f"{counts['partial_dates']:,}" if counts["partial_dates"] else DASH,
        )  # fmt: skip


def share(part: int, whole: int) -> str:
    """A share in per cent; a dash of nothing.

    >>> share(1, 3), share(0, 0)
    ('33.3%', '–')
    """
    return percent(part / whole) if whole else DASH


def percent(number: float) -> str:
    return f"{100 * number:.1f}%"
