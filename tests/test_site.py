"""The documents as a site: built strictly, nothing from elsewhere, every page in the navigation; translations type the same commands."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.test_documents import FENCE, HEADING

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LANGUAGES = ("es", "fr")
GUIDES = ("how-to-ceremony", "how-to-desk", "how-to-late-and-withdrawn", "how-to-operate", "how-to-own-tables", "tutorial")
RUNBOOKS = tuple(f"runbooks/{path.stem}" for path in sorted((DOCS / "runbooks").glob("*.md")))
TRANSLATED = (*GUIDES, *RUNBOOKS)
OUTSIDE = re.compile(r"""(?:src|action|srcset|data)=["'](?:https?:)?//[^"']*|<link[^>]+href=["'](?:https?:)?//[^"']*|url\(["']?https?:""")
COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)
ROW = re.compile(r"^\|", re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_a_page_for_every_document_and_nothing_from_elsewhere(site: Path) -> None:
    """Links that a reader may click lead out; nothing is loaded from outside."""
    expected = {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.md")}
    built = {path.relative_to(site).with_suffix("") for path in site.rglob("*.html")} - {Path("404")}
    assert {path.with_name("index") if path.name == "README" else path for path in expected} == built
    found = {str(page.relative_to(site)): OUTSIDE.findall(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert {page: addresses for page, addresses in found.items() if addresses} == {}
    assert not list(site.rglob("*.py")), "what makes the pages is no page"


def test_the_search_for_what_is_loaded_from_outside_finds_it() -> None:
    """Positive control."""
    loads = ['<script src="https://x.example/a.js">', '<link rel="stylesheet" href="//x.example/a.css">', "url(https://x.example/a.woff)"]
    assert all(OUTSIDE.search(text) for text in loads) and not OUTSIDE.search('<a href="https://x.example/">x</a>')


def test_everything_is_in_the_navigation_but_single_decisions() -> None:
    settings = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    def pages(entry: object) -> set[str]:
        if isinstance(entry, str):
            return {entry}
        return set().union(*(pages(inner) for inner in (entry.values() if isinstance(entry, dict) else entry)))  # type: ignore[attr-defined]

    there = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if not re.match(r"adr/\d", str(path.relative_to(DOCS)))}
    assert pages(settings["nav"]) == there


def test_the_page_of_commands_is_what_the_code_says() -> None:
    """After a change of a command: `python docs/making/commands.py`."""
    spec = importlib.util.spec_from_file_location("commands", DOCS / "making" / "commands.py")
    assert spec is not None and spec.loader is not None
    making = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(making)
    assert making.PAGE.read_text(encoding="utf-8") == making.page()


def _blocks(path: Path) -> list[tuple[str, str]]:
    """Language and text of every block, without comments."""
    return [(language, COMMENT.sub("", body)) for language, body in FENCE.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", TRANSLATED)
def test_a_translation_types_the_same_commands_under_as_many_headings(page: str, language: str) -> None:
    english, other = DOCS / f"{page}.md", DOCS / language / f"{page}.md"
    assert _blocks(english) == _blocks(other)
    texts = [FENCE.sub("", path.read_text(encoding="utf-8")) for path in (english, other)]
    numbers = [[re.match(r"\d*", heading)[0] for heading in HEADING.findall(text)] for text in texts]  # type: ignore[index]
    assert numbers[0] == numbers[1], "sections"
    assert [len(ROW.findall(text)) for text in texts] == [len(ROW.findall(texts[0]))] * 2, "rows of tables"
    said = [set(re.findall(r"`(trilink [a-z-]+(?: [a-z-]+)?)", " ".join(text.split()))) for text in texts]
    assert said[0] == said[1], "commands in the text"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_has_its_english_page(language: str) -> None:
    folder = DOCS / language
    there = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.md")}
    assert there == {*TRANSLATED, "index"} and len(RUNBOOKS) > 5
