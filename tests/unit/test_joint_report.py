"""The joint team's report: what it takes in, what it refuses, and what its pages say in every language."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.seizure_report import counted_release
from linkage.owner.seizures import read_recoveries
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import Ledger
from linkage.protocol.ledger_entries import Grounds
from linkage.protocol.outcomes import Outcomes
from linkage.protocol.received import Received
from linkage.protocol.sealing import Draft, seal
from linkage.protocol.seizure_tables import KIND, PART, TABLES, WORDS, SeizureAggregates, period
from linkage.unit.opaque_ids import link_names
from linkage.unit.owner_tables import Desk
from linkage.unit.seizure_intake import kept, take_aggregates
from linkage.unit.seizure_linkage import linkage_of
from linkage.unit.seizure_report import LANGUAGES, Linked, Report, write_seizure_report
from linkage.unit.seizure_sections import TEXTS, sections
from linkage.unit.state import RunState, write_json
from tests.made_lists import KEYS, NOW
from tests.made_seizures import agreed, owner_with, seizures

AGREED = agreed()
UNIT = KEYS["joint-team"]
YEAR = 2025
Document = dict[str, Any]
EDGES = {("mx us", "die"): 40, ("mx us", "profile"): None, ("mx us", "*"): None, ("*", "die"): 40, ("*", "profile"): None, ("*", "*"): 60}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SeizureAggregates]:
    found = {}
    for at, owner in enumerate(("mx", "us")):
        profile = owner_with(tmp_path_factory.mktemp(owner), seizures(owner, 250 + 100 * at, seed=at), owner=owner)
        recoveries = read_recoveries(profile, AGREED, YEAR)
        found[owner] = counted_release(profile.home, recoveries, (owner, AGREED, YEAR), date(2026, 2, 1))[0]
    return found


def sealed(path: Path, document: Document, by: str = "mx", **body: Any) -> Path:
    said = {"number": document["number"], "year": document["year"]} | body
    draft = Draft(KIND, AGREED.fingerprint, period(document["year"]), said, timedelta(days=9))
    seal(draft, {PART: canonical_json(document)}, UNIT.public(), KEYS[by], path)
    return path


def desk(home: Path) -> Desk:
    ledger = Ledger(home, UNIT, AGREED, Grounds("duty officer", "the agreement", "a test"))
    return Desk(home, AGREED, UNIT, Received(ledger, NOW), NOW)


def test_the_newest_release_of_a_year_holds(tmp_path: Path, released: dict[str, SeizureAggregates]) -> None:
    first = released["mx"].model_dump(mode="json")
    second = first | {"number": 2, "as_of": "2026-05-01"}
    ours = desk(tmp_path)
    paths = [sealed(tmp_path / f"seizures.{number}.sealed", said) for number, said in enumerate((first, second), 1)]
    assert take_aggregates(ours, paths) == {"mx 2025": first["recoveries"]}
    assert take_aggregates(ours, paths) == {"mx 2025": first["recoveries"]}, "a rerun continues"
    assert kept(ours)[YEAR]["mx"].as_of == "2026-05-01"
    other = sealed(tmp_path / "again.sealed", first | {"as_of": "2026-06-01"})
    with pytest.raises(InvalidPackage, match="already sent another one"):
        take_aggregates(ours, [other])


def _off(document: Document) -> None:
    document["tables"]["T5"][0]["count"] += 1


def _more(document: Document) -> None:
    document["tables"]["T5"][0]["count"] += 5


def _other_word(document: Document) -> None:
    document["tables"]["T5"][0]["row"] = "cannon"


def _without(document: Document) -> None:
    del document["tables"]["T8"]


LIES: list[tuple[Callable[[Document], object], str]] = [
    (_off, "no multiple of 5"),
    (_more, "does not add up|not that of the country"),
    (_other_word, "a row that the programme does not have"),
    (_without, "exactly the tables of the programme"),
    (lambda said: said.update(owner="us"), "another owner"),
    (lambda said: said.update(country="US"), "another owner|does not have"),
    (lambda said: said.update(programme="0" * 64), "another table programme"),
    (lambda said: said.update(suspects=["Juan"]), "suspects"),
    (lambda said: said["tables"]["T3"].pop(), "a cell is missing"),
    (lambda said: said.update(recoveries=said["recoveries"] + 5), "not that of the country"),
]


@pytest.mark.parametrize(("lie", "said"), LIES)
def test_what_is_wrong_is_refused(
    tmp_path: Path, released: dict[str, SeizureAggregates], lie: Callable[[Document], object], said: str
) -> None:
    document = released["mx"].model_dump(mode="json")
    lie(document)
    ours = desk(tmp_path)
    with pytest.raises(InvalidPackage, match=said):
        take_aggregates(ours, [sealed(tmp_path / "x.sealed", document)])
    assert kept(ours) == {}


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> RunState:
    """An epoch that was clustered: 240 pairs of firearms, 3 trilateral clusters, 4 pairs of organizations."""
    state = RunState(tmp_path_factory.mktemp("epoch"), AGREED, "2026-11")
    found, clusters = [], []
    for number in range(240):
        found.append(f"firearm,mx,m{number},us,u{number},9.0,0.99,{'A' if number % 3 else 'B'}")
        clusters += [f"firearm,{number},mx,m{number}", f"firearm,{number},us,u{number}"]
        clusters += [f"firearm,{number},ca,c{number}"] if number < 3 else []
    found += [f"organization,ca,c{number},us,u{number},9.0,0.99,A" for number in range(4)]
    state.result("links.csv").write_text(
        "\n".join(["entity,owner_a,pseudonym_a,owner_b,pseudonym_b,weight,probability,band", *found]) + "\n"
    )
    state.result("clusters.csv").write_text("\n".join(["entity,cluster_id,owner,pseudonym", *clusters]) + "\n")
    expected = {"precision": 0.956, "precision_interval": [0.94, 0.97], "recall": 0.93}
    write_json(state.result("quality.json"), {"entities": {"firearm": expected, "organization": {"precision": None, "recall": None}}})
    return state


def test_the_linkage_is_counted_and_controlled(links: RunState) -> None:
    found = linkage_of(links, bytes(32))
    pairs = found["firearm"].pairs
    assert pairs["mx us", "A"] in (160, 165, 155) and pairs["mx us", "*"] == 240
    assert found["firearm"].clusters == {("2", "*"): None, ("3", "*"): None, ("*", "*"): 240}
    assert found["organization"].pairs == {}, "fewer than the rule's links"
    assert linkage_of(links, bytes(32)) == found


def test_what_the_desks_found_out_is_counted_by_countries_and_controlled(links: RunState) -> None:
    """120 links of mx and us: 80 confirmed by both, 30 refuted by one, 10 on which the two disagree; ca speaks of none of them."""
    hexed = RunState(links.folder.parent / "hexed", AGREED, "2026-11")
    hexed.result("x").parent.mkdir(parents=True, exist_ok=True)
    pairs = [(bytes([7, number]), bytes([9, number])) for number in range(120)]
    rows = [f"firearm,mx,{left.hex()},us,{right.hex()},9.0,0.99,A" for left, right in pairs]
    head = "entity,owner_a,pseudonym_a,owner_b,pseudonym_b,weight,probability,band"
    hexed.result("links.csv").write_text("\n".join([head, *rows]) + "\n")
    hexed.result("clusters.csv").write_text("entity,cluster_id,owner,pseudonym\n")
    write_json(hexed.result("quality.json"), {"entities": {"firearm": {}}})
    names = link_names("firearm", pairs)
    said = {
        "mx": dict.fromkeys(names[:80], "confirmed") | dict.fromkeys(names[80:110], "refuted") | dict.fromkeys(names[110:], "confirmed"),
        "us": dict.fromkeys(names[:80], "confirmed") | dict.fromkeys(names[110:], "refuted"),
        "ca": dict.fromkeys(names, "refuted"),
    }
    told = [Outcomes.model_validate({"owner": owner, "number": 1, "links": of}) for owner, of in said.items()]
    shown = linkage_of(hexed, bytes(32), told)["firearm"].reviewed
    assert shown == {
        ("mx us", "confirmed"): 80, ("mx us", "indeterminate"): 10, ("mx us", "refuted"): 30, ("mx us", "*"): 120,
        ("*", "confirmed"): 80, ("*", "indeterminate"): 10, ("*", "refuted"): 30, ("*", "*"): 120,
    }  # fmt: skip
    assert linkage_of(hexed, bytes(32), told[2:])["firearm"].reviewed == {}, "an owner speaks of its own links"
    few = [told[0].model_copy(update={"links": dict.fromkeys(names[:9], "confirmed")})]
    assert linkage_of(hexed, bytes(32), few)["firearm"].reviewed == {}, "fewer than the rule's links"


@pytest.fixture(scope="module")
def report(released: dict[str, SeizureAggregates], links: RunState) -> Report:
    earlier = {owner: one.model_copy(update={"year": YEAR - 1, "recoveries": 200}) for owner, one in released.items()}
    return Report(AGREED, YEAR, {YEAR - 1: earlier, YEAR: released}, Linked("2026-11", linkage_of(links, bytes(32)), EDGES))


@pytest.fixture(scope="module")
def written(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    write_seizure_report(report, out)
    return out


def test_same_aggregates_same_bytes(report: Report, written: Path, tmp_path: Path) -> None:
    write_seizure_report(report, tmp_path)
    names = {path.name for path in written.iterdir()}
    assert names == {"seizures.2025.json", *(f"seizures.2025.{language}.{kind}" for language in LANGUAGES for kind in ("html", "pdf"))}
    assert all((tmp_path / name).read_bytes() == (written / name).read_bytes() for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_accessible_and_name_no_host(written: Path, language: str) -> None:
    page = (written / f"seizures.2025.{language}.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page and "<script" not in page and "://" not in page
    assert page.count("<table") == page.count("<caption>") > len(TABLES)
    assert page.count("<figure>") == page.count('role="img"') == 4, "trend, map, corridors of two countries"
    assert page.count('scope="row"') > 80 and not re.search(r"<th>", page)
    assert len(re.findall(r"\d{4}-\d{2}-\d{2}", page)) > 2 * len(TABLES), "every table says its date"
    assert (written / f"seizures.2025.{language}.pdf").read_bytes().startswith(b"%PDF")


def test_every_text_is_there_in_every_language() -> None:
    for name, said in [*((f"{a}.{b}", c) for a, part in (TEXTS | WORDS).items() for b, c in part.items())]:
        assert set(said) == set(LANGUAGES) and all(text.strip() for text in said.values()), name
        facts = {language: sorted(re.findall(r"\{(\w+)\}", text)) for language, text in said.items()}
        assert facts["en"] == facts["es"] == facts["fr"], name
    assert set(TEXTS["tables"]) == set(TEXTS["notes"]) == {*TABLES, "T13"}


def test_languages_say_the_same_numbers(report: Report) -> None:
    said = []
    for language in LANGUAGES:
        grids = [grid for one in sections(report.owners, (report.linked.links, report.linked.laboratory), language) for grid in one.grids]
        said.append([re.sub(r"\D", "", cell) for grid in grids for _, cells in grid.lines for cell in cells])
    assert said[0] == said[1] == said[2]


def test_a_year_that_nobody_released_is_refused(report: Report, tmp_path: Path) -> None:
    with pytest.raises(TrilinkError, match="no owner has released tables of 2024"):
        write_seizure_report(Report(AGREED, 2024, {}, Linked("", {}, {})), tmp_path)
