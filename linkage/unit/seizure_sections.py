"""The report's tables as text in one language, ready for any page: section by section, every number with base, date and caveat."""

import tomllib
from importlib.resources import files
from itertools import accumulate
from typing import Any, NamedTuple

from linkage.protocol.outcomes import CONFIRMED, INDETERMINATE, REFUTED
from linkage.protocol.page import called
from linkage.protocol.report_rules import ReportRule
from linkage.protocol.seizure_tables import OTHER, TABLES, TOTAL, UNKNOWN, WORDS, SeizureAggregates, TableRule, words_of
from linkage.unit.seizure_linkage import EntityLinks, Published

TEXTS: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    (files("linkage.unit") / "pages" / "seizure_texts.toml").read_text(encoding="utf-8")
)
STAGES = ("submitted", "traced", "source_known", "purchaser_known")
USABLE = ("readable", "restored")
BANDS_UNSURE = ("invalid", UNKNOWN)
MARK = "×"
OUTCOMES = (CONFIRMED, REFUTED, INDETERMINATE)

Owners = dict[str, SeizureAggregates]
Line = tuple[str, list[int | None]]


class Grid(NamedTuple):
    """One table: its caption, the heads of its columns, lines of a label and cells; the last line may be the total."""

    caption: str
    heads: list[str]
    lines: list[tuple[str, list[str]]]
    total: bool


class Section(NamedTuple):
    """A table of the programme: its name (T1), title, notes and grids."""

    name: str
    title: str
    notes: list[str]
    grids: list[Grid]


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def say(self, section: str, key: str, **facts: object) -> str:
        return TEXTS[section][key][self.language].format(**facts)

    def word(self, dimension: str, word: str) -> str:
        """What a row or column is called; a code or a maker is itself."""
        if word == TOTAL:
            return self.say("page", "total")
        known = WORDS.get(dimension, {}).get(word)
        return known[self.language] if known else word

    def number(self, count: int | None) -> str:
        """With the language's thousands; the mark where it is withheld."""
        return MARK if count is None else f"{count:,}".replace(",", "," if self.language == "en" else "\u202f")

    def share(self, count: int | None, base: int | None) -> str:
        if count is None or not base:
            return MARK if count is None else "–"
        return f"{100 * count / base:.0f}\u202f%" if self.language != "en" else f"{100 * count / base:.0f}%"

    def country(self, owner: SeizureAggregates) -> str:
        return called(self.language, "countries", owner.country)


def sections(owners: Owners, linked: tuple[dict[str, EntityLinks], Published], language: str) -> list[Section]:
    """T1 to T14, in order; ``owners`` have released something."""
    words, found = Words(language), []
    for name, table in TABLES.items():
        if name == "T14":
            found.append(_links_section(linked, owners, words))
        grids = (
            _funnel(owners, words)
            if name == "T1"
            else _matrices(owners, table, words)
            if table.columns
            else [_beside(owners, table, words)]
        )
        found.append(Section(name, f"{name}. {words.say('tables', name)}", _notes(owners, table, words), grids))
    return found


def rules_said(rule: ReportRule, language: str) -> str:
    facts = {"base": rule.base, "national": rule.national_cases, "local": rule.local_cases, "agencies": rule.agencies}
    return Words(language).say("page", "control", mark=MARK, largest=round(100 * rule.largest_case), **facts)


def _notes(owners: Owners, table: TableRule, words: Words) -> list[str]:
    bases = ", ".join(f"{words.country(one)} {words.number(one.recoveries)} {words.say('page', 'recoveries')}" for one in owners.values())
    dates = ", ".join(f"{one.as_of} ({words.country(one)})" for one in owners.values())
    notes = [words.say("notes", table.name), words.say("page", "base_note", counts=bases), words.say("page", "dates_note", dates=dates)]
    if table.name == "T8":
        notes.append(words.say("page", "median", bands=", ".join(f"{words.country(one)} {_median(one, words)}" for one in owners.values())))
    return notes


