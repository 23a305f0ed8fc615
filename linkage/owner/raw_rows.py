"""What leaves the reading of any format: rows of cells as text, each with its number in the file."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from linkage.protocol.guarded import Guarded

NOTHING_REFUSED: Mapping[int, str] = MappingProxyType({})


class RawRow(Guarded):
    """One row as read: its number in the file (the header is row 1), its cells, or why it has none.

    ``refused``: column -> why its cell cannot be used, although the rest of the row can.
    """

    __slots__ = ("cells", "number", "reason", "refused")

    def __init__(self, number: int, cells: list[str], reason: str = "", refused: Mapping[int, str] = NOTHING_REFUSED) -> None:
        self.number, self.cells, self.reason, self.refused = number, cells, reason, refused


def text_of(cell: object, separator: str) -> str:
    """A typed cell as the text that a CSV file would hold; whole floats lose their point (a column with gaps turns 7 into 7.0)."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bytes | memoryview):  # text, as some writers mark it
        return bytes(cell).decode("utf-8", "replace")
    if isinstance(cell, list | tuple):
        return separator.join(text_of(part, separator) for part in cell)
    return str(cell)


def bad_bytes(cells: list[str], encoding: str) -> str:
    """Why the row cannot be read when a cell holds bytes that are not of the encoding ("" if none does)."""
    if any("\udc80" <= letter <= "\udcff" for cell in cells if not cell.isascii() for letter in cell):
        return f"bytes that are not {encoding} (declare the encoding in the profile)"
    return ""
