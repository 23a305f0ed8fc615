"""An owner commits to which record belongs to which case, opens one row, and anybody with a ledger can check it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.committed_rows import CommittedRows, prove_row
from linkage.owner.release import release_package
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.ledger_verification import ReadLedger, read_ledger
from linkage.protocol.row_proofs import check_proof, read_proof
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import EPOCH, KEYS, NOW
from tests.made_releases import profile_of, release_of

AGREED = agreement_with(small_rule())
TABLE = "record_id,case_id,name\nR1,C1,GIL\nR2,C1,PAZ\nR3,,RUIZ\nR4,C9,SOL\n"
ABOUT = (EPOCH, "thing")


@pytest.fixture
def owner(tmp_path: Path) -> tuple[Any, Ledger]:
    """An owner that has released its table, with the ledger that notes it."""
    profile = profile_of(tmp_path, TABLE)
    ledger = Ledger(profile.home, KEYS["mx"], AGREED)
    with noting(ledger):
        release_package(release_of(profile, AGREED), "thing", tmp_path / "package.sealed")
    return profile, ledger


def proven(owner: tuple[Any, Ledger], record: str, out: Path) -> ReadLedger:
    profile, ledger = owner
    assert prove_row(profile, ledger, ABOUT, (record, "joint-team"), out, NOW) == {"rows": 4}
    return read_ledger(ledger.path)


@pytest.mark.parametrize(("record", "case"), [("R1", "C1"), ("R2", "C1"), ("R3", ""), ("R4", "C9")])
def test_an_opened_row_shows_its_case_and_nothing_else(record: str, case: str, owner: tuple[Any, Ledger], tmp_path: Path) -> None:
    out = tmp_path / "proof.json"
    ledger = proven(owner, record, out)
    proof = read_proof(out)
    assert (proof.row.record_id, proof.row.case_id) == (record, case)
    assert check_proof(proof, ledger, out.name).event == "sealed"
    said = out.read_text(encoding="utf-8")
    assert not [other for other in ("R1", "R2", "R3", "R4", "C1", "C9") if other not in (record, case) and f'"{other}"' in said]
    entry = ledger.told("disclosed")[0]
    assert (entry.facts["to"], entry.facts["rows"]) == ("joint-team", proof.root)
    assert f'"{record}"' not in owner[1].path.read_text(encoding="utf-8")  # as a value: signatures hold any two letters


LIES = [  # what the proof says instead
    ("another case", {"case_id": "C2"}, "not those that were committed to"),
    ("another record", {"record_id": "R4"}, "not those that were committed to"),
    ("another salt", {"salt": "0" * 64}, "not those that were committed to"),
    ("another root", {"root": "0" * 64}, "not those that were committed to"),
    ("another owner", {"owner": "ca"}, "no package in ledger.jsonl commits to it"),
    ("another epoch", {"epoch": "2026-12"}, "no package in ledger.jsonl commits to it"),
    ("a path that is none", {"path": [["up", "0" * 64]]}, "not a proof of format"),
    ("a key more", {"name": "x"}, "not a proof of format"),
]


@pytest.mark.parametrize(("what", "change", "says"), LIES, ids=[case[0] for case in LIES])
def test_what_was_not_committed_to_is_refused(
    what: str, change: dict[str, Any], says: str, owner: tuple[Any, Ledger], tmp_path: Path
) -> None:
    out = tmp_path / "proof.json"
    ledger = proven(owner, "R1", out)
    said = json.loads(out.read_bytes()) | change
    out.write_text(json.dumps(said, sort_keys=True, separators=(",", ":")), encoding="utf-8")
    with pytest.raises(InvalidPackage, match=says):
        check_proof(read_proof(out), ledger, out.name)


def test_a_record_that_was_not_there_cannot_be_proven(owner: tuple[Any, Ledger], tmp_path: Path) -> None:
    with pytest.raises(TrilinkError, match="has no such record; nothing is written"):
        proven(owner, "R5", tmp_path / "proof.json")
    assert not (tmp_path / "proof.json").exists() and owner[1].entries("disclosed") == []


def test_rows_that_no_package_of_ours_commits_to(owner: tuple[Any, Ledger], tmp_path: Path) -> None:
    profile, _ = owner
    other = Ledger(tmp_path / "other", KEYS["mx"], AGREED)
    with pytest.raises(TrilinkError, match="no package in our ledger commits to these rows"):
        prove_row(profile, other, ABOUT, ("R1", None), tmp_path / "proof.json", NOW + timedelta(0))


def test_the_order_of_rows_does_not_matter_and_the_epoch_does() -> None:
    pairs = [[("R1", "C1")], [("R2", "C1"), ("R3", "")]]
    made = []
    for epoch, rows in ((EPOCH, pairs), (EPOCH, pairs[::-1]), ("2026-12", pairs)):
        committed = CommittedRows(KEYS["mx"], epoch, "thing")
        committed.add(rows)
        made.append(committed.root())
    assert made[0] == made[1] != made[2]
