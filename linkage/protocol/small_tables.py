"""Small CSV files that people write by hand: all rows under an agreed header, or what is wrong with the file."""

import csv
import io
from pathlib import Path


def read_rows(path: Path, columns: list[str]) -> tuple[list[list[str]], str]:
    """Rows under the header with their spaces stripped, blank ones among them; and what is wrong with the file, "" when nothing is."""
    problem, text = "", ""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        problem = "is not there"
    except UnicodeDecodeError:
        problem = "is not UTF-8 text"
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    if not problem and (not rows or rows[0] != columns):
        problem = f"expected the columns {', '.join(columns)}"
    return ([], problem) if problem else (rows[1:], "")
