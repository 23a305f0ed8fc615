"""The rehearsal's report: right counts, no record in it, and patient with what is missing."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.lab.report import BINS, UNKNOWN, bands_of, count_clusters, count_links, read_timings, weight_histogram, write_report
from linkage.lab.results import CLUSTERS as CLUSTER_HEADER
from linkage.lab.results import read_links, read_table
from linkage.lab.scoreboard import scoreboard
from linkage.protocol.errors import TrilinkError
from tests.lab.judged_tables import RULE, SILENT, Link, results

LINKS = """entity,owner_a,record_a,owner_b,record_b,weight,probability,band
firearm,mx,SECRET-1,ca,SECRET-2,21.5000,0.999000,A
firearm,ca,SECRET-3,mx,SECRET-4,-1.2500,0.700000,C
suspect,ca,SECRET-5,us,SECRET-6,12.0000,0.950000,B
suspect,<b>us</b>,SECRET-7,mx,SECRET-8,30.0000,0.999900,A
"""
CLUSTERS = """entity,cluster_id,owner,record_id
firearm,0,ca,SECRET-2
firearm,0,mx,SECRET-1
firearm,1,ca,SECRET-3
firearm,1,mx,SECRET-4
firearm,1,us,SECRET-9
suspect,0,ca,SECRET-5
suspect,0,us,SECRET-6
"""
TRUTH = [("ca", "SECRET-5", "x"), ("us", "SECRET-6", "x"), ("mx", "SECRET-7", "y"), ("us", "SECRET-8", "y")]
SUSPECTS: list[Link] = [
    ("ca", "SECRET-5", "us", "SECRET-6", 0.95),
    ("ca", "SECRET-5", "mx", "SECRET-7", 0.991),
    ("mx", "SECRET-7", "zz", "?", 2.0),
]


def board() -> dict[str, Any]:
    tables = results(SUSPECTS, TRUTH, traits=[("us", "SECRET-6", "alias_used")])
    found: dict[str, Any] = scoreboard(tables, None, SILENT, RULE)
    return found


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "links.csv").write_text(LINKS, encoding="utf-8")
    (tmp_path / "clusters.csv").write_text(CLUSTERS, encoding="utf-8")
    return tmp_path


class Balanced(HTMLParser):
    """Asserts that tags close in order, and gathers what they are."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_is_one_harmless_file_without_records(out: Path) -> None:
    (out / "scoreboard.json").write_text(json.dumps(board()), encoding="utf-8")
    (out / "timings.json").write_text(json.dumps([{"step": "<i>link", "party": "unit", "seconds": 2, "peak_mib": 90}]), encoding="utf-8")
    text = write_report(out).read_text(encoding="utf-8")
    read = Balanced(text)
    assert read.open == []
    assert not read.tags & {"script", "link", "img", "iframe", "i", "b"}
    assert not read.attributes & {"src", "action", "onload", "onclick"}
    assert "default-src &#39;none&#39;" not in text
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "SECRET" not in text
    assert "&lt;b&gt;us&lt;/b&gt;" in text


def test_links_are_counted_whichever_way_round_they_are_written(out: Path) -> None:
    found = read_links(out / "links.csv")
    assert bands_of(found) == ["A", "B", "C"]
    assert count_links(found)["firearm", "ca", "mx"] == {"A": 1, "C": 1}
    assert weight_histogram(found, ["A", "B", "C"])[0] == {"low": -2, "high": -1, "band": "C", "links": 1}


def test_the_bands_order_comes_from_their_probabilities(out: Path) -> None:
    text = LINKS.replace(",A\n", ",gold\n").replace(",B\n", ",silver\n").replace(",C\n", ",bronze\n")
    (out / "links.csv").write_text(text, encoding="utf-8")
    assert bands_of(read_links(out / "links.csv")) == ["gold", "silver", "bronze"]


def test_clusters_by_number_of_owners(out: Path) -> None:
    assert count_clusters(read_table(out / "clusters.csv", CLUSTER_HEADER)) == [("firearm", 2, 1), ("firearm", 3, 1), ("suspect", 2, 1)]


def test_without_truth_and_timings_the_report_says_so(out: Path) -> None:
    text = write_report(out).read_text(encoding="utf-8")
    assert "No truth was given" in text
    assert "No timings were written" in text


def test_without_links_the_report_says_so(out: Path) -> None:
    (out / "links.csv").write_text(LINKS.splitlines()[0] + "\n", encoding="utf-8")
    (out / "clusters.csv").write_text(CLUSTERS.splitlines()[0] + "\n", encoding="utf-8")
    assert "No links" in write_report(out).read_text(encoding="utf-8")


