"""A plan of blocking against tables that can be counted by hand, the slow way, and through the real command."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.lab.intervals import wilson
from linkage.lab.parties import make_parties, write_profile
from linkage.owner.blocking_tokens import Tokens
from linkage.owner.error_model import ErrorModel, read_error_model
from linkage.owner.owner_check import owner_check
from linkage.owner.plan_blocking import Planning, plan_blocking
from linkage.owner.plan_figures import by_itself, in_turn, interval, sharing
from linkage.owner.plan_sample import Rivals
from linkage.protocol.pace import Pace
from tests.boundary.searching import leaks, spellings
from tests.conftest import Trilink
from tests.made_agreements import agreement_with, small_rule
from tests.made_lists import AGREEMENT_FILE
from tests.made_releases import profile_of

NAMES = ("Qwghlm", "Vrumble", "Zzyzx", "Plover")
TABLE = "record_id,case_id,name,aliases,born,numbers\n" + "".join(
    f"XYZZY-{at},,{NAMES[at % 4]},{'Frotz' if at % 10 == 0 else ''},19{50 + at % 20}-0{1 + at // 60}-11,{f'N{at}' if at % 2 else ''}\n"
    for at in range(120)
)


def errors(**fields: dict[str, float]) -> ErrorModel:
    return ErrorModel.model_validate({"format": "trilink/error-model/v1", "carelessness": 0.0, "fields": fields})


def planned(folder: Path, model: ErrorModel, cap: int = 8, table: str = TABLE, many: int = 8) -> dict[str, object]:
    """Where ``many`` reaches the cap, everybody who shares a token has a posting under it."""
    return plan_blocking(profile_of(folder, table), agreement_with(small_rule(), cap=cap, many=many), "thing", Planning(model))


def of_pass(plan: dict[str, object], name: str) -> dict[str, object]:
    return next(row for row in plan["passes"] if row["pass"] == name)  # type: ignore[attr-defined]


def test_without_errors_all_meet_who_keep_a_token(tmp_path: Path) -> None:
    plan = planned(tmp_path, errors())
    assert (plan["records"], plan["sampled"], plan["pairs_completeness"], plan["with_twice_the_errors"]) == (120, 120, 1.0, 1.0)
    assert of_pass(plan, "numbers")["alone"] == 0.5, "every second record has a number"
    assert of_pass(plan, "born")["alone"] == 1.0


def test_it_counts_what_a_check_counts(tmp_path: Path) -> None:
    """Twins: postings, tokens by how many records share them, and what is dropped, against the release report."""
    plan = planned(tmp_path, errors(), cap=3, many=1)
    report, _ = owner_check(profile_of(tmp_path, TABLE), agreement_with(small_rule(), cap=3), "thing")
    kept = {records: count for records, count in plan["tokens_by_records"].items() if int(records) <= 3}  # type: ignore[attr-defined]
    assert (plan["postings"], kept) == (report["postings"], report["reveals"]["tokens_by_records"])
    dropped = {row["pass"]: row["over_full"] for row in plan["passes"] if row["over_full"]}  # type: ignore[attr-defined]
    assert set(dropped) == set(report["postings_dropped"])


def test_errors_cost_the_passes_that_they_hit(tmp_path: Path) -> None:
    plan = planned(tmp_path, errors(born={"missing": 1.0}))
    assert of_pass(plan, "born")["alone"] == 0.0 and of_pass(plan, "name")["alone"] == 0.0
    assert plan["pairs_completeness"] == of_pass(plan, "numbers")["alone"] == of_pass(plan, "numbers")["lost_without"] == 0.5
    assert of_pass(plan, "numbers")["adds"] == 0.5, "it stands first, and the others add nothing"


def test_neighbours_are_strangers_who_share_a_kept_token(tmp_path: Path) -> None:
    """Slow twin: who shares a birth date or a number, over all pairs of the table."""
    rows = [line.split(",") for line in TABLE.splitlines()[1:]]
    born = {at: {other for other in range(120) if other != at and rows[other][4] == rows[at][4]} for at in range(120)}
    plan = planned(tmp_path, errors())
    assert of_pass(plan, "born")["neighbours"] == round(sum(map(len, born.values())) / 120, 3)
    assert of_pass(plan, "numbers")["neighbours"] == 0.0
    assert of_pass(plan, "born")["neighbours"] == 2.0 and of_pass(plan, "name")["neighbours"] == 5.0, "name and year, in six months"
    assert plan["neighbours"] == 5.0, "who shares the date shares name and year: nobody is counted twice"


def test_who_is_not_drawn_is_not_met(tmp_path: Path) -> None:
    """Everybody's twin makes as many tokens: both sides draw, and a quarter meets. Whom nobody shares a token with meets anyway."""
    rows = [f"R{at},,{NAMES[at % 2 + 2 * (at // 100)]},,19{50 + at // 2 % 50}-0{1 + at // 100}-11," for at in range(200)]
    plan = planned(tmp_path, errors(), table="record_id,case_id,name,aliases,born,numbers\n" + "\n".join(rows), many=1)
    assert of_pass(plan, "born")["postings"] == 100 and 0.15 < of_pass(plan, "born")["alone"] < 0.35  # type: ignore[operator]
    assert of_pass(plan, "name")["alone"] == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=15), st.lists(st.integers(0, 4), min_size=6, max_size=6)
)
def test_rivals_are_counted(members: list[tuple[int, int]], made: list[int]) -> None:
    """Slow twin: over all others of each block."""
    found = sorted({(block, record) for block, record in members} | {(block, 0) for block in range(4)})
    rivals = Rivals(np.array([block for block, _ in found]), np.array([record for _, record in found]), np.array(made))
    for block in range(4):
        others = [made[record] for at, record in found if at == block and record != 2]
        for own in range(6):
            fewer, equal = rivals.before(np.array([block]), np.array([2]), np.array([own]))
            assert (int(fewer[0]), int(equal[0])) == (sum(one < own for one in others), sum(one == own for one in others))


