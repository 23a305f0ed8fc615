"""The small tables of public facts beside this file: no rows about real persons or companies (tables/SOURCES.md)."""

import tomllib
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent / "tables"


def read_table(name: str) -> dict[str, Any]:
    """The content of ``tables/NAME.toml``; the files ship with the package and are read once, at import."""
    return tomllib.loads((TABLES / f"{name}.toml").read_text(encoding="utf-8"))


def aliases(classes: dict[str, list[str]]) -> dict[str, str]:
    """Alias to class, from class to aliases; every class is an alias of itself, which keeps normalising idempotent."""
    table = {alias: name for name, listed in classes.items() for alias in listed}
    return table | {name: name for name in classes}
