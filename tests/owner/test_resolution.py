"""Lists come home: resolved to our own records, the same bytes each time, or refused with a reason and nothing written."""

import csv
import io
import json
import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.owner import resolution
from linkage.owner.resolution import resolve_list
from linkage.owner.resolved_list import COLUMNS
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.linked_cases import read_list
from linkage.protocol.spreadsheets import harmless
from tests.made_lists import NOW, OWN, empty_list, receiver, row, sealed_list, small_list

FILES = ["linked-cases.csv", "linked-cases.html", "linked-cases.json"]


def read_csv(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}


def test_every_row_comes_back_as_our_own_record_and_case(tmp_path: Path) -> None:
    counts = resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert counts == {"links": 4, "records": 4, "cases": 2, "band A": 2, "band B": 1, "band C": 1}
    document = json.loads((tmp_path / "out" / "linked-cases.json").read_bytes())
    assert document["format"] == "trilink/resolved-cases/v1"
    assert [(link["own"]["record_id"], link["own"]["case_id"]) for link in document["links"]] == [
        ("=1+1", "FED/2026/001"), ("A-17", "FED/2026/001"), ("<script>alert(1)</script>", 'caso "9" & co'), ("@SUM(A1)", None)
    ]  # fmt: skip


def test_files_are_whole_private_and_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    resolve_list(receiver(home), sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == FILES
    assert {stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) for name in FILES} == {0o600}
    assert not [name for name in os.listdir(home) if name.endswith(".begun")]


def test_a_rerun_makes_the_same_bytes(tmp_path: Path) -> None:
    sealed = sealed_list(tmp_path, small_list())
    resolve_list(receiver(tmp_path / "home"), sealed, tmp_path / "out")
    first = contents(tmp_path / "out")
    resolve_list(receiver(tmp_path / "home"), sealed, tmp_path / "out")
    resolve_list(receiver(tmp_path / "home", now=NOW + timedelta(days=1)), sealed, tmp_path / "elsewhere")
    assert contents(tmp_path / "out") == first == contents(tmp_path / "elsewhere")


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list()), tmp_path / "out")
    rows = read_csv(tmp_path / "out" / "linked-cases.csv")
    assert [one["own_record"] for one in rows] == ["'=1+1", "A-17", "<script>alert(1)</script>", "'@SUM(A1)"]
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["case_links"] == "firearm:1|suspect:2"
    assert rows[0]["conflict"] == "barrel_length"
    assert rows[3]["case_reference"] == rows[3]["own_case"] == ""