def _beside(owners: Owners, table: TableRule, words: Words) -> Grid:
    """Countries side by side, each with count and share; rows in the programme's order, or the owners' words by their numbers."""
    known = {cell.row for one in owners.values() for cell in one.tables.get(table.name, ())} - {TOTAL}
    if table.listed:
        rows = sorted(
            known, key=lambda row: (row in (OTHER, UNKNOWN), -sum(one.count(table.name, row) or 0 for one in owners.values()), row)
        )
    else:
        rows = [row for row in dict.fromkeys(word for one in owners.values() for word in words_of(table.rows, one.country)) if row in known]
    lines: list[Line] = [(words.word(table.rows, row), [one.count(table.name, row) for one in owners.values()]) for row in [*rows, TOTAL]]
    return _counted(owners, lines, words, words.say("tables", table.name), total=True)


def _counted(owners: Owners, lines: list[Line], words: Words, caption: str, total: bool) -> Grid:
    heads = [head for one in owners.values() for head in (words.country(one), words.say("page", "share"))]
    bases = [one.recoveries for one in owners.values()]
    shown = [
        (label, [text for count, base in zip(counts, bases, strict=True) for text in (words.number(count), words.share(count, base))])
        for label, counts in lines
    ]
    return Grid(caption, heads, shown, total)


def _funnel(owners: Owners, words: Words) -> list[Grid]:
    """Five separate counts and the usable identifiers."""
    lines: list[Line] = [(words.say("funnel", "seized"), [one.recoveries for one in owners.values()])]
    lines.append((words.say("funnel", "usable"), [summed(one, "T12", USABLE) for one in owners.values()]))
    lines += [(words.say("funnel", stage), [summed(one, "T1", STAGES[at:]) for one in owners.values()]) for at, stage in enumerate(STAGES)]
    lines.append((words.say("funnel", "unknown"), [summed(one, "T1", (UNKNOWN,)) for one in owners.values()]))
    return [_counted(owners, lines, words, words.say("tables", "T1"), total=False)]


def summed(one: SeizureAggregates, table: str, rows: tuple[str, ...]) -> int | None:
    """The sum of published counts; None where one of them is withheld."""
    counts = [one.count(table, row) for row in rows] if one.recoveries is not None else [None]
    return None if None in counts else sum(count for count in counts if count is not None)


def _matrices(owners: Owners, table: TableRule, words: Words) -> list[Grid]:
    """One grid a country: source states down, places of recovery across."""
    grids = []
    for one in owners.values():
        cells = one.tables.get(table.name, [])
        counts = {(cell.row, cell.column): cell.count for cell in cells}
        rows = [row for row in (*words_of(table.rows, one.country), TOTAL) if any(cell.row == row for cell in cells)]
        columns = [column for column in (*words_of(table.columns, one.country), TOTAL) if any(cell.column == column for cell in cells)]
        lines = [(words.word(table.rows, row), [words.number(counts[row, column]) for column in columns]) for row in rows]
        if lines:
            caption = f"{words.say('tables', table.name)}: {words.country(one)}"
            grids.append(Grid(caption, [words.word(table.columns, column) for column in columns], lines, total=True))
    return grids


def _median(one: SeizureAggregates, words: Words) -> str:
    """The band in which the median of the known lies; the mark where a band is withheld."""
    bands = [band for band in WORDS["time_to_crime"] if band not in BANDS_UNSURE]
    counts = [one.count("T8", band) for band in bands]
    known = sum(count or 0 for count in counts)
    if None in counts or not known or one.recoveries is None:
        return MARK
    passed = list(accumulate(count or 0 for count in counts))
    return words.word("time_to_crime", next(band for band, so_far in zip(bands, passed, strict=True) if 2 * so_far >= known))


