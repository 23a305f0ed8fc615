"""The release report against a table that can be counted by hand; gates that refuse; answers by name that are logged and stay at home."""

import json
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.overriding import LONGEST, Override, answering, overriding
from linkage.owner.owner_check import owner_check
from linkage.owner.profile import OwnerProfile
from linkage.owner.release import release_package
from linkage.owner.release_report import last_release
from linkage.owner.report_page import TEXTS, page_of, write_reports
from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.errors import GatesNotMet, TrilinkError
from linkage.protocol.gate_rules import EntityGates
from tests.made_agreements import SMALL, agreement_with
from tests.made_lists import EPOCH
from tests.made_releases import profile_of, release_of

RULE = SMALL | {
    "fields": SMALL["fields"] | {"curp": {"kind": "curp"}, "sex": {"kind": "sex"}},
    "passes": SMALL["passes"] | {"curp": {"key": ["exact(curp)"]}},
}
GOOD, WRONG = "GOMC960912HGRMRN07", "GOMC960912HGRMRN08"  # the first has the right check digit
TABLE = f"""record_id,case_id,name,aliases,born,numbers,curp,sex,weight
XYZZY-1,FROTZ-1,Qwghlm,Zzyzx,1996-09-12,PLUGH77|PLOVER88,{GOOD},M,80
XYZZY-2,FROTZ-1,Qwghlm,,1985-02-28,,{WRONG},F,75
XYZZY-3,,Vrumble,,1985-02,PLUGH77,,,
XYZZY-4,FROTZ-2,Vrumble,,1985-02-28,,,,
,FROTZ-3,Nobody,,1986,,,,
XYZZY-6,,,,31/02/1999,,,,
XYZZY-1,,Twice,,1990,,,,
"""
CANARIES = ("XYZZY", "FROTZ", "QWGHLM", "ZZYZX", "VRUMBLE", "PLUGH", "PLOVER", "1985", "GOMC", "TWICE", "NOBODY")


def rule_with(many: int = 1, **gates: Any) -> Agreement:
    return agreement_with(EntityRule.model_validate(RULE | {"gates": {"from_count": 1} | gates}), many=many)


def profile(folder: Path, table: str = TABLE) -> OwnerProfile:
    return profile_of(folder, table)


def test_the_report_counts_what_a_person_counts(tmp_path: Path) -> None:
    report, _ = owner_check(profile(tmp_path), rule_with(), "thing")
    assert (report["rows_read"], report["records"], report["columns_ignored"], report["columns_absent"]) == (7, 4, 1, [])
    assert report["left_out"] == {
        "row left out: : no usable field": 1, "row left out: record_id: empty": 1, "row left out: record_id: seen before": 1,
        "value left out: born: not a date (expected %Y-%m-%d, %Y-%m, %Y)": 1,
    }  # fmt: skip
    counted = {field: list(counts.values()) for field, counts in report["fields"].items()}
    assert counted == {  # present, distinct, left out, right and wrong digits, dates without a day
        "name": [4, 2, 0, 0, 0, 0], "aliases": [1, 1, 0, 0, 0, 0], "born": [4, 3, 1, 0, 0, 1], "numbers": [2, 2, 0, 0, 0, 0],
        "curp": [2, 2, 0, 1, 1, 0], "sex": [2, 2, 0, 0, 0, 0],
    }  # fmt: skip
    assert sum(report["doubtful"].values()) == 3  # record 2: neither date nor sex are those of its CURP, nor does its check digit fit


def test_the_report_foresees_what_the_package_shows(tmp_path: Path) -> None:
    """Token by token: record 1 has two names, its variants share the tokens of birth, numbers and CURP and have one posting under each.

    Of two records that share a token one is drawn: record 4, which makes the fewest, and with a number record 3.
    """
    report, _ = owner_check(profile(tmp_path), rule_with(), "thing")
    passes = {name: list(counts.values())[:4] for name, counts in report["passes"].items()}
    assert passes == {  # records with a key, records that keep a token, postings, postings dropped
        "born": [4, 3, 3, 0], "name": [4, 3, 4, 0], "numbers": [2, 2, 2, 0], "curp": [2, 2, 2, 0],
    }  # fmt: skip
    # tokens: born 3 (records 2 and 4 share one), name and year 4 (3 and 4 share one), numbers 2 (1 and 3 share one), CURP 2
    reveals = report["reveals"]
    assert (reveals["postings"], reveals["tokens"], reveals["tokens_by_records"]) == (11, 11, {"1": 8, "2": 3})
    assert reveals["neighbours"] == {"median": 0, "mean": 0.0}
    assert reveals["records_shown"] == 4
    assert 0.5 < report["predicted_completeness"] <= 1.0
    assert report["passes"]["curp"]["predicted"] < 0.5 <= report["passes"]["born"]["predicted"]


