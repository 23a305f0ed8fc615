"""`trilink owner check` and a refused and answered `owner encode`, through real flows; nothing of a person or an answer in Prefect."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows._noted import noted
from flows.owner import open_ceremony
from linkage.lab.parties import make_parties, write_profile
from linkage.owner.epoch_key import Asked, next_step
from tests.boundary.searching import leaks, spellings
from tests.conftest import Trilink
from tests.made_lists import AGREEMENT_FILE

pytestmark = pytest.mark.e2e

OWNERS = ("ca", "mx", "us")
NAME, REASON = "Zwyxqrandol", "Qvuxplimber exercise data"
BAD = "Ghqwzzerty"


def exchange(folder: Path, epoch: str, asked: Asked) -> None:
    """Every owner takes the three steps to the epoch's key, in one folder."""
    contributions = folder / "contributions"
    contributions.mkdir(exist_ok=True)
    for _ in range(3):
        for owner in OWNERS:
            profile, agreement, ceremony = open_ceremony(folder / "parties" / owner / "profile.toml", epoch, contributions)
            with noted(profile, agreement, "contribute") as ledger:
                next_step(ceremony, (profile, agreement), contributions, asked, ledger)


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three owners with keys and contributions; two thirds of the mx table have no id, which the shipped gates refuse."""
    folder = tmp_path_factory.mktemp("gates")
    make_parties(folder, AGREEMENT_FILE, OWNERS, seed=7)
    for owner in OWNERS:
        home = folder / "parties" / owner
        days = [f"19{50 + number % 50}-{1 + number % 12:02d}-{1 + number % 28:02d}" for number in range(300)]
        rows = [f"{'' if owner == 'mx' and number % 3 else number},{BAD}{number},{day}\n" for number, day in enumerate(days)]
        (home / "suspect.csv").write_text("record_id,surname_1,date_of_birth\n" + "".join(rows), encoding="utf-8")
        write_profile(home, owner, folder / "agreement.toml", {"suspect": home / "suspect.csv"})
    exchange(folder, "e1", (None, None))
    return folder / "parties"


def test_check_shows_and_writes_the_report_and_needs_no_key(parties: Path, trilink: Trilink, tmp_path: Path) -> None:
    profile = (parties / "us" / "profile.toml").read_text(encoding="utf-8").replace("private.json", "nowhere.json")
    (parties / "us" / "keyless.toml").write_text(profile, encoding="utf-8")
    shown = trilink("owner", "check", parties / "us" / "keyless.toml", "--out", tmp_path / "check")
    assert shown.returncode == 0, shown.stderr
    assert "suspect: 300 rows read, 300 records" in shown.stdout and "surname_1" in shown.stdout and "gates: met" in shown.stdout
    assert sorted(path.name for path in (tmp_path / "check").iterdir()) == [
        "check.suspect.html", "check.suspect.json", "quarantine.suspect.csv",
    ]  # fmt: skip
    told = trilink("owner", "check", parties / "us" / "keyless.toml", "--json")
    assert json.loads(told.stdout) == {"suspect": json.loads((tmp_path / "check" / "check.suspect.json").read_text(encoding="utf-8"))}
    assert leaks([tmp_path / "check"], spellings(BAD)) == [] and BAD not in shown.stdout + told.stdout


def test_a_table_below_the_gates_is_shown_and_exits_with_1(parties: Path, trilink: Trilink) -> None:
    done = trilink("owner", "check", parties / "mx" / "profile.toml")
    assert done.returncode == 1
    assert "refused: 200 × row left out: record_id: empty" in done.stdout
    assert done.stderr.count("\n") == 1 and "suspect: max_left_out 0.5, found 0.6667" in done.stderr


def test_encode_refuses_and_an_answer_by_name_is_only_in_the_ledger(
    parties: Path, trilink: Trilink, prefect_home: Path, tmp_path: Path
) -> None:
    command = ["owner", "encode", parties / "mx" / "profile.toml", "--epoch", "e1", "--contributions", parties.parent / "contributions"]
    out = parties / "packages"
    refused = trilink(*command, "--out", out)
    assert refused.returncode == 1 and "the agreement's quality gates are not met" in refused.stderr
    assert not list(parties.rglob("package.*"))
    answer = tmp_path / "override.toml"
    answer.write_text(f'by = "{NAME}"\n')
    half = trilink(*command, "--out", out, "--override", answer)
    assert half.returncode == 1 and "override.toml: expected a TOML file with two texts, by (a person's name) and reason" in half.stderr
    answer.write_text(f'by = "{NAME}"\nreason = "{REASON}"\n')
    answered = trilink(*command, "--out", out, "--override", answer)
    assert answered.returncode == 0, answered.stderr
    assert (out / "package.e1.mx.suspect.sealed").is_file()
    ledger = parties / "mx" / "home" / "releases.jsonl"
    assert json.loads(ledger.read_text(encoding="utf-8"))["by"] == NAME
    words = spellings(NAME) | spellings(REASON.split()[0])
    assert leaks([parties, prefect_home, trilink.log.parent], words, allowed=frozenset({ledger})) == []
    assert leaks([parties], words) == [str(ledger)]  # the search finds it where it is


def test_after_an_epochs_last_day_nothing_is_encoded(parties: Path, trilink: Trilink) -> None:
    today = datetime.now(UTC).date()
    exchange(parties.parent, "e0", (today - timedelta(days=9), today - timedelta(days=1)))
    command = ["owner", "encode", parties / "us" / "profile.toml", "--epoch", "e0", "--contributions", parties.parent / "contributions"]
    done = trilink(*command, "--out", parties / "late")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "epoch e0 ended on" in done.stderr and "begin a new one" in done.stderr
    assert not list(parties.rglob("package.e0.*"))


def test_a_column_that_is_not_there_is_one_clear_line(parties: Path, trilink: Trilink) -> None:
    good = (parties / "ca" / "profile.toml").read_text(encoding="utf-8")
    (parties / "ca" / "bad.toml").write_text(good.replace("[sources.suspect]", '[sources.suspect]\ncase_id = "FOLIO"'), encoding="utf-8")
    done = trilink("owner", "check", parties / "ca" / "bad.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1) and "no column FOLIO" in done.stderr
