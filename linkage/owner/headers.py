"""Find a column by its name, however its accents, capitals and spaces are written."""

from linkage.owner.folding import fold


def find_column(header: list[str], name: str) -> int | None:
    """Where the column stands: the one of exactly this name, else the only one of the same letters and digits; None if there is none.

    >>> find_column(["Folio", "Matrícula "], "MATRICULA")
    1
    """
    if name in header:
        return header.index(name)
    wanted = _bare(name)
    found = [number for number, column in enumerate(header) if column.isprintable() and _bare(column) == wanted]
    return found[0] if wanted and len(found) == 1 else None


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name)))