def test_a_check_and_a_release_say_the_same(tmp_path: Path) -> None:
    agreement = rule_with()
    checked, _ = owner_check(profile(tmp_path), agreement, "thing")
    released = release_package(release_of(profile(tmp_path), agreement), "thing", tmp_path / "package.sealed")
    apart = {"epoch", "largest_declared", "changes"}
    assert {key: said for key, said in checked.items() if key not in apart} == {
        key: said for key, said in released.items() if key not in apart
    }


def test_over_full_tokens_are_counted_by_pass(tmp_path: Path) -> None:
    rows = "".join(f"R{number},NAME{number},1985-02-28\n" for number in range(12))
    report, _ = owner_check(profile(tmp_path, f"record_id,name,born\n{rows}"), rule_with(), "thing")
    assert report["postings_dropped"] == {"born": 12}
    assert (report["passes"]["born"]["with_key"], report["passes"]["born"]["meet"], report["passes"]["born"]["predicted"]) == (12, 0, 0.0)


def test_no_value_is_in_the_report_its_page_or_its_list(tmp_path: Path) -> None:
    report, checked = owner_check(profile(tmp_path), rule_with(max_left_out=0.0), "thing")
    for language in ("en", "es", "fr"):
        write_reports(tmp_path, language, report, checked.quarantine, language)
    written = [path.read_text(encoding="utf-8").upper() for path in tmp_path.iterdir() if path.name != "thing.csv" and path.is_file()]
    assert len(written) == 7
    assert [canary for canary in CANARIES for text in written if canary in text] == []
    assert all(canary in TABLE.upper() for canary in CANARIES)


@pytest.mark.parametrize(("language", "said"), [("en", "Release report"), ("es", "Informe de envío"), ("fr", "Rapport d’envoi")])
def test_the_page_speaks_the_owner_s_language(language: str, said: str, tmp_path: Path) -> None:
    report, _ = owner_check(profile(tmp_path), rule_with(max_left_out=0.1), "thing")
    page = page_of(report, language)
    assert f'<html lang="{language}">' in page and said in page
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page
    assert TEXTS["gates"]["max_left_out"][language] in page
    assert page == page_of(report, language)


def test_every_text_is_in_every_language_and_every_gate_has_one() -> None:
    assert all(set(said) == {"en", "es", "fr"} for section in TEXTS.values() for said in section.values())
    assert set(TEXTS["gates"]) == set(EntityGates.model_fields) - {"from_count"}


GATES: list[tuple[dict[str, Any], list[tuple[str, str, float]]]] = [  # the agreement's gates, which of them are not met: name, field, found
    ({}, []),
    ({"max_left_out": 0.4}, [("max_left_out", "", 0.4286)]),  # 3 of 7 rows
    ({"max_left_out": 0.5}, []),
    ({"min_understood": 0.9}, [("min_understood", "born", 0.8)]),  # 4 of 5 dates
    ({"min_understood": 0.8}, []),
    ({"min_right_digits": 0.6}, [("min_right_digits", "curp", 0.5)]),
    ({"min_completeness": {"name": 1.0, "numbers": 0.6}}, [("min_completeness", "numbers", 0.5)]),
    ({"max_left_out": 0.1, "from_count": 8}, []),  # too few to judge
]


@pytest.mark.parametrize(("gates", "failed"), GATES, ids=str)
def test_gates(gates: dict[str, Any], failed: list[tuple[str, str, float]], tmp_path: Path) -> None:
    report, _ = owner_check(profile(tmp_path), rule_with(**gates), "thing")
    assert [(one["gate"], one["field"], one["found"]) for one in report["gates_not_met"]] == failed


