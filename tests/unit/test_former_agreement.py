"""Keys were rotated, or rules agreed anew: what was released before is withdrawn, recalled and shown all the same."""

import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from linkage.owner.answered import Answered
from linkage.owner.committed_rows import prove_row
from linkage.owner.crosswalk import crosswalk_draft, crosswalk_path, made_under
from linkage.owner.home_seal import open_at_home
from linkage.owner.recalled import acknowledge, acknowledgement_path
from linkage.owner.resolution import JSON_FILE, resolve_list
from linkage.owner.withdrawal_status import status, take_acknowledgements
from linkage.owner.withdrawn import Wish
from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.kept_agreement import FILE, adopt, keep_agreement
from linkage.protocol.ledger import noting
from linkage.protocol.row_proofs import read_proof
from linkage.protocol.sealing import Expectation, seal
from linkage.protocol.withdrawal import RECALL_PART, read_recall
from linkage.unit.issuing import list_path
from linkage.unit.recalling import recall_path
from linkage.unit.state import begun_under
from tests.parties import EPOCH, NOW, UNIT, Parties
from tests.small_world import HOLDS, people, shared

EVERYONE = shared("ca", "mx") | shared("ca", "us") | shared("mx", "us")
OTHER_RULES = {
    "decision": {"bands": {"one": 0.98, "two": 0.6}, "release": "two"},
    "exchange": {"caution": "Other words.", "message_days": 20, "list_days": 60},
}
RENEWED: list[tuple[tuple[str, ...], dict[str, Any]]] = [  # whose keys are new, rules that are
    (("us",), {}),
    (("mx",), {}),
    ((UNIT,), {}),
    (("ca", "mx", "us", UNIT), OTHER_RULES),
]


@pytest.mark.parametrize(("whose", "rules"), RENEWED)
def test_a_withdrawal_goes_its_whole_way(whose: tuple[str, ...], rules: dict[str, Any], tmp_path: Path) -> None:
    parties = Parties(tmp_path, people())
    parties.unit().run()
    for owner in HOLDS:
        resolve_list(parties.at_home(owner), list_path(parties.unit().out, EPOCH, owner), tmp_path / "lists" / owner)
    parties.rotate(*whose, changes=rules)
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-05"))
    unit = parties.unit(former=True)
    assert parties.links(unit.forget(withdrawal)) == {link for link in EVERYONE if "mx-05" not in link}
    # recalled, acknowledged
    counts = {}
    for owner in HOLDS:
        notice = recall_path(unit.out, EPOCH, owner, 1)
        counts[owner] = acknowledge(parties.at_home(owner), notice, tmp_path / "out", [tmp_path / "lists" / owner])
        if owner != "mx":
            recall = read_recall(parties.letter(notice, "recall", owner).parts[RECALL_PART], "recall")
            take_acknowledgements(parties.at_home("mx"), [acknowledgement_path(tmp_path / "out", recall)])
    assert {owner: count["lists_deleted"] for owner, count in counts.items()} == {"ca": 1, "mx": 1, "us": 1}
    assert status(parties.at_home("mx").profile.home)[f"{EPOCH} 1"]["acknowledged"] == {"ca": 1, "us": 1}
    # the epoch's next lists, by the rules that it was begun under
    for owner in HOLDS:
        resolve_list(parties.at_home(owner), list_path(unit.out, EPOCH, owner, 2), tmp_path / "lists" / owner)
        document = json.loads((tmp_path / "lists" / owner / JSON_FILE).read_text(encoding="utf-8"))
        assert {link["band"] for link in document["links"]} <= {"A", "B", "C"}


def test_a_row_is_proven_with_later_keys(tmp_path: Path) -> None:
    parties = Parties(tmp_path, people())
    with noting(parties.at_home("mx").ledger):
        parties.package("mx")
    parties.rotate("mx", changes=OTHER_RULES)
    owner = parties.at_home("mx")
    prove_row(owner.profile, owner.ledger, (EPOCH, "suspect"), ("mx-05", None), tmp_path / "proof.json", NOW)
    assert read_proof(tmp_path / "proof.json").row.record_id == "mx-05"


def test_notes_of_what_was_asked_open_with_later_keys(tmp_path: Path) -> None:
    parties = Parties(tmp_path, people())
    parties.unit().run()
    before = sorted(Answered(parties.at_home("mx"), EPOCH).named("suspect"))
    parties.rotate("mx")
    assert sorted(Answered(parties.at_home("mx"), EPOCH).named("suspect")) == before != []


