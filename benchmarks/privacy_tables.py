"""The curve and the cost as Markdown: a table of settings for each entity type, and the paired difference of F1 over seeds."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flows._attacked_across import ALL_ANSWERED, ALL_REGISTERS, COMPANY, ONE_ANSWERED, ONE_REGISTER
from linkage.protocol.recognition import EVIDENCE

Row = Mapping[str, Any]
PACKAGE = "one package, strongest evidence"
SHARES = [PACKAGE, ONE_REGISTER, ALL_REGISTERS, COMPANY, ONE_ANSWERED, ALL_ANSWERED]
AIM = 0.005  # of F1


def strongest(row: Row) -> float:
    """What the best kind of evidence gives away of one package by itself."""
    return max(float(row[name]) for name in EVIDENCE)


def curve_tables(rows: Sequence[Row]) -> Iterator[str]:
    """For each entity type a line a setting, the shipped one first and in bold."""
    for entity in sorted({row["entity"] for row in rows}):
        head = ["setting", "F1", *SHARES, "postings"]
        yield from (f"### {entity.capitalize()}s", "", _line(head), "|---|" + "---:|" * (len(head) - 1))
        for row in (row for row in rows if row["entity"] == entity):
            shares = [f"{share:.2%}" for share in (strongest(row), *(row.get(name, 0.0) for name in SHARES[1:]))]
            cells = [row["setting"], _f1(row["f1"]), *shares, f"{row['postings']:,}"]
            yield _line([f"**{cell}**" for cell in cells] if row["default"] else cells)
        yield ""


def cost_table(shipped: Sequence[Row], without: Sequence[Row]) -> Iterator[str]:
    """F1 as shipped and without, over the same seeds in the same order; mean and standard error of what lies between them."""
    yield from (_line(["entity type", "seeds", "F1 as shipped", "F1 without", "lost", "standard error", "aim"]), "|---|" + "---:|" * 6)
    for entity in sorted({row["entity"] for row in shipped}):
        sides = [[float(row["f1"]) for row in rows if row["entity"] == entity and row["f1"] is not None] for rows in (shipped, without)]
        mean, error = lost(*sides)
        means = [f"{statistics.fmean(side):.4f}" if side else "undefined" for side in sides]
        yield _line([entity, str(len(sides[0])), *means, f"{mean:+.4f}", "" if math.isnan(error) else f"{error:.4f}", f"{AIM}"])


def lost(shipped: Sequence[float], without: Sequence[float]) -> tuple[float, float]:
    """Mean of the paired differences, without less shipped, and its standard error; NaN where one pair alone says nothing of it.

    >>> lost([0.5, 0.75], [0.75, 0.75])
    (0.125, 0.125)
    """
    apart = [after - before for before, after in zip(shipped, without, strict=True)]
    if not apart:
        return math.nan, math.nan
    return statistics.fmean(apart), statistics.stdev(apart) / math.sqrt(len(apart)) if len(apart) > 1 else math.nan


def table(head: Sequence[str], rows: Sequence[Sequence[str]], texts: int) -> str:
    """Markdown, the first so many columns aligned as text."""
    return "\n".join([_line(head), "|" + "---|" * texts + "---:|" * (len(head) - texts), *map(_line, rows)])


def _f1(found: float | None) -> str:
    return "undefined" if found is None else f"{found:.4f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
