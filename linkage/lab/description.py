"""What an invented corpus is like, beside the published figures it should have.

1. `published.csv` says what is measured, within what range, and whose figure that is; `measures` says how.
2. Every figure is a share (or a ratio) of counts. A corpus is a sample: the range is widened by three standard errors.
3. What a corpus has too few of to tell (less than MEASURABLE) counts as within, and says so.
"""

import math
from pathlib import Path
from typing import NamedTuple

from linkage.lab.corpus import Corpus
from linkage.lab.corpus_measures import MEASURES
from linkage.lab.draws import table
from linkage.protocol.errors import InvalidSource

MEASURABLE = 10
MARK = "<!-- corpus statistics -->"


class Statistic(NamedTuple):
    """One figure: `part` of `whole`, and the range in which it should lie."""

    key: str
    what: str
    part: float
    whole: float
    low: float
    high: float
    source: str

    @property
    def share(self) -> float | None:
        """The figure; None where there is nothing to count."""
        return self.part / self.whole if self.whole >= MEASURABLE else None

    @property
    def within(self) -> bool:
        """Whether the figure lies in its range, three standard errors allowed."""
        if self.share is None:
            return True
        error = 3 * math.sqrt(max(self.share, 1 / self.whole) * max(1.0, self.share) / self.whole)
        return self.low - error <= self.share <= self.high + error

    @property
    def shown(self) -> str:
        """The figure as text."""
        if self.share is None:
            return "too few"
        return f"{self.share:.2f}" if self.high > 1 else f"{100 * self.share:.1f} %"

    @property
    def shown_range(self) -> str:
        """The range as text."""
        return f"{self.low:.2f} to {self.high:.2f}" if self.high > 1 else f"{100 * self.low:g} to {100 * self.high:g} %"


def described(data: Path) -> list[Statistic]:
    """All statistics of a corpus, in the order of `published.csv`. Raises InvalidSource when it is none that `invent` wrote."""
    corpus = Corpus(data)
    rows = []
    for row in table("published"):
        part, whole = MEASURES[row["key"]](corpus)
        rows.append(Statistic(row["key"], row["what"], float(part), float(whole), float(row["low"]), float(row["high"]), row["source"]))
    return rows


def put_into(document: Path, rows: list[Statistic]) -> None:
    """Put the table between the two marks of a document. Raises InvalidSource when it has none."""
    text = document.read_text(encoding="utf-8") if document.is_file() else ""
    if text.count(MARK) != 2:
        raise InvalidSource(f"{document}: expected a document with two lines {MARK} for the table to stand between")
    before, _, after = text.split(MARK)
    document.write_text(f"{before}{MARK}\n{as_markdown(rows)}\n{MARK}{after}", encoding="utf-8")


def as_markdown(rows: list[Statistic]) -> str:
    """The statistics as a table for a document."""
    lines = ["| what | here | of | range | within | source |", "|---|---:|---:|---|---|---|"]
    for row in rows:
        cells = (row.what, row.shown, f"{row.whole:,.0f}", row.shown_range, "yes" if row.within else "**no**", row.source)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