FORMULAS = [  # cell, what a spreadsheet gets
    ("=1+1", "'=1+1"),
    ("+52", "'+52"),
    ("-1", "'-1"),
    ("@A1", "'@A1"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("\n=1", "'\n=1"),
    ("\uff1d1", "'\uff1d1"),  # the wide equals sign of East Asian locales
    ("A=1", "A=1"),
    ('"', '"'),
    ("", ""),
]


@pytest.mark.parametrize(("cell", "safe"), FORMULAS)
def test_formula_starts_are_neutralised(cell: str, safe: str) -> None:
    assert harmless(cell) == safe


def test_the_control_formulas_would_have_been_in_the_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: without the rule, the ids of this list are formulas."""
    monkeypatch.setattr("linkage.protocol.spreadsheets.FORMULA_STARTS", ())
    resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert read_csv(tmp_path / "out" / "linked-cases.csv")[0]["own_record"] == "=1+1"


def test_an_empty_list_is_three_files_too(tmp_path: Path) -> None:
    assert resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, empty_list()), tmp_path / "out") == {
        "links": 0, "records": 0, "cases": 0
    }  # fmt: skip
    assert sorted(os.listdir(tmp_path / "out")) == FILES
    assert "A no-hit means nothing" in (tmp_path / "out" / "linked-cases.html").read_text(encoding="utf-8")


def with_row(**changes: Any) -> dict[str, Any]:
    return small_list() | {"links": [row("firearm", "A-17"), row("firearm", "=1+1", **changes)]}


DESK = {"owner": "us", "country": "US", "contact_desk": "elsewhere", "reference": "00" * 16, "case_reference": None}
TO_OURSELVES = DESK | {"owner": "mx", "country": "MX", "contact_desk": "mx-desk"}
CLUSTER = {"cluster_id": "ab" * 16, "records": 2, "countries": ["MX", "XX"], "weakest_band": "A"}
VALUES = {"agree": ["Juan Pérez"], "similar": [], "conflict": [], "missing": []}

REFUSED = [  # what is wrong, the list, what the refusal says
    ("record of nobody", with_row(own="00" * 16), "row 2: is not about a firearm that we released in epoch 2026-11"),
    ("record of another entity type", with_row(own=row("suspect", "Ñandú-3")["own"]), "row 2: is not about a firearm that we released"),
    ("for another owner", small_list() | {"owner": "us"}, "the list inside is for us, and we are mx"),
    ("of another epoch", small_list() | {"epoch": "2026-10"}, "the list inside is of another epoch than its seal, 2026-11"),
    ("under another number", small_list() | {"number": 0}, "not a linked-case list: number"),
    ("expired inside", small_list() | {"expires": "2026-01-31"}, "the list inside expired on 2026-01-31; delete what was resolved of it"),
    ("another desk", with_row(other=DESK), "row 2: its country or contact desk is not that of us in the agreement"),
    ("a link to ourselves", with_row(other=TO_OURSELVES), "row 2: its other side is not another owner"),
    ("way out of the folder", with_row(entity="../../x"), "row 2: its entity type is not an agreed one"),
    ("unknown band", with_row(band="Z"), "row 2: its band is not one that the agreement releases"),
    ("unknown country", with_row(cluster=CLUSTER), "row 2: its cluster names a country that takes no part"),
    ("value for a label", with_row(fields=VALUES), "row 2: it names a field class that the agreement does not have for firearm"),
    ("other caution", small_list() | {"caution": "Arrest at once."}, "its caution is not the agreed one"),
    ("a score", with_row(score=0.97), "not a linked-case list: links.1.score"),
    ("other format", small_list() | {"format": "trilink/linked-cases/v2"}, "not a linked-case list: format"),
]


@pytest.mark.parametrize(("document", "says"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_wrong_list_is_refused_and_nothing_written(document: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage) as caught:
        resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, document), tmp_path / "out")
    assert says in str(caught.value)
    assert caught.value.__context__ is None
    assert "Juan" not in str(caught.value)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "home" / "ledger.jsonl").exists()


def test_a_list_by_anyone_but_the_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage, match="from us, awaited from joint-team"):
        resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list(), by="us"), tmp_path / "out")


def test_an_expired_list_is_refused(tmp_path: Path) -> None:
    late = receiver(tmp_path / "home", now=NOW + timedelta(days=91))
    with pytest.raises(InvalidPackage, match="expired on"):
        resolve_list(late, sealed_list(tmp_path, small_list()), tmp_path / "out")


def test_a_list_whose_number_is_not_that_of_its_seal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPackage, match="the list inside has another number than its seal"):
        resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list(), number=2), tmp_path / "out")


def test_a_later_list_supersedes_the_earlier_ones(tmp_path: Path) -> None:
    """And the same list again makes the same files; one that it has superseded does not come back."""
    at_home = receiver(tmp_path / "home")
    first, second = sealed_list(tmp_path, small_list()), sealed_list(tmp_path, empty_list() | {"number": 3}, name="3.sealed")
    resolve_list(at_home, first, tmp_path / "out")
    assert resolve_list(at_home, second, tmp_path / "out")["links"] == 0
    later = contents(tmp_path / "out")
    with pytest.raises(InvalidPackage, match="list 1 of epoch 2026-11 is superseded by list 3, which was resolved before"):
        resolve_list(at_home, first, tmp_path / "out")
    assert contents(tmp_path / "out") == later
    assert resolve_list(at_home, second, tmp_path / "out")["links"] == 0


def test_a_second_list_of_the_same_number_is_refused(tmp_path: Path) -> None:
    """One of two lists must be wrong; a person decides."""
    at_home = receiver(tmp_path / "home")
    resolve_list(at_home, sealed_list(tmp_path, small_list()), tmp_path / "out")
    first = contents(tmp_path / "out")
    with pytest.raises(InvalidPackage, match="already sent another one"):
        resolve_list(at_home, sealed_list(tmp_path, empty_list(), name="second.sealed"), tmp_path / "out")
    assert contents(tmp_path / "out") == first


def test_a_list_that_another_run_had_is_a_replay(tmp_path: Path) -> None:
    at_home, sealed = receiver(tmp_path / "home"), sealed_list(tmp_path, small_list())
    manifest, _ = resolution._opened(at_home, sealed)
    at_home.received.record(manifest, "another-run")
    with pytest.raises(InvalidPackage, match="replayed"):
        resolve_list(at_home, sealed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_files_or_none(tmp_path: Path) -> None:
    """A name that cannot be taken leaves neither the others nor temporary files."""
    out = tmp_path / "out"
    (out / "linked-cases.html").mkdir(parents=True)  # the last one written is the first one renamed
    with pytest.raises(OSError, match="directory"):
        resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list()), out)
    assert os.listdir(out) == ["linked-cases.html"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(TrilinkError, match="need a folder"):
        resolve_list(receiver(tmp_path / "home"), sealed_list(tmp_path, small_list()), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_what_is_resolved_does_not_show_itself(tmp_path: Path) -> None:
    at_home, sealed = receiver(tmp_path / "home"), sealed_list(tmp_path, small_list())
    document = read_list(resolution._opened(at_home, sealed)[1], "list")
    resolved = resolution._resolved(document, at_home, "list")
    shown = f"{resolved} {resolved.links!r}"
    assert shown.startswith("<ResolvedList: 4 links, hidden>")
    assert not any(record in shown for rows in OWN.values() for record, _ in rows)
