"""Recalls that the unit makes up or gets wrong: refused, or brought to light by the acknowledgement."""

from pathlib import Path

import pytest

from linkage.owner.recalled import acknowledge
from linkage.owner.withdrawal_status import take_acknowledgements
from linkage.owner.withdrawn import Wish
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.withdrawal import RECALL_PART, read_recall
from linkage.unit.recalling import recall_path
from tests.parties import EPOCH, Letter, Lie, Parties
from tests.small_world import people


def saying(old: bytes, new: bytes) -> Lie:
    """The recall with other words in it."""

    def lie(letter: Letter) -> None:
        letter.parts = {name: data.replace(old, new, 1) for name, data in letter.parts.items()}

    return lie


@pytest.fixture(scope="module")
def recalled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Parties, Path]:
    parties = Parties(tmp_path_factory.mktemp("recalled"), people())
    unit = parties.unit()
    unit.run()
    unit.forget(*parties.withdraw("mx", Wish("record", "mx-05")))
    return parties, recall_path(unit.out, EPOCH, "ca", 1)


RECALLS = [  # what the unit's recall lies about, words, other words in their place, what the refusal says
    ("a word too many", b'"own":"', b'"own":"0123456789abcdef0123456789abcdef","was":"', "not a recall: recalled.0.was"),
    ("another entity type", b'"entity":"suspect"', b'"entity":"vehicle"', "its entity type or other owner is not the one"),
    ("another owner", b'"other":"mx"', b'"other":"us"', "its entity type or other owner is not the one it can be about"),
    ("another number", b'"number":1', b'"number":2', "has another owner, epoch or number than its seal"),
    ("another reader", b'"owner":"ca"', b'"owner":"us"', "has another owner, epoch or number than its seal"),
    ("no recall", b'"recalled"', b'"recollected"', "not a recall: recalled"),
]


@pytest.mark.parametrize(("case", "old", "new", "says"), RECALLS, ids=[case[0] for case in RECALLS])
def test_a_lying_recall_is_refused(case: str, old: bytes, new: bytes, says: str, recalled: tuple[Parties, Path], tmp_path: Path) -> None:
    parties, notice = recalled
    with pytest.raises(InvalidPackage, match=says):
        acknowledge(parties.at_home("ca"), parties.lying(notice, saying(old, new), "recall", "ca"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_recall_about_a_record_that_we_do_not_have_is_refused(recalled: tuple[Parties, Path], tmp_path: Path) -> None:
    parties, notice = recalled
    own = read_recall(parties.letter(notice, "recall", "ca").parts[RECALL_PART], "recall").recalled[0].own.encode()
    with pytest.raises(InvalidPackage, match="row 1: is not about a suspect that we released in epoch 2026-11"):
        acknowledge(parties.at_home("ca"), parties.lying(notice, saying(own, b"0" * 32), "recall", "ca"), tmp_path / "out")


def test_an_acknowledgement_of_what_we_never_withdrew_is_refused(recalled: tuple[Parties, Path], tmp_path: Path) -> None:
    """A unit that invents a recall cannot keep its receivers' acknowledgements from the owner in whose name it speaks."""
    parties, notice = recalled
    invented = parties.lying(notice, saying(b'"withdrawal":1', b'"withdrawal":7'), "recall", "ca")
    acknowledge(parties.at_home("ca"), invented, tmp_path / "out")
    with pytest.raises(InvalidPackage, match="acknowledges withdrawal 7 of epoch 2026-11, which we never made; ask ca"):
        take_acknowledgements(parties.at_home("mx"), [tmp_path / "out" / f"acknowledgement.{EPOCH}.ca.mx.7.sealed"])
