"""The joint team's page of a run: what is on it, before and after the decision, and in three languages."""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from linkage.unit.run_page import HEIGHT, LANGUAGES, TEXTS, boxes, run_page
from linkage.unit.run_view import BINS, Bar, view_run
from tests.parties import Parties, Unit
from tests.small_world import people


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Unit:
    made = Parties(tmp_path_factory.mktemp("run-page"), people()).unit("unit")
    made.run()
    return made


def test_counts_are_those_of_the_run(unit: Unit) -> None:
    (suspects,) = view_run(unit.state).entities
    manifests = {owner: unit.state.manifest_body(owner, "suspect") for owner in ("ca", "mx", "us")}
    assert [(row.owner, row.records, row.postings) for row in suspects.funnel] == [
        (owner, body["records"], body["postings"]) for owner, body in manifests.items()
    ]
    links = unit.state.result("links.csv").read_text(encoding="utf-8").count("\nsuspect,")
    assert sum(bar.total for bar in suspects.bars) == links > 0
    assert all(row.linked <= row.records for row in suspects.funnel)
    assert all(count > 0 for _, _, count in suspects.possible)


def test_before_the_answers_the_page_says_so(tmp_path: Path) -> None:
    early = Parties(tmp_path, people()).unit("early")
    early.take_in(*early.parties.packages())
    page = run_page(view_run(early.state), early.state, "en").decode()
    assert "Not decided yet" in page


def test_what_is_absent_is_said(tmp_path: Path) -> None:
    alone = Parties(tmp_path, people()).unit("alone")
    alone.take_in(alone.parties.package("mx"))
    assert ("ca", "suspect") in view_run(alone.state).absent
    assert "Packages that are not in: Canada" in run_page(view_run(alone.state), alone.state, "en").decode()


def test_the_histogram_fills_its_height() -> None:
    bars = [Bar(0.0, [("A", 3), ("B", 1)]), Bar(1.0, [("A", 0), ("B", 2)])]
    drawn = boxes(bars)
    assert [(box.place, box.height) for box in drawn] == [(0, HEIGHT * 3 / 4), (1, HEIGHT / 4), (1, HEIGHT / 2)]
    assert boxes([]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_one_harmless_file_without_names(unit: Unit, language: str) -> None:
    page = run_page(view_run(unit.state), unit.state, language).decode()
    assert f'<html lang="{language}">' in page and TEXTS["quality"][language] in page
    assert "<script" not in page and not re.findall(r'(?:src|href)="(?!#)', page)
    pseudonyms = re.findall(r"[0-9a-f]{32}", unit.state.result("links.csv").read_text(encoding="utf-8"))
    assert pseudonyms and not any(name in page for name in pseudonyms)
    assert page.count("<rect") <= BINS * 3
    HTMLParser().feed(page)


def test_every_text_is_in_every_language() -> None:
    for key, said in TEXTS.items():
        assert set(said) == set(LANGUAGES), key
        slots = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in said.values()]
        assert slots[0] == slots[1] == slots[2], key