def _links_section(linked: tuple[dict[str, EntityLinks], Published], owners: Owners, words: Words) -> Section:
    links, laboratory = linked
    names = {owner: words.country(one) for owner, one in owners.items()}
    notes = [words.say("notes", "T13")] if links else [words.say("links", "no_epoch")]
    grids = []
    for entity, found in links.items():
        called_entity = called(words.language, "entities", entity)
        notes.append(f"{called_entity}: {_expected(found.estimates, words)}")
        if found.pairs:
            bands = list(dict.fromkeys(band for _, band in found.pairs))
            heads = [words.say("page", "total") if band == TOTAL else words.say("links", "band", band=band) for band in bands]
            rows = dict.fromkeys(pair for pair, _ in found.pairs)
            lines = [(_pair(pair, names, words), [words.number(found.pairs[pair, band]) for band in bands]) for pair in rows]
            grids.append(Grid(called_entity, heads, lines, total=True))
        if found.reviewed:
            grids.append(_reviewed(f"{called_entity}: {words.say('links', 'reviewed')}", found.reviewed, names, words))
        lines = [
            (words.say("links", "clusters", countries=size), [words.number(count)])
            for (size, _), count in found.clusters.items()
            if size != TOTAL
        ]
        lines += [
            (f"{words.say('links', 'joined')}: {names.get(owner, owner)}", [words.number(count)])
            for (owner, _), count in found.joined.items() if owner != TOTAL
        ]  # fmt: skip
        lines += [(words.say("links", "distinct"), [words.number(_fewer(found))])] if found.clusters else []
        grids += [Grid(called_entity, [words.say("page", "total")], lines, total=False)] if lines else []
    if laboratory:
        notes.append(words.say("links", "laboratory_note"))
        heads = list(dict.fromkeys(kind for _, kind in laboratory))
        lines = [(_pair(pair, names, words), [words.number(laboratory[pair, kind]) for kind in heads]) for pair, _ in laboratory]
        shown = [words.say("page", "total") if kind == TOTAL else words.say("links", kind) for kind in heads]
        grids.append(Grid(words.say("links", "laboratory"), shown, list(dict(lines).items()), total=True))
    return Section("T13", f"T13. {words.say('tables', 'T13')}", notes, grids)


def _reviewed(caption: str, reviewed: Published, names: dict[str, str], words: Words) -> Grid:
    """What the desks said of links, by the two countries, and the share of confirmed among confirmed and refuted."""
    outcomes = [one for one in OUTCOMES if any(column == one for _, column in reviewed)]
    lines = []
    for pair in dict.fromkeys(row for row, _ in reviewed):
        counts = {one: reviewed.get((pair, one), 0) for one in (CONFIRMED, REFUTED)}
        settled = None if None in counts.values() else sum(count or 0 for count in counts.values())
        share = words.share(counts[CONFIRMED] if settled is not None else None, settled)
        lines.append((_pair(pair, names, words), [*(words.number(reviewed[pair, one]) for one in outcomes), share]))
    heads = [called(words.language, "statuses", one) for one in outcomes]
    return Grid(caption, [*heads, words.say("links", "right")], lines, total=True)


def _pair(pair: str, names: dict[str, str], words: Words) -> str:
    return words.say("page", "total") if pair == TOTAL else " – ".join(names.get(owner, owner) for owner in pair.split(" "))


def _fewer(found: EntityLinks) -> int | None:
    """How many fewer things there are than records: all but one of each cluster."""
    sizes = {size: count for (size, _), count in found.clusters.items() if size != TOTAL}
    return None if None in sizes.values() else sum((int(size) - 1) * (count or 0) for size, count in sizes.items())


def _expected(estimates: dict[str, Any], words: Words) -> str:
    precision, recall = estimates.get("precision"), estimates.get("recall")
    if precision is None or recall is None:
        return words.say("links", "precision_unknown")
    low, high = (round(100 * end) for end in estimates["precision_interval"])
    return words.say("links", "precision", precision=round(100 * precision), low=low, high=high, recall=round(100 * recall))
