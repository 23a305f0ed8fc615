"""The rehearsal's report: right counts, no record in it, and patient with what is missing."""

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.lab.report import UNKNOWN, read_clusters, read_links, read_quality, read_timings, write_report
from linkage.lab.weight_histogram import BINS, HEIGHT, LEFT, TOP, WIDTH, histogram
from linkage.protocol.errors import TrilinkError

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
DECIDED = {"links": 4000, "precision": 0.99951, "recall": 0.5, "f1": None}
FIGURES: dict[str, Any] = {
    "true_pairs": 5000, "candidate_pairs": 43123, "pairs_completeness": 0.99812, "reduction_ratio": None,
    "bands": {"A": DECIDED, "B": DECIDED}, "default": DECIDED,
}  # fmt: skip


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
    (out / "quality.json").write_text(json.dumps({"suspect": FIGURES | {"by_owner_pair": {"ca-us": FIGURES}}}), encoding="utf-8")
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
    assert found.bands == ["A", "B", "C"]
    assert found.links["firearm", "ca", "mx"] == {"A": 1, "C": 1}
    assert found.weights == {"A": Counter({2150: 1, 3000: 1}), "B": Counter({1200: 1}), "C": Counter({-125: 1})}


def test_the_bands_order_comes_from_their_probabilities(out: Path) -> None:
    text = LINKS.replace(",A\n", ",gold\n").replace(",B\n", ",silver\n").replace(",C\n", ",bronze\n")
    (out / "links.csv").write_text(text, encoding="utf-8")
    assert read_links(out / "links.csv").bands == ["gold", "silver", "bronze"]


def test_clusters_by_number_of_owners(out: Path) -> None:
    assert read_clusters(out / "clusters.csv") == [("firearm", 2, 1), ("firearm", 3, 1), ("suspect", 2, 1)]


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


def test_quality_as_the_evaluation_writes_it(out: Path) -> None:
    content = {"suspect": FIGURES | {"by_owner_pair": {"ca-us": FIGURES | {"expected_matches": 1234.6}}}, "note": "x"}
    (out / "quality.json").write_text(json.dumps(content), encoding="utf-8")
    overall, pair = read_quality(out / "quality.json")
    assert (overall.entity, overall.scope, pair.scope) == ("suspect", "all owners", "ca-us")
    assert overall.blocking == ["5,000", UNKNOWN, "43,123", "0.9981", UNKNOWN]
    assert pair.blocking == ["5,000", "1,235", "43,123", "0.9981", UNKNOWN]
    assert overall.decisions[0] == ("default", ["4,000", "0.9995", "0.5000", UNKNOWN])
    assert [name for name, _ in overall.decisions] == ["default", "A", "B"]


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
    (LINKS.replace("12.0000", "SECRET"), "links.csv, line 4: weight or probability is not a number"),
    (LINKS.replace("12.0000", "nan"), "links.csv, line 4: weight or probability is not a number"),
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


@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.sampled_from("AB"), st.integers(1, 5000)), min_size=1))
def test_no_link_is_lost_in_the_histogram(found: list[tuple[int, str, int]]) -> None:
    counts: dict[str, Counter[int]] = {"A": Counter(), "B": Counter()}
    for weight, band, links in found:
        counts[band][weight] += links
    drawn = histogram(counts, ["A", "B"])
    assert drawn is not None
    assert [sum(column[band] for column in (bin.links for bin in drawn.bins)) for band in (0, 1)] == [counts[name].total() for name in "AB"]
    assert 1 <= len(drawn.bins) <= BINS
    assert 2 <= len(drawn.across) <= 16 or len(drawn.bins) < 3
    for bar in drawn.bars:
        assert LEFT <= bar.x <= bar.x + bar.width <= LEFT + WIDTH
        assert TOP - 0.01 <= bar.y <= bar.y + bar.height <= TOP + HEIGHT + 0.02
    assert all(LEFT <= one.first <= one.last <= LEFT + WIDTH for one in drawn.ranges)
