"""Records that were merged go out as one entity and come home as all of its records and cases."""

import csv
import io
import json
from pathlib import Path

import pytest

from linkage.owner.crosswalk import OwnEntity, crosswalk_path, read_crosswalk
from linkage.owner.profile import OwnerProfile
from linkage.owner.pseudonyms import Pseudonyms
from linkage.owner.regrouping import answer_request
from linkage.owner.release import release_package
from linkage.owner.resolved_list import ResolvedLink, ResolvedList, csv_bytes, json_bytes
from linkage.protocol.linked_cases import LinkedCaseList
from linkage.protocol.regrouping import MEMBERS, groups_schema, read_part
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import EPOCH, KEYS, NOW, small_list
from tests.made_releases import at_home, opened, profile_of, release_of, request, table_of

AGREED = agreement_with(small_rule())
TABLE = "record_id,case_id,name,born,numbers\nR3,C3,Gil,1985-02-28,11\nR2,C2,Paz,1986-02-28,13\nR1,,Gill,1985,12\n"


def merging(folder: Path, withhold: Path | None = None) -> OwnerProfile:
    """An owner who has decided that R1 and R3 are one."""
    profile = profile_of(folder, TABLE, withhold=withhold)
    (folder / "decisions.csv").write_text("record_id_a,record_id_b,decision\nR3,R1,same\n", encoding="utf-8")
    source = profile.sources["thing"].model_copy(update={"decisions": folder / "decisions.csv"})
    return profile.model_copy(update={"sources": {"thing": source}})


def released(folder: Path) -> list[bytes]:
    report = release_package(release_of(merging(folder), AGREED), "thing", folder / "package.sealed")
    manifest, parts = opened(folder / "package.sealed", "package", AGREED)
    assert (report["records"], report["duplicates"]["entities"], manifest.body["records"]) == (3, 2, 2)
    ids: list[bytes] = table_of(parts["part-0000.arrow"])["id"].to_pylist()
    return ids


@pytest.mark.parametrize("withheld", ["", "R3"])
def test_regrouping_names_the_entity_and_withholds_it_whole(withheld: str, tmp_path: Path) -> None:
    asked = released(tmp_path)
    (tmp_path / "withhold").write_text(withheld, encoding="utf-8")
    owner = at_home(merging(tmp_path, tmp_path / "withhold"), AGREED)
    answer_request(owner, request(tmp_path / "request", AGREED, {"thing.arrow": asked}), tmp_path / "answer")
    _, parts = opened(tmp_path / "answer", "regroup_answer", AGREED)
    groups = read_part(parts["thing.groups.arrow"], groups_schema(AGREED, "mx"), "groups")
    names = Pseudonyms(KEYS["mx"])
    cases = {"R2": "C2"} if withheld else {"R1": "C3", "R2": "C2"}  # R1 has no case, R3 lends it its own
    expected = {names.record("joint-team", "thing", name): names.case("joint-team", case) for name, case in cases.items()}
    assert dict(zip(groups["pseudonym"].to_pylist(), groups["case"].to_pylist(), strict=True)) == expected
    members = read_part(parts["thing.postings.arrow"], MEMBERS, "postings")
    assert (len(members) == len(asked)) == (not withheld)


def test_the_crosswalk_holds_all_records_and_cases(tmp_path: Path) -> None:
    released(tmp_path)
    crosswalk = read_crosswalk(crosswalk_path(tmp_path / "home", EPOCH, "thing"), AGREED, EPOCH, KEYS["mx"], NOW)
    entities = list(crosswalk.all_entities())
    assert [own.records for own in entities] == [(("R1", ""), ("R3", "C3")), (("R2", "C2"),)]
    assert [crosswalk.entity(number) for number in range(len(crosswalk))] == entities


def test_a_resolved_list_shows_all_records_and_cases() -> None:
    document = LinkedCaseList.model_validate(small_list())
    own = OwnEntity((("R1", ""), ("R3", "C3"), ("R4", "C4")))
    resolved = ResolvedList(document, [ResolvedLink(document.links[0], own)])
    assert resolved.counts() | {"links": 1, "records": 3, "cases": 2} == resolved.counts()
    (row,) = csv.DictReader(io.StringIO(csv_bytes(resolved).decode(), newline=""))
    assert (row["own_record"], row["own_case"]) == ("R1|R3|R4", "C3|C4")
    (link,) = json.loads(json_bytes(resolved))["links"]
    merged = [{"record_id": "R3", "case_id": "C3"}, {"record_id": "R4", "case_id": "C4"}]
    assert link["own"] == {"record_id": "R1", "case_id": None, "merged": merged}
