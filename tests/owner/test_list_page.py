"""The page that investigators read: self-contained, harmless whatever a record is called, whole in three languages."""

import re
import string
from html.parser import HTMLParser
from typing import Any

import pytest

from linkage.owner import list_page
from linkage.owner.crosswalk import OwnEntity
from linkage.owner.list_page import LANGUAGES, TEXTS, page_bytes
from linkage.owner.profile import OwnerProfile
from linkage.owner.resolved_list import ResolvedLink, ResolvedList
from linkage.protocol.linked_cases import LinkedCaseList
from linkage.protocol.page import VOCABULARY, called
from tests.made_lists import agreement, empty_list, row, small_list

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=1+1", '"', "{{ 7 * 7 }}", "</style><b>", "\u202eevil", "&lt;"]


def page(document: dict[str, Any], ids: list[str], language: str = "en") -> str:
    parsed = LinkedCaseList.model_validate(document)
    links = [ResolvedLink(link, OwnEntity(((record, record),))) for link, record in zip(parsed.links, ids, strict=True)]
    return page_bytes(ResolvedList(parsed, links), agreement(), language).decode()


def hostile_page(language: str = "en") -> str:
    document = small_list() | {"links": [row("firearm", name) for name in HOSTILE]}
    return page(document, HOSTILE, language)


class Reader(HTMLParser):
    """Tags with attributes, and texts outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "col", "wbr", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


def test_hostile_ids_are_text() -> None:
    reader = Reader(hostile_page())
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "img", "iframe", "object", "link", "form", "input", "base", "svg"}
    assert set(HOSTILE) <= set(reader.texts)
    assert reader.open == []


def test_the_page_asks_nothing_of_any_host() -> None:
    text = hostile_page()
    reader = Reader(text)
    policy = [attributes["content"] for tag, attributes in reader.tags if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not re.search(r"https?://|//[a-z]|url\(|@import", text)
    attributes = {name for _, found in reader.tags for name in found}
    assert not attributes & {"src", "action", "srcset"}
    assert not [name for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_its_language(language: str) -> None:
    text = page(small_list(), ["r1", "r2", "r3", "r4"], language)
    assert f'<html lang="{language}">' in text
    caution = TEXTS["page"]["caution"][language]
    assert text.count(caution) == 3  # on top, at the end, and in the footer that is printed on every page
    for other in set(LANGUAGES) - {language}:
        assert TEXTS["page"]["how_to_ask"][other] not in text
    assert VOCABULARY["fields"]["serial_number"][language] in text


def test_another_caution_stays_as_agreed_and_says_its_language() -> None:
    text = page(small_list() | {"caution": "Call <first>."}, ["r1", "r2", "r3", "r4"], "es")
    assert text.count('<span lang="en">Call &lt;first&gt;.</span>') == 3


def test_an_empty_list_says_that_it_means_nothing() -> None:
    for language in LANGUAGES:
        text = page(empty_list(), [], language)
        assert TEXTS["page"]["empty_means"][language] in text
        assert "<table" not in text


def test_a_row_shows_classes_and_whole_references_but_no_own_pseudonym() -> None:
    document = small_list()
    reader = Reader(page(document, ["r1", "r2", "r3", "r4"]))
    joined = "".join(reader.texts)
    for link in document["links"]:
        assert link["other"]["reference"] in joined
        assert link["own"] not in joined
    for word in ("Agreeing", "Similar", "Conflicting", "Missing on a side", "barrel length", "61%", "Mexico", "us-desk", "records: 3"):
        assert word in joined


def test_a_long_list_is_cut_to_its_surest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_page, "LONGEST", 3)
    text = page(small_list(), ["r-one", "r-two", "r-three", "r-four"])
    assert "shows the 3 surest of 4 links" in text
    assert "r-two" not in text  # the only one in band C


def test_every_text_is_in_every_language() -> None:
    for section, keys in (TEXTS | VOCABULARY).items():
        for key, said in keys.items():
            assert set(said) == set(LANGUAGES), f"{section}.{key}"
            assert all(text.strip() == text and text for text in said.values()), f"{section}.{key}"
            slots = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in said.values()]
            assert slots[0] == slots[1] == slots[2], f"{section}.{key}"


def test_the_profile_offers_the_languages_that_the_texts_have() -> None:
    assert OwnerProfile.model_fields["language"].annotation.__args__ == LANGUAGES  # type: ignore[union-attr]


def test_everything_in_the_agreement_has_a_name() -> None:
    agreed = agreement()
    assert {rule.label for entity in agreed.entities.values() for rule in entity.filters.values()} <= set(VOCABULARY["fields"])
    assert set(agreed.entities) == set(VOCABULARY["entities"])
    assert {agreed.parties[owner].country for owner in agreed.owners} == set(VOCABULARY["countries"])
    assert agreed.exchange.caution == TEXTS["page"]["caution"]["en"]


def test_what_the_texts_do_not_know_is_shown_as_it_is() -> None:
    assert called("fr", "fields", "eye_colour") == "eye_colour"
