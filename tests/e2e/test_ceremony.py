"""docs/how-to-ceremony.md as it is typed: keys, signatures, an epoch's key, new, stolen and lost keys, two people at the unit."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.protocol.agreement import read_agreement
from linkage.protocol.pinned_keys import public_keys_of
from linkage.protocol.public_keys import load_public
from tests.conftest import Trilink
from tests.e2e.typed_page import Shell, blocks_of, shell

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
TYPED = blocks_of(ROOT / "docs" / "how-to-ceremony.md")
OWNERS = ("mx", "ca", "us")
PROFILE = """
format = "trilink/{role}-profile/v1"
party = "{party}"
agreement = "agreement.toml"
home = "home"
keys = {{ private = "{party}.private.json", passphrase_file = "passphrase" }}
ledger = {{ who = "keeper of keys", legal_basis = "the agreement, art. 4", purpose = "practice", receipts = "outbox" }}
"""
SOURCE = '[sources.suspect]\npath = "suspect.csv"\n'
ROWS = "".join(f"{number},Ana{number},19{50 + number % 50}-01-0{1 + number % 9}\n" for number in range(40))
ENCODE = "trilink owner encode mx/profile.toml --epoch 2026-11 --contributions mx/inbox --out mx/outbox"


@pytest.fixture(scope="module")
def typed(trilink: Trilink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with shell(tmp_path_factory.mktemp("s"), trilink.environment) as ready:
        yield ready


@pytest.fixture(scope="module")
def begun(typed: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four folders with profiles and tables; steps 1 to 3 done."""
    base = tmp_path_factory.mktemp("practice")
    shutil.copy(ROOT / "configs" / "agreement.toml", base / "template.toml")
    for party in (*OWNERS, "joint-team"):
        for box in ("inbox", "outbox"):
            (base / party / box).mkdir(parents=True)
        owner = party in OWNERS
        (base / party / "profile.toml").write_text(
            PROFILE.format(role="owner" if owner else "unit", party=party) + (SOURCE if owner else "")
        )
        if owner:
            (base / party / "suspect.csv").write_text("record_id,given_names,date_of_birth\n" + ROWS)
    told = typed(TYPED[1], base)
    mx = load_public(base / "mx" / "mx.public.toml")
    assert told.count("keep this at home") == 4 and f"mx  {mx.fingerprint()}" in told and ", " in told.splitlines()[-1]
    signed = typed(TYPED[2], base)
    assert signed.count("signed 20") == 4 and "not signed" not in signed
    ready = typed(TYPED[3], base)
    assert ready.count("Ready: every contribution is in and opens its commitment.") == 3
    assert len({line for line in ready.splitlines() if line.startswith("key check value")}) == 1
    return base


@pytest.fixture
def practice(begun: Path, tmp_path: Path) -> Path:
    """The four folders as they are after step 3, for one test."""
    shutil.copytree(begun, tmp_path / "p")
    return tmp_path / "p"


ADOPT = """
for party in mx ca us joint-team; do cp {agreement} $party/agreement.toml; done
for party in mx ca us joint-team; do trilink keys sign-agreement $party/profile.toml; done
for from in mx ca us joint-team; do
  for to in mx ca us joint-team; do
    [ $from = $to ] || cp $from/agreement.$from.signature.json $to/
  done
done
trilink keys verify-agreement us/agreement.toml
"""


def test_nothing_is_encoded_before_all_have_signed(typed: Shell, practice: Path) -> None:
    (practice / "mx" / "agreement.ca.signature.json").unlink()
    said = typed(ENCODE, practice, fails=True)
    assert said.startswith("trilink: agreement.toml is not signed by ca (") and said.count("\n") == 1
    assert "not signed by ca" in typed("trilink keys verify-agreement mx/agreement.toml", practice, fails=True)
    shutil.copy(practice / "us" / "agreement.ca.signature.json", practice / "mx")
    assert "encoded" in typed(ENCODE, practice)


