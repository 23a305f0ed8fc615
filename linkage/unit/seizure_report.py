"""The trilateral firearms seizure report: what the owners released and what the linkage found, as pages, PDF and JSON in three languages.

The rules of this room:
1. Countries stand side by side and are never added up: a gun may be counted in two.
2. What an owner withheld is withheld in every form of the report; nothing is computed from it.
3. Same aggregates, same results: same bytes.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import typst

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.page import called, page_template
from linkage.protocol.seizure_tables import SeizureAggregates
from linkage.unit.seizure_linkage import EntityLinks, Published
from linkage.unit.seizure_pictures import corridors, flows_of, tile_map, trend
from linkage.unit.seizure_sections import MARK, Words, rules_said, sections

FORMAT = "trilink/seizure-report/v1"
LANGUAGES = ("en", "es", "fr")

Years = dict[int, dict[str, SeizureAggregates]]


class Linked(NamedTuple):
    """T13: an epoch's name or "", its links by entity type, and the edges that laboratories asserted between seizures."""

    epoch: str
    links: dict[str, EntityLinks]
    laboratory: Published


@dataclass(frozen=True)
class Report:
    """What the report is about: a year, the newest aggregates by year and owner, what was linked."""

    agreement: Agreement
    year: int
    years: Years
    linked: Linked

    @property
    def owners(self) -> dict[str, SeizureAggregates]:
        return dict(sorted(self.years.get(self.year, {}).items()))


def write_seizure_report(report: Report, out: Path) -> list[Path]:
    """``seizures.<year>.json`` and, in each language, ``.html`` and ``.pdf``. Refused where no owner has released anything of the year."""
    if not report.owners:
        raise TrilinkError(f"no owner has released tables of {report.year}; give their sealed files")
    out.mkdir(parents=True, exist_ok=True)
    contents = {f"seizures.{report.year}.json": as_json(report)}
    for language in LANGUAGES:
        facts = facts_of(report, language)
        contents[f"seizures.{report.year}.{language}.html"] = as_html(facts, language)
        contents[f"seizures.{report.year}.{language}.pdf"] = as_pdf(facts)
    for name, content in contents.items():
        with written_whole(out / name) as file:
            file.write(content)
    return [out / name for name in contents]


def as_json(report: Report) -> bytes:
    """All published numbers for machines; null where one is withheld."""
    links = {
        entity: {
            name: [{"row": row, "column": column, "count": count} for (row, column), count in sorted(getattr(found, name).items())]
            for name in ("pairs", "clusters", "joined", "reviewed")
        }
        for entity, found in report.linked.links.items()
    }
    owners = {owner: one.model_dump(mode="json") for owner, one in report.owners.items()}
    trends = {str(year): {owner: one.recoveries for owner, one in sorted(of.items())} for year, of in report.years.items()}
    whole = {
        "format": FORMAT,
        "year": report.year,
        "epoch": report.linked.epoch,
        "owners": owners,
        "recoveries_by_year": trends,
        "links": links,
    }
    whole["laboratory"] = [{"row": row, "column": kind, "count": count} for (row, kind), count in sorted(report.linked.laboratory.items())]
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def facts_of(report: Report, language: str) -> dict[str, Any]:
    """Everything that a page says, as text; pictures are SVG."""
    words, owners = Words(language), report.owners
    absent = [party for party in report.agreement.owners if party not in owners]
    countries = {party: called(language, "countries", report.agreement.parties[party].country) for party in report.agreement.owners}
    about = [
        (
            words.country(one),
            f"{words.number(one.recoveries)} · {words.say('page', 'as_of')} {one.as_of} · {words.say('page', 'release')} {one.number}",
        )
        for one in owners.values()
    ] + [(countries[party], words.say("page", "absent")) for party in absent]
    return {
        "language": language,
        "title": f"{words.say('page', 'title')}, {report.year}",
        "skip": words.say("page", "skip"),
        "about": [(words.say("page", "year"), str(report.year)), *about, (words.say("page", "epoch"), report.linked.epoch or "–")],
        "caution": words.say("page", "caution"),
        "control": rules_said(report.agreement.report, language),
        "legend": f"{MARK}: {words.say('page', 'withheld')}",
        "pictures_title": words.say("page", "pictures"),
        "tables_title": words.say("page", "tables"),
        "pictures": list(_pictures(report, words)),
        "sections": [
            {"id": one.name, "title": one.title, "notes": one.notes, "grids": [grid._asdict() for grid in one.grids]}
            for one in sections(owners, (report.linked.links, report.linked.laboratory), language)
        ],
        "none": words.say("page", "none"),
    }


def as_html(facts: dict[str, Any], language: str) -> bytes:
    """One self-contained page; SVG elements in HTML need no namespace, and so name no host."""
    pictures = [one | {"svg": re.sub(r' (?:xmlns(?::\w+)?|version)="[^"]*"', "", one["svg"], count=3)} for one in facts["pictures"]]
    return page_template("linkage.unit", "seizure_report.html").render(language=language, f=facts | {"pictures": pictures}).encode()


def as_pdf(facts: dict[str, Any]) -> bytes:
    """A4, tagged, with the fonts that Typst brings."""
    template = (files("linkage.unit") / "pages" / "seizure_report.typ").read_bytes()
    return bytes(typst.compile(template, sys_inputs={"facts": json.dumps(facts)}, ignore_system_fonts=True))


def _pictures(report: Report, words: Words) -> Iterator[dict[str, str]]:
    """Title, where its numbers are, and the SVG of each picture that there is something to draw for."""
    names = {one.country: words.country(one) for owners in report.years.values() for one in owners.values()}
    drawn = [
        (
            words.say("pictures", "trend"),
            "T1",
            trend(report.years, names, (words.say("pictures", "year"), words.say("pictures", "recoveries"))),
        ),
        (words.say("pictures", "map"), "T3", tile_map(report.owners, words.say("pictures", "recoveries"))),
    ]
    drawn += [
        (words.say("pictures", "flows", country=words.country(one)), "T3", corridors(flows_of(one), one.country))
        for one in report.owners.values()
    ]
    for title, table, svg in drawn:
        if svg:
            below = words.say("page", "table_below", table=f"{table} ({words.say('tables', table)})")
            yield {"title": title, "below": below, "svg": svg}
