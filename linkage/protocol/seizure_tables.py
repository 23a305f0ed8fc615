"""The fixed tables of the trilateral firearms seizure report, and what an owner releases for them (docs/spec/seizure-report.md).

Format ``trilink/seizure-aggregates/v1``: counts of recoveries of one country and one year, after disclosure control at home: multiples of
the agreement's base, or withheld. Numbers of cases and agencies, and the exact counts, stay at home; no record ever leaves.
"""

import hashlib
import tomllib
from importlib.resources import files
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkage.protocol.agreement import explain
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.report_rules import ReportRule

FORMAT: Literal["trilink/seizure-aggregates/v1"] = "trilink/seizure-aggregates/v1"
KIND = "seizure_aggregates"
PART = "aggregates.json"
LARGEST = 4 * 1024 * 1024  # bytes of a message
TOTAL = "*"  # the row or column of totals
OTHER, UNKNOWN = "other", "unknown"

_TEXT = (files("linkage.protocol") / "pages" / "seizure_programme.toml").read_text(encoding="utf-8")
_PROGRAMME: dict[str, Any] = tomllib.loads(_TEXT)
PROGRAMME = hashlib.sha256(_TEXT.encode()).hexdigest()  # owners and unit must have the same tables
WORDS: dict[str, dict[str, dict[str, str]]] = _PROGRAMME["words"]
REGIONS: dict[str, dict[str, list[int]]] = _PROGRAMME["regions"]
SUBSTANCES: dict[str, str] = {code: name for name, codes in _PROGRAMME["codes"]["substance"].items() for code in codes}

Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f<>|]+( > [^\x00-\x1f\x7f<>|]+)?$")]


class TableRule(NamedTuple):
    """One table: what its rows and columns are ("" without columns), whose thresholds hold, whether its rows are the owner's words."""

    name: str
    rows: str
    columns: str
    area: str
    listed: bool


TABLES = {
    name: TableRule(name, said["rows"], said.get("columns", ""), said["area"], said.get("listed", False))
    for name, said in _PROGRAMME["tables"].items()
}


def period(year: int) -> str:
    """What stands in a seal in the place of an epoch: aggregates belong to none."""
    return f"seizures-{year}"


def words_of(dimension: str, country: str) -> tuple[str, ...]:
    """The closed vocabulary of a dimension in this country, in the programme's order, "unknown" last."""
    places = {"source_state": "US", "recovery_region": country}
    regions = sorted(REGIONS.get(places[dimension], {})) if dimension in places else []
    return (*regions, *WORDS[dimension])


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cell(Document):
    """One count: its row and column (``*`` is a total), and a multiple of the base; null where it is withheld."""

    row: Word
    column: Word
    count: Annotated[int, Field(ge=0, le=10**9)] | None


class SeizureAggregates(Document):
    """All tables of one owner for one year. ``number`` counts the releases of this year; the highest one holds.

    ``as_of``: the day on which the tables were counted; ``recoveries``: the base of every table, rounded as all counts are. A table holds
    its rows and columns with something in them, totals included; what is not there is 0.
    """

    format: Literal["trilink/seizure-aggregates/v1"] = FORMAT
    owner: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    year: Annotated[int, Field(ge=1990, le=2200)]
    number: Annotated[int, Field(ge=1, le=10_000)]
    as_of: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    programme: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = PROGRAMME
    recoveries: Annotated[int, Field(ge=0, le=10**9)] | None
    tables: dict[str, list[Cell]]

    def count(self, table: str, row: str, column: str = TOTAL) -> int | None:
        """A published count; None where it is withheld, 0 where there is nothing."""
        return next((cell.count for cell in self.tables.get(table, []) if (cell.row, cell.column) == (row, column)), 0)


def read_aggregates(data: bytes, rule: ReportRule, name: str) -> SeizureAggregates:
    """Parse and validate: the agreed tables and words, multiples of the base, totals that add up. Else an InvalidPackage."""
    problem = ""
    try:
        read = SeizureAggregates.model_validate_json(data)
    except ValidationError as error:
        problem = explain(error)
    if not problem:
        problem = _faults(read, rule)
    if problem:
        raise InvalidPackage(f"{name}: not aggregates of seizures: {problem}")
    return read


def _faults(read: SeizureAggregates, rule: ReportRule) -> str:
    if read.programme != PROGRAMME:
        return "of another table programme; install the same release"
    expected = set(TABLES) if read.recoveries is not None else set()
    if set(read.tables) != expected:
        return "expected exactly the tables of the programme"
    found = (f"{name}: {fault}" for name, cells in sorted(read.tables.items()) if (fault := _table_fault(read, TABLES[name], cells, rule)))
    return next(found, "")


def _table_fault(read: SeizureAggregates, table: TableRule, cells: list[Cell], rule: ReportRule) -> str:
    counts = {(cell.row, cell.column): cell.count for cell in cells}
    rows, columns = ({cell[at] for cell in counts} for at in (0, 1))
    if len(counts) != len(cells) or set(counts) != {(row, column) for row in rows for column in columns}:
        return "a cell is missing or twice there"
    if not table.listed and not rows <= {*words_of(table.rows, read.country), TOTAL}:
        return "a row that the programme does not have"
    if not columns <= ({*words_of(table.columns, read.country), TOTAL} if table.columns else {TOTAL}):
        return "a column that the programme does not have"
    if any(count is not None and count % rule.base for count in counts.values()):
        return f"a count is no multiple of {rule.base}"
    if counts.get((TOTAL, TOTAL)) != read.recoveries:
        return "its total is not that of the country"
    lines = [[(row, column) for column in sorted(columns)] for row in rows] if table.columns else []
    lines += [[(row, column) for row in sorted(rows)] for column in columns]
    return "" if all(_adds_up([counts[cell] for cell in _total_last(line)]) for line in lines) else "a total does not add up"


def _total_last(line: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells of a row or column: of these its total has the most marks of a total."""
    return sorted(line, key=lambda cell: cell.count(TOTAL))


def _adds_up(line: list[int | None]) -> bool:
    *parts, total = line
    known = [count for count in parts if count is not None]
    return total is None or (sum(known) == total if len(known) == len(parts) else sum(known) <= total)
