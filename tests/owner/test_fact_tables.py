"""The tables of facts are consistent: one alias, one class, and a source for every table."""

import pytest

from linkage.owner.fact_tables import TABLES, read_table
from linkage.owner.folding import compact
from linkage.owner.normalisation import normalise

CLASSES = [
    ("calibres", "classes", "calibre"),
    ("makes", "classes", "make"),
    ("legal_forms", "classes", "legal_form"),
    ("regions", "regions", "region"),
    ("countries", "countries", "country"),
]


@pytest.mark.parametrize(("table", "section", "kind"), CLASSES)
def test_every_alias_leads_to_its_class_and_no_other(table: str, section: str, kind: str) -> None:
    for name, written in read_table(table)[section].items():
        for alias in [name, *written]:
            assert normalise(kind, alias) == name, (table, alias)


@pytest.mark.parametrize(("table", "section"), [("calibres", "classes"), ("makes", "classes"), ("legal_forms", "classes")])
def test_no_alias_has_two_classes(table: str, section: str) -> None:
    seen: dict[str, str] = {}
    for name, written in read_table(table)[section].items():
        for alias in {compact(alias) for alias in [name, *written]}:
            assert seen.setdefault(alias, name) == name, alias


def test_every_table_names_its_source() -> None:
    sources = (TABLES / "SOURCES.md").read_text(encoding="utf-8")
    for path in TABLES.glob("*.toml"):
        assert f"`{path.name}`" in sources
