"""The owner's table of seizures, for the trilateral report: facts of each recovery in the programme's words, still at home.

The rules of this room:
1. A recovery is one gun in one year. Records of the firearm table that are surely one gun are one, and their seizures one recovery; of
   each fact the first record that knows it is believed, and its case and agency are those of the first record.
2. A word outside the programme is unknown, and counted by field with its row's number; nothing of it is said.
3. What was withdrawn is not counted. A seizure without case is put into one case with all others like it, so that it never lets a
   number seem to rest on more cases than it does; the same holds for agencies.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import pandas as pd

from linkage.owner.dates import normalise_date, normalise_iso_date
from linkage.owner.folding import fold_words
from linkage.owner.headers import find_column
from linkage.owner.missing import is_missing
from linkage.owner.places import normalise_region
from linkage.owner.plain_values import normalise_yes_no
from linkage.owner.profile import OwnerProfile
from linkage.owner.reading import read_source
from linkage.owner.seized_guns import FIREARM, guns_of
from linkage.owner.sources import Source
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import InvalidProfile, InvalidSource, InvalidValue
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import AT_EASE, Pace
from linkage.protocol.seizure_tables import OTHER, SUBSTANCES, UNKNOWN, words_of

DATES = ("recovery_date", "purchase_date")
WORDS = ("setting", "crossing", "organization_class", "modality", "identifier_quality", "origin_class")
STAGES = ("submitted", "traced", "source_known", "purchaser_known")
FIELDS = (
    *DATES,
    *WORDS,
    *STAGES,
    "agency",
    "recovery_region",
    "municipality",
    "source_state",
    "source_county",
    "time_to_crime_days",
    "substances",
)
BANDS = ((91, "under_3_months"), (213, "from_3_months"), (365, "from_7_months"), (730, "from_1_year"), (1095, "from_2_years"))  # days below

Facts = dict[str, str]


class Recoveries(Guarded):
    """``table``: a row for each recovery (``recovery``: an id), its ``case`` and ``agency``, and a column for each dimension of the
    programme; ``read``: rows of the source; ``not_understood``: cells by field; ``left_out``: rows by reason."""

    __slots__ = ("left_out", "not_understood", "read", "table")

    def __init__(self, table: pd.DataFrame, read: int, not_understood: dict[str, int], left_out: dict[str, int]) -> None:
        self.table, self.read, self.not_understood, self.left_out = table, read, not_understood, left_out

    def shown(self) -> str:
        return f"{len(self.table)} recoveries, hidden"


class _Doubts(NamedTuple):
    cells: Counter[str]
    rows: Counter[str]


def read_recoveries(profile: OwnerProfile, agreement: Agreement, year: int, pace: Pace = AT_EASE) -> Recoveries:
    """Every recovery of the year. Raises InvalidProfile without a usable ``[seizures]``, InvalidSource when its table cannot be read."""
    source, country = profile.seizures, agreement.parties[profile.party].country
    if source is None:
        raise InvalidProfile("seizures: missing; say where the table of seizures lies (docs/spec/seizure-report.md)")
    unknown = sorted({*source.columns, *source.values, *source.dates} - set(FIELDS))
    if unknown:
        raise InvalidProfile(f"seizures: {unknown[0]} is no field of it; expected some of {', '.join(FIELDS)}")
    doubts = _Doubts(Counter(), Counter())
    guns, found = guns_of(profile, agreement, pace), dict[str, list[Facts]]()
    for facts in _usable(profile, _rows(source, country, doubts), doubts):
        if facts["year"] == str(year):
            gun, described = guns.get(facts["record"], (facts["record"], {}))
            found.setdefault(gun, []).append(described | facts)
    columns = ["recovery", "case", "agency", *_dimensions()]
    table = pd.DataFrame([_merged(gun, rows) for gun, rows in sorted(found.items())], columns=columns, dtype=str)
    read = sum(doubts.rows.values())
    del doubts.rows[""]
    return Recoveries(table, read, dict(sorted(doubts.cells.items())), dict(sorted(doubts.rows.items())))


def _usable(profile: OwnerProfile, rows: Iterator[Facts], doubts: _Doubts) -> Iterator[Facts]:
    """Rows that count, and why the others do not."""
    gone, seen = withdrawn_records(profile.home), set[str]()
    for facts in rows:
        record = facts["record"]
        reason = "not readable, or without a record id" if not record else "record id seen before" if record in seen else ""
        reason = reason or ("withdrawn" if gone.touches(FIREARM, [(record, facts["case"])]) else "")
        reason = reason or ("" if facts["year"] else "no year of recovery")
        seen.add(record)
        doubts.rows[reason] += 1
        if not reason:
            yield facts


def _dimensions() -> list[str]:
    return [
        "stage", "origin_class", "source_state", "recovery_region", "place", "crossing", "firearm_type", "calibre", "make", "importer",
        "time_to_crime", "setting", "substance", "organization_class", "identifier_quality", "modality",
    ]  # fmt: skip


def _merged(gun: str, rows: list[Facts]) -> Facts:
    """Rule 1."""
    rows = sorted(rows, key=lambda facts: facts["record"])
    known = {name: next((facts[name] for facts in rows if facts.get(name, UNKNOWN) != UNKNOWN), UNKNOWN) for name in _dimensions()}
    return known | {"recovery": gun, "case": rows[0]["case"], "agency": rows[0]["agency"]}


def _rows(source: Source, country: str, doubts: _Doubts) -> Iterator[Facts]:
    """Each row in the programme's words; an unreadable one has no record id."""
    header, rows = read_source(source)
    places = {field: find_column(header, source.column(field)) for field in FIELDS}
    missing = [source.column(field) for field in source.columns if places[field] is None and field not in source.optional]
    if missing:
        raise InvalidSource(f"{source.where}: no column {missing[0]}, which the profile names")
    record, case = find_column(header, source.record_id), find_column(header, source.case_id)
    reader = _Reader(source, country, doubts)
    for row in rows:
        if row.reason or record is None:
            yield {"record": "", "case": "", "year": ""}
            continue
        cells = {field: "" if at is None else row.cells[at].strip() for field, at in places.items()}
        yield reader.facts(cells) | {"record": row.cells[record].strip(), "case": "" if case is None else row.cells[case].strip()}