def test_same_files_same_bytes(out: Path) -> None:
    assert write_report(out).read_bytes() == write_report(out).read_bytes()


class Cells(HTMLParser):
    """Gathers the text of every table cell, and what a picture's text says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip() + " "


def test_the_page_says_what_the_scoreboard_says(out: Path) -> None:
    content = board()
    (out / "scoreboard.json").write_text(json.dumps(content), encoding="utf-8")
    text = write_report(out).read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in row] for row in Cells(text).rows]
    found = content["entities"]["suspect"]

    def decided(one: dict[str, Any]) -> list[str]:
        shown = [f"{one['links']:,}"]
        for name in ("precision", "recall", "f1"):
            interval = one[f"{name}_interval"]
            shown.append(f"{one[name]:.4f} {interval[0]:.3f} to {interval[1]:.3f}")
        return shown

    assert ["suspect", "all", "2", UNKNOWN, UNKNOWN, UNKNOWN, *decided(found["default"])] in rows
    within = found["slices"]["alias_used"]["within"]
    assert ["alias_used", "in the slice", "1", UNKNOWN, *decided(within)] in rows
    assert ["suspect", "2", f"{found['calibration']['brier']:.4f}"] in [row[:3] for row in rows]
    assert all(warning["text"].replace("'", "&#39;") in text for warning in content["warnings"])
    assert text.count('<svg class="marks"') == 4


def test_a_scoreboard_of_another_format_is_refused(out: Path) -> None:
    (out / "scoreboard.json").write_text('{"format": "trilink/scoreboard/v9"}', encoding="utf-8")
    with pytest.raises(TrilinkError, match=r"scoreboard\.json: not of the format"):
        write_report(out)


UNDERSTOOD = [  # timings.json, step, seconds, peak, share
    ('[{"step": "encode", "party": "ca", "seconds": 1.25, "peak_mib": 1234.5}]', ("encode", "ca", "1.2", "1,234", 1.0)),
    ('[{"step": "encode"}]', ("encode", UNKNOWN, UNKNOWN, UNKNOWN, 0.0)),
    ('[{"party": "ca", "seconds": "soon", "peak_mib": true}]', (UNKNOWN, "ca", UNKNOWN, UNKNOWN, 0.0)),
    ('[7, {"step": "link", "seconds": 0, "more": []}]', ("link", UNKNOWN, "0.0", UNKNOWN, 0.0)),
]


@pytest.mark.parametrize(("content", "shown"), UNDERSTOOD)
def test_timings_are_read_as_far_as_they_can_be(content: str, shown: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "timings.json").write_text(content, encoding="utf-8")
    assert [tuple(step) for step in read_timings(tmp_path / "timings.json")] == [shown]


@pytest.mark.parametrize("content", ["", "{", "7", '{"steps": []}', "[NaN]"])
def test_timings_that_are_none_are_left_out(content: str, tmp_path: Path) -> None:
    (tmp_path / "timings.json").write_text(content, encoding="utf-8")
    assert read_timings(tmp_path / "timings.json") == []


BROKEN = [  # links.csv, what is said
    (LINKS.replace("weight", "score"), "links.csv: expected the header entity,owner_a"),
    (LINKS.replace("12.0000", "SECRET"), "links.csv, line 4: weight is not a number"),
    (LINKS.replace("12.0000", "nan"), "links.csv, line 4: weight is not a number"),
    (LINKS.replace(",12.0000", ""), "links.csv, line 4: expected 8 cells"),
]


@pytest.mark.parametrize(("content", "says"), BROKEN)
def test_broken_results_are_refused_without_quoting_them(content: str, says: str, out: Path) -> None:
    (out / "links.csv").write_text(content, encoding="utf-8")
    with pytest.raises(TrilinkError) as caught:
        write_report(out)
    assert str(caught.value).startswith(says)
    assert not (out / "report.html").exists()


def test_a_missing_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrilinkError, match=r"links\.csv: not in"):
        write_report(tmp_path)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-300, 300), st.sampled_from("AB")), min_size=1))
def test_no_link_is_lost_in_the_histogram(found: list[tuple[float, str]]) -> None:
    bins = weight_histogram(pd.DataFrame(found, columns=["weight", "band"]), ["A", "B"])
    for band in "AB":
        here = [weight for weight, name in found if name == band]
        assert sum(row["links"] for row in bins if row["band"] == band) == len(here)
        assert all(any(row["low"] <= weight < row["high"] for row in bins if row["band"] == band) for weight in here)
    assert len({row["low"] for row in bins}) <= BINS + 1
