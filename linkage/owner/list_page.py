"""The linked-case list as one page for investigators, in English, Spanish or French; what it says is in ``pages/texts.toml``."""

import tomllib
from collections import defaultdict
from functools import partial
from importlib.resources import files
from types import SimpleNamespace
from typing import NamedTuple

from linkage.owner.resolved_list import ResolvedLink, ResolvedList
from linkage.protocol.agreement import Agreement, DecisionRule
from linkage.protocol.page import called, page_template

LANGUAGES = ("en", "es", "fr")
LONGEST = 2000  # links on the page; more of them a telephone does not show, and nobody reads

Texts = dict[str, dict[str, dict[str, str]]]

TEXTS: Texts = tomllib.loads((files("linkage.owner") / "pages" / "texts.toml").read_text(encoding="utf-8"))


class _Band(NamedTuple):
    name: str
    percent: int


def page_bytes(resolved: ResolvedList, agreement: Agreement, language: str) -> bytes:
    """One self-contained HTML file; the same list makes the same bytes.

    Entity types stand in name order, in each the surest links first. A list longer than ``LONGEST`` is cut to its surest links
    and says so.
    """
    document, rule = resolved.document, agreement.decision
    surest = _surest_first(resolved.links, rule)[:LONGEST]
    caution, caution_language = _caution(document.caution, language)
    content = page_template("linkage.owner", "linked_cases.html").render(
        language=language,
        t=SimpleNamespace(**{key: said[language] for key, said in TEXTS["page"].items()}),
        called=partial(called, language),
        caution=caution,
        caution_language=caution_language,
        agreement=agreement.title,
        country=agreement.parties[document.owner].country,
        countries={name: party.country for name, party in agreement.parties.items()},
        bands=[_Band(name, round(100 * rule.bands[name])) for name in rule.released_bands],
        list=document,
        links=resolved.links,
        shown=len(surest),
        groups=_by_entity(surest),
        estimates=sorted(document.estimates, key=lambda row: (row.other, row.entity, rule.released_bands.index(row.band))),
    )
    return content.encode()


def _caution(agreed: str, language: str) -> tuple[str, str]:
    """The caution and its language: translated when it is the standard sentence, else as agreed, taken for English."""
    standard = TEXTS["page"]["caution"]
    return (standard[language], language) if agreed == standard["en"] else (agreed, "en")


def _surest_first(links: list[ResolvedLink], rule: DecisionRule) -> list[ResolvedLink]:
    place = {name: number for number, name in enumerate(rule.bands)}
    return sorted(links, key=lambda one: (place[one.link.band], one.link.entity, one.link.link_id))


def _by_entity(links: list[ResolvedLink]) -> list[tuple[str, list[ResolvedLink]]]:
    groups: dict[str, list[ResolvedLink]] = defaultdict(list)
    for one in links:
        groups[one.link.entity].append(one)
    return sorted(groups.items())
