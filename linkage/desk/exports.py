"""Linked cases to take along: CSV, XLSX, PDF, JSON. Each says for whom it was made, when, and until when it may be kept.

No cell is a formula in any spreadsheet, and the caution is in every file. What is exported is what the reader may see, no more.
"""

import csv
import io
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any, NamedTuple

import typst
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from linkage.protocol.spreadsheets import harmless

MOST = 10_000  # links in one export; PDF has fewer
MOST_PDF = 2_000


class Watermark(NamedTuple):
    """``recipient``: account name; dates as ISO text."""

    recipient: str
    made: str
    expires: str
    caution: str


COLUMNS = (
    "link_id", "entity", "band", "status", "own_records", "own_cases", "country", "contact_desk", "reference", "case_reference",
    "agree", "similar", "conflict", "missing", "cluster_records", "cluster_countries", "released", "expires",
)  # fmt: skip
PRINTED = ("entity", "band", "status", "own_records", "own_cases", "country", "contact_desk", "reference", "agree", "conflict")

Rows = list[dict[str, Any]]


def as_csv(rows: Rows, mark: Watermark) -> bytes:
    """UTF-8, every cell quoted; recipient, dates and caution stand in every row, so that they stay with a row that is copied."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([*COLUMNS, "recipient", "made", "keep_until", "caution"])
    writer.writerows([harmless(cell) for cell in (*_cells(row), *_marked(mark))] for row in rows)
    return text.getvalue().encode()


def as_xlsx(rows: Rows, mark: Watermark) -> bytes:
    """One sheet, text cells alone, the watermark in the first rows and in the printed footer."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("trilink")
    sheet.oddFooter.center.text = _print_safe(f"{mark.recipient} · {mark.made} · {mark.expires}")
    for line in ([mark.caution], ["recipient", mark.recipient], ["made", mark.made], ["keep until", mark.expires], [], COLUMNS):
        sheet.append([_text_cell(sheet, cell) for cell in line])
    for row in rows:
        sheet.append([_text_cell(sheet, cell) for cell in _cells(row)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_json(rows: Rows, mark: Watermark) -> bytes:
    links = [dict(zip(COLUMNS, _cells(row), strict=True)) for row in rows]
    whole = {"format": "trilink/desk-export/v1", **mark._asdict(), "links": links}
    return json.dumps(whole, indent=1, ensure_ascii=False).encode() + b"\n"


def as_pdf(rows: Rows, mark: Watermark) -> bytes:
    """A4, landscape, tagged; the recipient's name lies behind every page. Rows beyond ``MOST_PDF`` are left out, and it says so."""
    printed = [[cell for name, cell in zip(COLUMNS, _cells(row), strict=True) if name in PRINTED] for row in rows[:MOST_PDF]]
    facts = mark._asdict() | {"columns": list(PRINTED), "rows": printed, "left_out": max(0, len(rows) - MOST_PDF)}
    template = (files("linkage.desk") / "pages" / "export.typ").read_bytes()
    return bytes(typst.compile(template, sys_inputs={"facts": json.dumps(facts)}, ignore_system_fonts=True))


FORMATS: dict[str, tuple[str, Callable[[Rows, Watermark], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "pdf": ("application/pdf", as_pdf),
    "json": ("application/json", as_json),
}


def _cells(row: dict[str, Any]) -> list[str]:
    """One link in the order of ``COLUMNS``; several values in a cell are split on ``|``."""
    fields, cluster = row["fields"], row["cluster"]
    status = f"{row['status']} (awaits a second pair of eyes)" if row["awaiting"] else row["status"]
    return [
        row["link_id"], row["entity"], row["band"], status, "|".join(record for record, _ in row["own"]),
        "|".join(sorted({case for _, case in row["own"] if case})), row["country"], row["contact_desk"], row["reference"],
        row["case_reference"] or "", *("|".join(fields[kind]) for kind in ("agree", "similar", "conflict", "missing")),
        str(cluster["records"]), "|".join(cluster["countries"]), row["released"], row["expires"],
    ]  # fmt: skip


def _marked(mark: Watermark) -> tuple[str, ...]:
    return (mark.recipient, mark.made, mark.expires, mark.caution)


def _text_cell(sheet: Any, value: str) -> WriteOnlyCell:
    """A cell that is text whatever it begins with; characters that the format cannot hold are replaced."""
    cell = WriteOnlyCell(sheet, value="".join(one if one.isprintable() or one in "\n\t" else "�" for one in harmless(value)))
    cell.data_type = "s"
    return cell


def _print_safe(text: str) -> str:
    """Footers have codes that begin with ``&``."""
    return text.replace("&", "&&")[:200]