def test_new_keys_and_a_new_epoch(typed: Shell, practice: Path) -> None:
    """Step 5, then all sign; what was made under the old agreement is refused in one line, and a new epoch is made (step 4)."""
    typed(ENCODE, practice)
    typed(TYPED[5], practice)
    new = load_public(practice / "mx" / "new" / "mx.public.toml")
    assert public_keys_of(read_agreement(practice / "agreement-2.toml"), "mx") == new
    said = typed("trilink keys sign-agreement mx/profile.toml", practice, fails=True)
    assert "signed with another key so far; take the keys that `trilink keys rotate` made" in said
    typed("mkdir mx/old; mv mx/mx.private.json mx/old/; cp mx/new/mx.private.json mx/; mv mx/passphrase-2 mx/passphrase", practice)
    assert "not signed" not in typed(ADOPT.format(agreement="agreement-2.toml"), practice)
    noted = typed("trilink ledger show mx/profile.toml", practice)
    assert [noted.count(event) for event in ("key_enrolled", "key_rotated", "agreement_signed")] == [4, 1, 2]
    said = typed(ENCODE.replace("--out mx/outbox", "--out mx/again"), practice, fails=True)
    assert said.count("\n") == 1 and "sealed to the key" in said
    link = "trilink unit link joint-team/profile.toml mx/outbox/package.2026-11.mx.suspect.sealed --epoch 2026-11 --out joint-team/outbox"
    said = typed(link, practice, fails=True)
    assert said.count("\n") == 1 and "not signed by mx with the key" in said


def test_stolen_keys_stop_every_flow(typed: Shell, practice: Path) -> None:
    said = typed(TYPED[6], practice)
    assert "counts from now on" in said and "of ca, which are revoked (stolen, says ca): enrol its new ones" in said
    refused = typed(ENCODE, practice, fails=True)
    assert refused.count("\n") == 1 and "are revoked (stolen, says ca)" in refused


def test_lost_keys_are_replaced_by_all_others(typed: Shell, practice: Path) -> None:
    said = typed(TYPED[7], practice)
    assert "counts when ca, joint-team say so too" in said
    new = load_public(practice / "us" / "new" / "us.public.toml")
    assert public_keys_of(read_agreement(practice / "agreement-3.toml"), "us") == new
    typed("mv us/us.private.json us/lost; cp us/new/us.private.json us/; cp agreement-3.toml us/agreement.toml", practice)
    assert "signed with another key so far" in typed("trilink keys sign-agreement us/profile.toml", practice, fails=True)
    typed("trilink keys sign-agreement us/profile.toml --former-revoked", practice)
    assert "not signed" not in typed(ADOPT.format(agreement="agreement-3.toml"), practice)
    noted = typed("trilink ledger verify us/profile.toml --agreement agreement-3.toml; trilink ledger show us/profile.toml", practice)
    assert "key_replaced" in noted and "key_revoked" in typed("trilink ledger show mx/profile.toml", practice)


def test_two_people_open_the_keys_of_the_unit(typed: Shell, practice: Path) -> None:
    assert "2 of 3 open joint-team.private.json from now on" in typed(TYPED[8], practice)
    sign = "trilink keys sign-agreement joint-team/profile.toml"
    assert typed(sign, practice, fails=True).endswith("0 of 2 different shares: 2 more needed\n")
    profile = practice / "joint-team" / "profile.toml"
    for numbers in ("1", "13"):
        shares = ", ".join(f'"shares/joint-team.share-{number}-of-3.txt"' for number in numbers)
        text = PROFILE.format(role="unit", party="joint-team").replace('passphrase_file = "passphrase"', f"shares = [{shares}]")
        profile.write_text(text)
        said = typed(sign, practice, fails=len(numbers) < 2)
    assert "agreement.joint-team.signature.json" in said
