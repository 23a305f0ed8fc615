"""What was withdrawn at home enters no package, whatever the tables, decisions and packages of before say."""

from pathlib import Path

import pytest

from linkage.owner.owner_check import owner_check
from linkage.owner.profile import OwnerProfile
from linkage.owner.release import read_report, release_package
from linkage.owner.withdrawn import FILE, Wish, Withdrawn, note_withdrawn, withdrawn_records
from linkage.protocol.errors import TrilinkError
from tests.made_agreements import agreement_with, small_rule
from tests.made_releases import at_home, profile_of, release_of

AGREED = agreement_with(small_rule())
TABLE = """record_id,case_id,name,born,numbers
R1,C1,Gil,1985-02-28,11|12
R2,C1,Paz,1986-02-28,13
R3,,Sol,1987-02-28,14
R4,C2,Sol,1987-02-28,14
"""


def withdraw(profile: OwnerProfile, wishes: list[Wish]) -> None:
    note_withdrawn(at_home(profile, AGREED), wishes, "entered by mistake", "error")


TOUCHED = [  # wishes, (entity type, record, case), withdrawn?
    ([Wish("record", "R1")], ("thing", "R1", ""), True),
    ([Wish("record", "R1")], ("other", "R1", "C1"), True),
    ([Wish("record", "R1", "thing")], ("other", "R1", ""), False),
    ([Wish("record", "R1", "thing")], ("thing", "R1", ""), True),
    ([Wish("record", "R1")], ("thing", "R11", ""), False),
    ([Wish("case", "C1")], ("thing", "R2", "C1"), True),
    ([Wish("case", "C1")], ("thing", "C1", ""), False),
    ([Wish("record", "C1")], ("thing", "R2", "C1"), False),
    ([], ("thing", "R1", ""), False),
]


@pytest.mark.parametrize(("wishes", "record", "gone"), TOUCHED)
def test_what_a_wish_is_about(wishes: list[Wish], record: tuple[str, str, str], gone: bool) -> None:
    entity, record_id, case_id = record
    assert Withdrawn(wishes).touches(entity, [("other", ""), (record_id, case_id)]) is gone


ENCODED = [  # wishes, records left, why rows were left out
    ([], 4, {}),
    ([Wish("record", "R1")], 3, {"row left out: record_id: withdrawn": 1}),
    ([Wish("case", "C1")], 2, {"row left out: record_id: withdrawn": 2}),
    ([Wish("record", "R9")], 4, {}),
    ([Wish("record", "R3"), Wish("case", "C2")], 2, {"row left out: record_id: withdrawn": 2}),
]


@pytest.mark.parametrize(("wishes", "records", "left_out"), ENCODED)
def test_a_package_and_a_check_are_made_without_it(wishes: list[Wish], records: int, left_out: dict[str, int], tmp_path: Path) -> None:
    profile = profile_of(tmp_path, TABLE)
    withdraw(profile, wishes)
    for report in (release_package(release_of(profile, AGREED), "thing", tmp_path / "p.sealed"), owner_check(profile, AGREED, "thing")[0]):
        assert (report["rows_read"], report["records"], report["left_out"]) == (4, records, left_out)


def test_a_decision_about_a_withdrawn_record_is_moot(tmp_path: Path) -> None:
    """People decided that R1 and R2 are the same; R1 is withdrawn, and the release goes on with R2 alone."""
    profile = profile_of(tmp_path, TABLE)
    (tmp_path / "decisions.csv").write_text("record_id_a,record_id_b,decision\nR1,R2,same\n", encoding="utf-8")
    source = profile.sources["thing"].model_copy(update={"decisions": tmp_path / "decisions.csv"})
    profile = profile.model_copy(update={"sources": {"thing": source}})
    assert release_package(release_of(profile, AGREED), "thing", tmp_path / "1.sealed")["duplicates"]["entities"] == 3
    withdraw(profile, [Wish("record", "R1")])
    report = release_package(release_of(profile, AGREED, epoch="2026-12"), "thing", tmp_path / "2.sealed")
    assert (report["records"], report["duplicates"]["entities"]) == (3, 3)


def test_a_package_sealed_before_is_not_passed_off_as_made_without_it(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, TABLE)
    release = release_of(profile, AGREED)
    release_package(release, "thing", tmp_path / "p.sealed")
    withdraw(profile, [Wish("record", "R9")])
    assert read_report(release, "thing")["records"] == 4
    withdraw(profile, [Wish("record", "R1")])
    with pytest.raises(TrilinkError, match="the package that is there holds 1 entities withdrawn since; if it was not sent, delete it"):
        read_report(release, "thing")


def test_the_same_wish_is_noted_once_and_by_nobody_else_read(tmp_path: Path) -> None:
    profile = profile_of(tmp_path, TABLE)
    for _ in range(2):
        withdraw(profile, [Wish("record", "R1"), Wish("case", "C1"), Wish("record", "R1")])
    path = profile.home / FILE
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2
    assert path.stat().st_mode & 0o077 == 0
    entries = at_home(profile, AGREED).ledger.entries("withdrawal")
    assert [(entry.facts["what"], entry.facts["ground"], entry.facts["counts"]) for entry in entries] == [
        ("case", "error", {"cases": 1}),
        ("record", "error", {"records": 1}),
    ]
    assert repr(withdrawn_records(profile.home)) == "<Withdrawn: 1 records and 1 cases, hidden>"


@pytest.mark.parametrize(
    ("kept", "said"), [(40, "<Withdrawn: 1 records and 0 cases, hidden>"), (-1, "<Withdrawn: 2 records and 0 cases, hidden>")]
)
def test_a_line_that_a_killed_command_left_unended(kept: int, said: str, tmp_path: Path) -> None:
    """Half of it is nothing, for the command never ended and is run again; all but its end counts, and stays."""
    profile = profile_of(tmp_path, TABLE)
    withdraw(profile, [Wish("record", "R1")])
    path = profile.home / FILE
    path.write_bytes(path.read_bytes() + path.read_bytes().replace(b"R1", b"R2")[:kept])
    assert repr(withdrawn_records(profile.home)) == said
    withdraw(profile, [Wish("record", "R3")])
    assert len(path.read_bytes().splitlines()) == 2 + (kept < 0)
    assert withdrawn_records(profile.home).touches("suspect", [("R3", "")])


@pytest.mark.parametrize("line", ["", "{", "[]", '{"format": "trilink/withdrawn/v1", "what": "record"}', '{"format": "other"}'])
def test_a_damaged_file_stops_every_release(line: str, tmp_path: Path) -> None:
    """Else a withdrawn record would be released because nobody could read that it was."""
    profile = profile_of(tmp_path, TABLE)
    withdraw(profile, [Wish("record", "R1")])
    with (profile.home / FILE).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(TrilinkError, match=r"withdrawn.jsonl, line 2: damaged; restore it before anything is released"):
        release_package(release_of(profile, AGREED), "thing", tmp_path / "p.sealed")