def test_a_gate_does_not_ask_for_a_column_that_the_table_has_not(tmp_path: Path) -> None:
    report, _ = owner_check(profile(tmp_path, "record_id,name\nA,Gil\n"), rule_with(min_completeness={"numbers": 1.0}), "thing")
    assert report["gates_not_met"] == []


def test_a_table_that_would_be_recognised_is_not_sealed(tmp_path: Path) -> None:
    """Six of each birth date, so that one's names are seen beside five others', were all of them to have postings."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    names = ["".join(letters[number * step % 26] for step in range(3, 6 + number * 7 % 9)) for number in range(150)]
    born = [(1950 + number % 25, f"N{number}" if number % 3 else "") for number in range(150)]
    rows = "".join(f"R{number},{name},{born[number][0]}-03-04,{born[number][1]}\n" for number, name in enumerate(names))
    agreement = rule_with(many=8, max_recognised=0.002)
    with pytest.raises(GatesNotMet, match=r"max_recognised 0\.002, found"):
        release_package(
            release_of(profile(tmp_path, f"record_id,name,born,numbers\n{rows}"), agreement), "thing", tmp_path / "package.sealed"
        )
    assert not (tmp_path / "package.sealed").exists()


def test_nothing_is_sealed_below_a_gate(tmp_path: Path) -> None:
    agreement, home = rule_with(max_left_out=0.1), tmp_path / "home"
    with pytest.raises(GatesNotMet) as caught:
        release_package(release_of(profile(tmp_path), agreement), "thing", tmp_path / "package.sealed")
    assert "thing: not sealed, the agreement's quality gates are not met (max_left_out 0.1, found 0.4286)" in str(caught.value)
    names = sorted(path.name for path in (home / "epochs" / EPOCH).iterdir())
    assert names == ["agreement.json", "quarantine.thing.csv", "refused.thing.html", "refused.thing.json"]  # no crosswalk either
    assert not (tmp_path / "package.sealed").exists() and not (home / "releases.jsonl").exists()
    assert last_release(home, "", "thing") is None


def test_who_answers_by_name_is_logged_and_nowhere_else(tmp_path: Path) -> None:
    agreement, home = rule_with(max_left_out=0.1), tmp_path / "home"
    with pytest.raises(GatesNotMet):
        release_package(release_of(profile(tmp_path), agreement), "thing", tmp_path / "package.sealed")
    with overriding(Override("Plover Grue", "half the table is Flathead data")):
        release_package(release_of(profile(tmp_path), agreement), "thing", tmp_path / "package.sealed")
    assert answering() is None
    (line,) = map(json.loads, (home / "releases.jsonl").read_text(encoding="utf-8").splitlines())
    assert (line["kind"], line["epoch"], line["entity"]) == ("gates_overridden", EPOCH, "thing")
    assert (line["by"], line["reason"]) == ("Plover Grue", "half the table is Flathead data")
    assert line["gates"] == [{"gate": "max_left_out", "field": "", "agreed": 0.1, "found": 0.4286}]
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "releases.jsonl"]
    assert [path for path in others if b"Grue" in path.read_bytes() or b"Flathead" in path.read_bytes()] == []
    assert not list(home.rglob("refused.*")) and (home / "releases.jsonl").stat().st_mode & 0o077 == 0


def test_an_answer_that_is_not_needed_is_not_logged(tmp_path: Path) -> None:
    with overriding(Override("Plover Grue", "to be safe")):
        release_package(release_of(profile(tmp_path), rule_with()), "thing", tmp_path / "package.sealed")
    assert not (tmp_path / "home" / "releases.jsonl").exists()


@pytest.mark.parametrize("said", ["", "  ", "a\nb", "x" * (LONGEST + 1), "\x1b[31m"])
def test_an_answer_is_one_line_of_text(said: str) -> None:
    for by, reason in ((said, "fine"), ("fine", said)):
        with pytest.raises(TrilinkError, match="override: expected a"):
            Override(by, reason)


def test_changes_since_the_last_release(tmp_path: Path) -> None:
    """The epoch that sorts last before ours, of those that were sealed."""
    agreement = rule_with()
    for epoch in ("2026-08", "2026-09"):
        release_package(release_of(profile(tmp_path), agreement, epoch=epoch), "thing", tmp_path / f"{epoch}.sealed")
    smaller = "\n".join(TABLE.splitlines()[:3]) + "\n"
    report = release_package(release_of(profile(tmp_path, smaller), agreement, epoch="2026-10"), "thing", tmp_path / "last.sealed")
    changes = report["changes"]
    assert (changes["since"], changes["rows_read"], changes["records"]) == ("2026-09", [7, 2], [4, 2])
    assert changes["completeness"] == {"aliases": [0.25, 0.5], "curp": [0.5, 1.0], "sex": [0.5, 1.0]}
    again = release_package(release_of(profile(tmp_path), agreement, epoch="2026-08"), "thing", tmp_path / "first.sealed")
    assert again["changes"] is None


def test_a_fall_against_the_last_release_is_refused(tmp_path: Path) -> None:
    agreement = rule_with(max_fall=0.4)
    release_package(release_of(profile(tmp_path), agreement, epoch="2026-09"), "thing", tmp_path / "one.sealed")
    smaller = "\n".join(TABLE.splitlines()[:3]) + "\n"
    with pytest.raises(GatesNotMet, match=r"max_fall 0\.4, found 0\.5"):
        release_package(release_of(profile(tmp_path, smaller), agreement, epoch="2026-10"), "thing", tmp_path / "two.sealed")


def test_a_prediction_follows_the_stated_model(tmp_path: Path) -> None:
    """Everybody has a name of his own and a birth date; the model says how often each differs, and the pass needs both."""
    rows = "".join(f"R{number},NAME{number},{1950 + number % 60}-0{1 + number % 9}-1{number % 10}\n" for number in range(600))
    agreement = rule_with()
    report, _ = owner_check(profile(tmp_path, f"record_id,name,born\n{rows}"), agreement, "thing")
    name, born, year = 0.15, 0.06, 0.06 * 0.3  # tables/field_errors.toml: surname, date, and what the year of a date does not bridge
    assert report["passes"]["name"]["predicted"] == pytest.approx((1 - name) * (1 - year), abs=0.03)
    assert report["passes"]["born"]["predicted"] == pytest.approx(report["passes"]["born"]["meet"] / 600 * (1 - born), abs=0.03)
    either = [report["passes"]["name"]["predicted"], report["passes"]["born"]["predicted"]]
    assert max(either) <= report["predicted_completeness"] <= sum(either)


def test_half_empty_fields_predict_half_of_a_half(tmp_path: Path) -> None:
    """A pair meets only where both sides hold the field: half of the records, and of their counterparts half."""
    rows = "".join(f"R{number},NAME{number},{f'N{number}' if number % 2 else ''}\n" for number in range(600))
    report, _ = owner_check(profile(tmp_path, f"record_id,name,numbers\n{rows}"), rule_with(), "thing")
    assert report["passes"]["numbers"]["predicted"] == pytest.approx(0.5 * 0.5 * 0.9, abs=0.04)


def test_duplicates_are_counted_and_shown(tmp_path: Path) -> None:
    """Two records that somebody decided to be one: the report counts three entities, and what they show is theirs."""
    (tmp_path / "decisions.csv").write_text("record_id_a,record_id_b,decision\nXYZZY-4,XYZZY-3,same\n", encoding="utf-8")
    owner = profile(tmp_path)
    source = owner.sources["thing"].model_copy(update={"decisions": tmp_path / "decisions.csv", "deduplicate": False})
    report, _ = owner_check(owner.model_copy(update={"sources": {"thing": source}}), rule_with(), "thing")
    assert report["duplicates"] == {
        "unsearched": "profile", "entities": 3, "pairs_compared": 0, "pairs_dropped": 0, "merged_records": 2, "merged_entities": 1,
        "merged_by": {"decision": 1},
    }  # fmt: skip
    assert (report["records"], report["reveals"]["records_shown"], report["passes"]["born"]["with_key"]) == (4, 3, 3)
    for language, said in (("en", "Nobody looked"), ("es", "2 registros se volvieron 1"), ("fr", "le profil le veut ainsi")):
        assert said in page_of(report, language)
    report["duplicates"] |= {"unsearched": "", "pairs_compared": 3_000_000, "pairs_dropped": 1234}
    for language, said in (
        ("en", "3,000,000 pairs were compared. 1,234 pairs more"),
        ("es", "otros 1,234 pares"),
        ("fr", "1,234 autres paires"),
    ):
        assert said in page_of(report, language)