def _corridor(state: str, county: str, town: str) -> str:
    """``TX PIMA > NOGALES``: where it was sold, with the county where the trace says one, and where it was found."""
    sold, found = (" ".join(fold_words(text).split())[:45] for text in (county, town))
    return f"{' '.join((state, sold)).strip()} > {found}" if found and state not in (UNKNOWN, OTHER) else UNKNOWN


def _slug(text: str) -> str:
    """Words joined as the programme's are: `Port of entry` is port_of_entry."""
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


class _Reader:
    """Cells of a row to facts; ``source`` says its dates and code tables."""

    def __init__(self, source: Source, country: str, doubts: _Doubts) -> None:
        self.country, self.doubts, self.source = country, doubts, source
        self.values = {field: {word.strip().casefold(): said for word, said in table.items()} for field, table in source.values.items()}
        self.nulls = {word.strip().casefold() for word in source.null_words}

    def facts(self, cells: Facts) -> Facts:
        found = {field: self._word(field, text) for field, text in cells.items() if field in WORDS}
        dates = {field: self._tried(field, cells[field], self._date) for field in DATES}
        region, state = (self._region(field, cells[field]) for field in ("recovery_region", "source_state"))
        town = self._told("municipality", cells["municipality"])
        return found | {
            "year": dates["recovery_date"][:4] if dates["recovery_date"] else "",
            "agency": self._told("agency", cells["agency"]).casefold(),
            "recovery_region": region,
            "source_state": state,
            "place": _corridor(state, self._told("source_county", cells["source_county"]), town),
            "stage": self._stage(cells),
            "substance": self._substance(cells["substances"]),
            "time_to_crime": self._time_to_crime(cells["time_to_crime_days"], dates),
        }

    def _told(self, field: str, text: str) -> str:
        """The agreed word for a local one; empty where nothing is said."""
        plain = text.strip().casefold()
        said = self.values.get(field, {}).get(plain, text)
        return "" if plain in self.nulls or is_missing(said, "code") or said.strip().casefold() == UNKNOWN else said

    def _word(self, field: str, text: str) -> str:
        """The programme's word; some of them (none, none known) say nothing elsewhere and something here."""
        known = words_of(field, self.country)
        plain, told = _slug(text), _slug(self._told(field, text))
        found = next((word for word in (told, plain) if word in known), "")
        self.doubts.cells.update([field] if told and not found else [])
        return found or UNKNOWN

    def _tried(self, field: str, text: str, read: Callable[[str, str], str | None]) -> str:
        try:
            return read(field, self._told(field, text)) or ""
        except InvalidValue:
            self.doubts.cells[field] += 1
        return ""

    def _date(self, field: str, text: str) -> str | None:
        formats = tuple(self.source.dates.get(field, ()))
        return normalise_date(text, formats) if formats else normalise_iso_date(text)

    def _region(self, field: str, text: str) -> str:
        """A code of the vocabulary; of a source state, everything else that is said is another country."""
        code = normalise_region(self._told(field, text)) or UNKNOWN
        if code in words_of(field, self.country):
            return code
        if field == "source_state":
            return OTHER
        self.doubts.cells[field] += 1
        return UNKNOWN

    def _stage(self, cells: Facts) -> str:
        """The last step that is said to be taken; unknown where not even the first is told."""
        told = {step: self._tried(step, cells[step], lambda _, text: normalise_yes_no(text)) for step in STAGES}
        reached = [step for step in STAGES if told[step] == "YES"]
        return reached[-1] if reached else "not_submitted" if told["submitted"] == "NO" else UNKNOWN

    def _substance(self, text: str) -> str:
        """The class of the DEA codes in the cell; several classes are ``several``."""
        told = [self._told("substances", part) for part in text.split(self.source.separator)]
        codes = [part.strip() for part in told if part.strip()]
        if not codes:
            return "none" if text.strip().casefold() == "none" else UNKNOWN
        classes = {"none" if code == "none" else SUBSTANCES.get(code, OTHER) for code in codes}
        classes = classes - {"none"} or classes
        if not all(code == "none" or re.fullmatch(r"\d{4}", code) for code in codes):
            self.doubts.cells["substances"] += 1
            return UNKNOWN
        return classes.pop() if len(classes) == 1 else "several"

    def _time_to_crime(self, days: str, dates: Facts) -> str:
        told = self._told("time_to_crime_days", days)
        if re.fullmatch(r"-?\d{1,6}", told):
            between = int(told)
        elif all(len(dates[field]) == 8 for field in DATES):
            bought, recovered = (date.fromisoformat(dates[field]) for field in ("purchase_date", "recovery_date"))
            between = (recovered - bought).days
        else:
            self.doubts.cells.update(["time_to_crime_days"] if told else [])
            return UNKNOWN
        return "invalid" if between < 0 else next((name for most, name in BANDS if between < most), "from_3_years")
