"""Ledgers of a rehearsal: honest ones fit; two of them expose a party that lied, by name, at the console."""

import json
import shutil
from pathlib import Path

import pytest

from linkage.protocol.party_profile import PartyProfile, read_profile, unlock
from tests.conftest import Trilink
from tests.ledger_parties import Content, rewritten

pytestmark = pytest.mark.e2e

PARTIES = ("ca", "mx", "unit", "us")


def against(rehearsed: Path) -> tuple[object, ...]:
    return ("--agreement", rehearsed / "agreement.toml")


def ledgers(rehearsed: Path) -> list[Path]:
    return [rehearsed / "ledgers" / f"{party}.jsonl" for party in PARTIES]


def test_the_ledgers_of_an_honest_run_fit_and_say_everything(rehearsed: Path, trilink: Trilink) -> None:
    done = trilink("ledger", "compare", *ledgers(rehearsed), *against(rehearsed))
    assert done.returncode == 0, done.stderr
    assert "4 ledgers fit; 0 messages are open" in done.stdout
    shown = trilink("ledger", "show", rehearsed / "parties" / "mx" / "profile.toml", "--json")
    entries = json.loads(shown.stdout)
    events = [entry["event"] for entry in entries]
    assert {"sealed", "received", "receipt_given", "receipt_taken", "resolved"} <= set(events)
    sealed = [entry["facts"]["kind"] for entry in entries if entry["event"] == "sealed"]
    assert sorted(set(sealed)) == ["commitment", "contribution", "package", "regroup_answer"] and sealed.count("package") == 3
    assert all(entry["who"] == "trilink rehearse" and entry["basis"] and entry["purpose"] for entry in entries)
    unit = trilink("ledger", "show", rehearsed / "parties" / "unit" / "profile.toml", "--event", "linked", "--json")
    assert json.loads(unit.stdout)[0]["facts"]["counts"]["candidate_pairs"] > 10


def no_link_run(entries: Content) -> None:
    entries[:] = [entry for entry in entries if entry["event"] != "linked"]


def fewer_asked(entries: Content) -> None:
    first = next(entry for entry in entries if entry["facts"].get("kind") == "regroup_request")
    first["facts"]["counts"] = {"postings": 1}


@pytest.mark.parametrize("lie", [no_link_run, fewer_asked])
def test_two_ledgers_expose_the_unit_that_rewrote_its_own(lie: object, rehearsed: Path, trilink: Trilink, tmp_path: Path) -> None:
    """The unit signs its new past with its own key, and it holds together; what it told mx does not fit any more."""
    profile = read_profile(rehearsed / "parties" / "unit" / "profile.toml", PartyProfile, "trilink/unit-profile/v1")
    lying = tmp_path / "unit.jsonl"
    lying.write_bytes(rewritten((rehearsed / "ledgers" / "unit.jsonl").read_bytes(), unlock(profile), lie))  # type: ignore[arg-type]
    assert trilink("ledger", "verify", lying, *against(rehearsed)).returncode == 0
    done = trilink("ledger", "compare", rehearsed / "ledgers" / "mx.jsonl", lying, *against(rehearsed))
    assert done.returncode == 1
    assert "unit: told mx of another entry" in done.stdout
    assert done.stderr == "trilink: 2 ledgers do not fit: unit\n"


def test_a_ledger_that_was_touched_is_found_and_stops_its_party(rehearsed: Path, trilink: Trilink, tmp_path: Path) -> None:
    touched = tmp_path / "mx.jsonl"
    touched.write_bytes((rehearsed / "ledgers" / "mx.jsonl").read_bytes().replace(b'"records":', b'"records":1', 1))
    done = trilink("ledger", "verify", touched, *against(rehearsed))
    assert done.returncode == 1 and "does not follow the entry before it" in done.stderr and done.stderr.count("\n") == 1
    party = tmp_path / "parties" / "mx"
    shutil.copytree(rehearsed / "parties" / "mx", party)
    said = (party / "profile.toml").read_text(encoding="utf-8").replace(str(rehearsed / "parties" / "mx"), str(party))
    (party / "profile.toml").write_text(said, encoding="utf-8")
    lines = (party / "home" / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (party / "home" / "ledger.jsonl").write_bytes(b"".join(lines[:-1]))
    done = trilink("ledger", "receipts", party / "profile.toml")
    assert done.returncode == 1 and "as ledger.head remembers it; it was cut or rewritten: restore it" in done.stderr


def test_one_row_is_opened_and_checked_against_the_receivers_ledger(rehearsed: Path, trilink: Trilink, tmp_path: Path) -> None:
    home = tmp_path / "mx"
    shutil.copytree(rehearsed / "parties" / "mx", home)
    said = (home / "profile.toml").read_text(encoding="utf-8").replace(str(rehearsed / "parties" / "mx"), str(home))
    (home / "profile.toml").write_text(said, encoding="utf-8")
    proof = tmp_path / "proof.json"
    about = ("--epoch", "rehearsal", "--entity", "suspect", "--record", "mx-canary-0", "--for", "unit", "--out", proof)
    done = trilink("owner", "prove-row", home / "profile.toml", *about)
    assert done.returncode == 0, done.stderr
    done = trilink("ledger", "check-row", proof, rehearsed / "ledgers" / "unit.jsonl", *against(rehearsed))
    assert done.returncode == 0 and "suspect mx-canary-0 of mx: case mx-case-0, bound by entry" in done.stdout
    proof.write_bytes(proof.read_bytes().replace(b"mx-case-0", b"mx-case-1"))
    done = trilink("ledger", "check-row", proof, rehearsed / "ledgers" / "unit.jsonl", *against(rehearsed))
    assert done.returncode == 1 and "record and case are not those that were committed to" in done.stderr


def test_a_profile_that_does_not_say_why_does_nothing(rehearsed: Path, trilink: Trilink, tmp_path: Path) -> None:
    said = (rehearsed / "parties" / "mx" / "profile.toml").read_text(encoding="utf-8")
    before, _, after = said.partition("[ledger]")
    silent = tmp_path / "profile.toml"
    silent.write_text(before + "[sources" + after.split("[sources", 1)[1], encoding="utf-8")
    done = trilink("owner", "encode", silent, "--epoch", "e", "--contributions", tmp_path, "--out", tmp_path)
    assert done.returncode == 1 and "ledger: missing; state who, legal_basis, purpose" in done.stderr and done.stderr.count("\n") == 1