def test_the_same_plan_every_time(tmp_path: Path) -> None:
    model, agreement = read_error_model(), agreement_with(small_rule())
    plans = [
        plan_blocking(
            profile_of(tmp_path / str(rows), TABLE), agreement, "thing", Planning(model, seed=7), Pace(rows=rows, threads=threads)
        )
        for rows, threads in ((1_000, 1), (7, 2))
    ]
    assert json.dumps(plans[0]) == json.dumps(plans[1])


def test_an_empty_table_has_a_plan(tmp_path: Path) -> None:
    plan = planned(tmp_path, errors(), table="record_id,name,born\n")
    assert (plan["records"], plan["postings"], plan["pairs_completeness"], plan["interval"]) == (0, 0, 0.0, [0.0, 1.0])


def test_passes_in_turn() -> None:
    met = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0], [0, 0, 0, 1, 1]], dtype=bool)
    costs = np.array([10, 5, 9, 0, 4])
    assert in_turn(met, costs) == [(1, 3), (4, 1), (0, 1), (2, 0), (3, 0)]  # the cheapest of equals; last, what has no postings
    assert by_itself(met).tolist() == [1, 0, 0, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=30))
def test_sharing_is_a_count_of_records(found: list[tuple[int, int]]) -> None:
    """Slow twin: sets of records by token; rows 2n and 2n + 1 are variants of record n."""
    postings = sorted(found)
    halves = np.array([(token, token) for token, _ in postings], dtype=np.uint64).reshape(-1, 2)
    rows = np.array([row for _, row in postings], dtype=np.int64)
    shared = sharing(Tokens(halves, rows, np.zeros(rows.size, dtype=np.uint8)), np.arange(10) // 2)
    holders = Counter(token for token, _ in {(token, row // 2) for token, row in postings})
    assert shared.records.tolist() == [holders[token] for token, _ in postings]


@given(st.integers(0, 50), st.integers(0, 50))
def test_intervals_are_those_of_the_lab(hits: int, more: int) -> None:
    theirs = wilson(hits, hits + more)
    assert interval(hits, hits + more) == (pytest.approx(theirs, abs=1e-4) if theirs else (0.0, 1.0))


@pytest.mark.e2e
def test_the_command_needs_no_key_and_shows_no_value(tmp_path: Path, trilink: Trilink) -> None:
    make_parties(tmp_path, AGREEMENT_FILE, ("ca", "mx", "us"), seed=7)
    table = "record_id,surname_1,date_of_birth\n" + "".join(f"r{at},Zwyxqrandol,19{50 + at % 50}-0{1 + at % 9}-17\n" for at in range(200))
    home = tmp_path / "parties" / "mx"
    (home / "suspect.csv").write_text(table, encoding="utf-8")
    profile = write_profile(home, "mx", tmp_path / "agreement.toml", {"suspect": home / "suspect.csv"})
    profile.write_text(profile.read_text(encoding="utf-8").replace("private.json", "nowhere.json"), encoding="utf-8")
    told = trilink("owner", "plan-blocking", profile, "--json")
    assert told.returncode == 0, told.stderr
    plan = json.loads(told.stdout)["suspect"]
    assert plan["format"] == "trilink/blocking-plan/v1" and plan["records"] == 200
    shown = trilink("owner", "plan-blocking", profile)
    assert "true pairs that would meet" in shown.stdout and " birth " in shown.stdout
    assert leaks([home / "home"], spellings("Zwyxqrandol")) == [] and "ZWYXQ" not in (told.stdout + shown.stdout).upper()
    wrong = trilink("owner", "plan-blocking", profile, "--errors", tmp_path / "none.toml")
    assert wrong.returncode == 1 and "no such file" in wrong.stderr and wrong.stderr.count("\n") == 1
