"""One table of an owner: where it lies, how it is written, and which of its columns are which agreed fields."""

import codecs
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ENCODINGS = ("utf-8", "latin-1", "cp1252")
ISO_DATE = "%Y-%m-%d"


class ColumnRule(BaseModel):
    """The local columns of one agreed field; in a profile also written as one name or as a list of names.

    ``join``: what several parts are put together with; by default `:` between issuer and number, the source's separator
    where a field holds several values, else a space. ``only``: column -> local words; the cell counts in rows where each such column
    holds one of its words. ``scale``: a number is multiplied by it, for another unit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: Annotated[list[str], Field(min_length=1)]
    join: str | None = None
    only: dict[str, list[str]] = {}
    scale: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, written: Any) -> Any:
        if isinstance(written, str):
            return {"columns": [written]}
        return {"columns": written} if isinstance(written, list) else written

    @property
    def plain(self) -> bool:
        """Whether a cell of the one column is the field's cell, as it is."""
        return len(self.columns) == 1 and not self.only and self.scale is None


class Source(BaseModel):
    """One table: file or query, format, and what its columns are called.

    ``columns``: agreed field -> local column or columns, where they differ; ``optional``: fields whose columns the table may lack;
    ``full_name``, ``surnames``: a column of whole names, or of both surnames, to be taken apart; ``constants``: agreed field -> text
    that holds for every row; ``dates``: strptime formats of each date field, ISO by default; ``null_words``: further words for missing;
    ``values``: agreed field -> {local word: agreed word}; ``closed``: fields in which any other word is refused; ``deduplicate``: merge
    records that are surely the same; ``decisions``: a CSV file of pairs that people decided about.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mapping: str | Path | None = None
    path: Path | None = None
    format: Literal["csv", "parquet", "excel", "sql"] = "csv"
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] = 1
    url: str | None = None
    query: str | None = None
    password_variable: Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]*$")] | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] = "|"
    record_id: str = "record_id"
    case_id: str = "case_id"
    columns: dict[str, ColumnRule] = {}
    optional: list[str] = []
    full_name: str | None = None
    surnames: str | None = None
    constants: dict[str, str] = {}
    dates: dict[str, list[str]] = {}
    null_words: list[str] = []
    values: dict[str, dict[str, str]] = {}
    closed: list[str] = []
    deduplicate: bool = True
    decisions: Path | None = None

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        if encoding not in ENCODINGS:
            raise ValueError(f"expected one of {', '.join(ENCODINGS)}")
        return codecs.lookup(encoding).name

    @field_validator("delimiter", "separator")
    @classmethod
    def _separates(cls, mark: str) -> str:
        if mark.isalnum() or mark in '"\r\n\0':
            raise ValueError("expected one mark that separates, not a letter, a digit, a quote or the end of a line")
        return mark

    @field_validator("url")
    @classmethod
    def _holds_no_secret(cls, url: str | None) -> str | None:
        bad = False
        try:
            parsed = make_url(url or "sqlite://")
        except (ArgumentError, ValueError):
            bad = True
        if bad:
            raise ValueError("expected dialect://user@host:port/database")
        if parsed.password is not None or any("password" in key.lower() for key in parsed.query):
            raise ValueError("a password does not belong in a profile; name an environment variable as password_variable")
        return url

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.format == "sql":
            if not self.query or (self.path is None) == (self.url is None):
                raise ValueError("sql: expected a query, and either url (a server) or path (a SQLite file)")
        elif self.path is None:
            raise ValueError("path: Field required")
        elif self.url or self.query:
            raise ValueError('url, query: only for format = "sql"')
        if self.full_name and self.surnames:
            raise ValueError("full_name, surnames: expected one of them")
        return self

    @property
    def where(self) -> str:
        """What errors call this table: the file, or the database without its user."""
        if self.path is not None:
            return str(self.path)
        url = make_url(self.url or "")
        return f"{url.get_backend_name()} database {url.database or ''}".strip()

    @property
    def file(self) -> Path:
        """The file; for every format but a query on a server."""
        return self.path or Path()

    def column(self, field: str) -> str:
        """The local column of a field that has one."""
        rule = self.columns.get(field)
        return rule.columns[0] if rule else field

    def agreed(self) -> Self:
        """The source as it is once its columns bear agreed names; typed dates are ISO, whatever format text has."""
        typed = {field: [*formats, ISO_DATE] for field, formats in self.dates.items()} if self.format != "csv" else self.dates
        named: dict[str, Any] = {"columns": {}, "record_id": "record_id", "case_id": "case_id", "dates": typed}
        return self.model_copy(update=named)
