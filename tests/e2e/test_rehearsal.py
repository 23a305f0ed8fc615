"""The main job from end to end: what it writes, and that it repeats."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Trilink

pytestmark = pytest.mark.e2e


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_it_writes_what_the_design_says(rehearsed: Path) -> None:
    links = rows(rehearsed / "links.csv")
    assert list(links[0]) == ["entity", "owner_a", "record_a", "owner_b", "record_b", "weight", "probability", "band"]
    assert {row["entity"] for row in links} == {"firearm", "organization", "suspect"}
    assert list(rows(rehearsed / "clusters.csv")[0]) == ["entity", "cluster_id", "owner", "record_id"]
    quality = json.loads((rehearsed / "quality.json").read_text(encoding="utf-8"))
    wanted = {"true_pairs", "candidate_pairs", "pairs_completeness", "reduction_ratio", "bands", "default"}
    assert all(wanted <= set(measures) for measures in quality.values())
    timings = json.loads((rehearsed / "timings.json").read_text(encoding="utf-8"))
    assert {"encode", "link", "regroup", "cluster", "resolve"} <= {row["step"] for row in timings}
    assert all(row["seconds"] >= 0 and row["peak_mib"] > 0 for row in timings)
    assert len(list((rehearsed / "packages").glob("*.sealed"))) == 9
    for owner in ("ca", "mx", "us"):
        assert {path.name for path in (rehearsed / "lists" / owner).iterdir()} == {
            f"linked-cases.{kind}" for kind in ("csv", "html", "json")
        }
    assert "<html" in (rehearsed / "report.html").read_text(encoding="utf-8")


def test_no_record_is_linked_twice_to_one_owner(rehearsed: Path) -> None:
    ends = [(row["entity"], row[f"owner_{a}"], row[f"record_{a}"], row[f"owner_{b}"])
            for row in rows(rehearsed / "links.csv") for a, b in ("ab", "ba")]  # fmt: skip
    assert len(ends) == len(set(ends))


def test_the_lists_say_what_the_links_say(rehearsed: Path) -> None:
    """Each link stands in both owners' lists, under one link id, and in no third."""
    links = rows(rehearsed / "links.csv")
    lists = {owner: rows(rehearsed / "lists" / owner / "linked-cases.csv") for owner in ("ca", "mx", "us")}
    for owner, listed in lists.items():
        assert len(listed) == sum(owner in (row["owner_a"], row["owner_b"]) for row in links)
    ids = [row["link_id"] for listed in lists.values() for row in listed]
    assert all(ids.count(one) == 2 for one in set(ids))


@pytest.mark.parametrize("options", [("--workers", 2), ("--workers", 2, "--engine", "dask")], ids=["threads", "dask"])
def test_workers_and_engines_change_no_byte(
    options: tuple[object, ...], rehearsed: Path, canary_corpus: Path, trilink: Trilink, tmp_path: Path
) -> None:
    done = trilink("rehearse", "--data", canary_corpus, "--out", tmp_path / "out", "--seed", 7, *options)
    assert done.returncode == 0, done.stderr
    for name in ("links.csv", "clusters.csv", "quality.json"):
        assert (tmp_path / "out" / name).read_bytes() == (rehearsed / name).read_bytes()


def test_a_rerun_continues(rehearsed: Path, canary_corpus: Path, trilink: Trilink) -> None:
    before = {name: (rehearsed / name).read_bytes() for name in ("links.csv", "clusters.csv", "lists/mx/linked-cases.json")}
    packages = {path: path.stat().st_mtime_ns for path in (rehearsed / "packages").iterdir()}
    done = trilink("rehearse", "--data", canary_corpus, "--out", rehearsed, "--seed", 7)
    assert done.returncode == 0, done.stderr
    assert {name: (rehearsed / name).read_bytes() for name in before} == before
    assert {path: path.stat().st_mtime_ns for path in (rehearsed / "packages").iterdir()} == packages


def test_another_rehearsal_is_refused_the_folder(rehearsed: Path, trilink: Trilink, tmp_path: Path) -> None:
    other = tmp_path / "data"
    done = trilink("lab", "invent", "--out", other, "--size", 30)
    assert done.returncode == 0, done.stderr
    done = trilink("rehearse", "--data", other, "--out", rehearsed, "--seed", 7)
    assert done.returncode == 1 and "take a new folder" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: shutil.rmtree(data), "no such folder"),
        (lambda data: [shutil.rmtree(data / owner) for owner in ("ca", "us")], "expected two or more folders"),
        (lambda data: (data / "ca" / "suspect.csv").write_text("name,age\nx,1\n"), "no column record_id"),
        (lambda data: (data / "ca" / "suspect.csv").write_text("record_id,sex\n1,\n"), "no usable record"),
    ],
    ids=["absent", "one owner", "no ids", "empty"],
)
def test_unusable_data_is_one_clear_line(change: object, says: str, trilink: Trilink, tmp_path: Path, canary_corpus: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(canary_corpus, data)
    change(data)  # type: ignore[operator]
    done = trilink("rehearse", "--data", data, "--out", tmp_path / "out", "--seed", 7)
    assert done.returncode == 1 and says in done.stderr and done.stderr.count("\n") == 1, done.stderr
