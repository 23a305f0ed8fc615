"""Every sentence of the desk is there in Spanish and French, with the same gaps."""

import re
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from linkage.desk.catalogues import catalogue, preferred
from linkage.desk.rendering import CAUTION
from tests.made_lists import agreement

ROOT = Path(str(files("linkage.desk")))
METHODS = [("**.py", "python"), ("**/pages/*.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
GAP = re.compile(r"%\(\w+\)[sd]")


def sentences() -> set[str | tuple[str, ...]]:
    """All that is marked for translation in code and templates."""
    options = {"**/pages/*.html": {"newstyle_gettext": "true", "trimmed": "false"}}
    found = extract_from_dir(ROOT, METHODS, options, keywords=KEYWORDS)
    return {tuple(text[:2]) if isinstance(text, tuple) else text for _, _, text, _, _ in found if text}


@pytest.mark.parametrize("language", ["es", "fr"])
def test_catalogues_are_complete_and_hold_nothing_else(language: str) -> None:
    with BytesIO((ROOT / "locale" / f"{language}.po").read_bytes()) as file:
        translated = {tuple(one.id) if isinstance(one.id, (list, tuple)) else one.id: one.string for one in read_po(file) if one.id}
    assert set(translated) == sentences()
    for source, said in translated.items():
        for english, other in zip([source] if isinstance(source, str) else source, [said] if isinstance(said, str) else said, strict=True):
            assert other.strip() == other and other
            assert sorted(GAP.findall(english)) == sorted(GAP.findall(other)), english


def test_the_shipped_agreement_has_the_translated_caution() -> None:
    assert agreement().exchange.caution == CAUTION
    assert catalogue("es").gettext(CAUTION) != CAUTION


ACCEPTED = [
    ("", "en"), ("es-MX,es;q=0.9", "es"), ("de, fr;q=0.5, en;q=0.4", "fr"), ("fr;q=0.1, es;q=0.2", "es"),
    ("de", "en"), ("*", "en"), ("es;q=x", "es"), ("," * 5000, "en"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "language"), ACCEPTED)
def test_the_language_of_a_browser(header: str, language: str) -> None:
    assert preferred(header) == language
