"""Text that stays text in a spreadsheet."""

# What makes a spreadsheet take a cell for a formula [OWASP, CSV injection]; the wide forms work in East Asian locales.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def harmless(cell: str) -> str:
    """The cell as text, whatever a spreadsheet makes of it.

    >>> harmless("=1+1"), harmless("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