def test_nothing_is_linked_in_an_epoch_of_a_former_agreement(tmp_path: Path) -> None:
    """At home as at the unit: keys of the epoch are bound to its agreement."""
    parties = Parties(tmp_path, people())
    parties.unit().run()
    package = parties.package("mx")
    parties.rotate("mx")
    with pytest.raises(TrilinkError, match="another agreement; take a new folder"):
        parties.unit()
    with pytest.raises(InvalidPackage, match="made under the agreement"):
        parties.unit(former=True).take_in(package)
    package.unlink()
    with pytest.raises(TrilinkError, match=f"epoch {EPOCH}: was begun under the agreement .* take another epoch"):
        parties.package("mx")


def test_an_agreement_that_is_not_the_epoch_s_opens_nothing(tmp_path: Path) -> None:
    """What is kept is believed as far as the seals of the epoch name it."""
    parties = Parties(tmp_path, people())
    parties.unit().run()
    parties.rotate("mx", changes=OTHER_RULES)
    for path in tmp_path.rglob(FILE):
        kept = json.loads(path.read_bytes())
        kept["title"] = "Another"
        path.write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(TrilinkError, match=r"0 messages were sealed.*made under the agreement"):
        parties.withdraw("mx", Wish("record", "mx-05"))
    with pytest.raises(TrilinkError, match="another agreement"):
        parties.unit(former=True)


def test_a_home_from_before_there_were_home_keys_is_read(tmp_path: Path) -> None:
    """Its crosswalks are sealed to the party's own keys."""
    parties = Parties(tmp_path, people())
    parties.unit().run()
    owner, by = parties.at_home("mx"), parties.keys["mx"]
    path = crosswalk_path(owner.profile.home, EPOCH, "suspect")
    with open_at_home(path, by, Expectation("crosswalk", parties.agreement.fingerprint, EPOCH, NOW)) as message:
        parts = message.read_parts()
    seal(crosswalk_draft(parties.agreement, EPOCH, "suspect", "mx"), parts, by.public(), by, path)
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-05"))
    assert len(parties.letter(withdrawal, "withdrawal").parts) == 2


def test_an_epoch_that_cannot_be_opened_holds_up_no_other(tmp_path: Path) -> None:
    """A crosswalk of an earlier epoch is damaged: the message of this one is sealed all the same, once, and the other epoch is named."""
    parties = Parties(tmp_path, people())
    parties.unit().run()
    home = parties.at_home("mx").profile.home
    shutil.copytree(home / "epochs" / EPOCH, home / "epochs" / "2026-01")
    damaged = crosswalk_path(home, "2026-01", "suspect")
    damaged.write_bytes(damaged.read_bytes()[:-20])
    for messages in (1, 0):
        with pytest.raises(TrilinkError, match=rf"{messages} messages were sealed, but .* epoch 2026-01 .*: put the file back"):
            parties.withdraw("mx", Wish("record", "mx-05"))
    (sealed,) = (tmp_path / "withdrawals").glob("*.sealed")
    assert parties.links(parties.unit(former=True).forget(sealed)) == {link for link in EVERYONE if "mx-05" not in link}


def test_epochs_of_an_earlier_release_are_given_their_agreement(tmp_path: Path) -> None:
    """They keep none, and rules and keys are others by now: both sides say what to do; then the withdrawal goes its whole way."""
    parties = Parties(tmp_path, people())
    parties.unit().run()
    for path in tmp_path.rglob(FILE):
        path.unlink()
    former = parties.agreement
    parties.rotate("mx", changes=OTHER_RULES)
    says = "keeps no agreement, for an earlier release began it; give it .*`trilink keys keep-agreement PROFILE AGREEMENT`"
    with pytest.raises(TrilinkError, match=rf"epoch {EPOCH} \({says}\)"):
        parties.withdraw("mx", Wish("record", "mx-05"))
    with pytest.raises(TrilinkError, match=f"epoch {EPOCH}: {says}"):
        parties.unit(former=True)

    home, by = parties.at_home("mx").profile.home, parties.keys["mx"]
    for agreement, said in ((parties.agreement, "was not begun under it"), (former, "keeps it now"), (former, "keeps one already")):
        assert adopt(home, agreement, partial(made_under, agreement, by=by, now=NOW)) == {EPOCH: said}
    begun = parties.folder / "unit" / "run"
    assert [begun_under(agreement, begun) for agreement in (parties.agreement, former)] == [False, True]
    keep_agreement(begun, former)
    (withdrawal,) = parties.withdraw("mx", Wish("record", "mx-06"))  # mx-05 was noted before, and goes along
    gone = {"mx-05", "mx-06"}
    assert parties.links(parties.unit(former=True).forget(withdrawal)) == {link for link in EVERYONE if gone.isdisjoint(link)}
