"""The desk's scheduled exchange: under an agreement in force, with its own boxes, and other parties' files left alone."""

from pathlib import Path

import pytest

from flows.desk import exchange
from linkage.lab.parties import make_parties
from linkage.protocol.errors import InvalidAgreement, InvalidProfile

ROOT = Path(__file__).resolve().parents[2]
PROFILE = """
format = "trilink/desk-profile/v1"
party = "mx"
agreement = "../../agreement.toml"
home = "desk"
keys = { private = "private.json", passphrase_file = "passphrase" }
ledger = { home = "home", who = "desk", legal_basis = "the agreement, art. 6", purpose = "a test", receipts = "desk-out" }
"""
BOXES = 'exchange = { inbox = "desk-in", outbox = "desk-out" }\n'


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    make_parties(tmp_path, ROOT / "configs" / "agreement.toml", ["mx", "us"], seed=None)
    path = tmp_path / "parties" / "mx" / "desk.toml"
    path.write_text(PROFILE + BOXES, encoding="utf-8")
    return path


def test_nothing_waits_and_nothing_came(desk: Path) -> None:
    (desk.parent / "desk-in").mkdir()
    (desk.parent / "desk-in" / "list.2026-11.mx.1.sealed").write_bytes(b"not for the desk, and no sealed file")
    for _ in range(2):
        assert exchange.fn(desk) == {"sealed": 0, "new": 0, "known": 0, "refused": 0}
    assert (desk.parent / "desk-out").is_dir()


def test_it_needs_boxes_and_a_signed_agreement(desk: Path) -> None:
    desk.write_text(PROFILE, encoding="utf-8")
    with pytest.raises(InvalidProfile, match="exchange: missing"):
        exchange.fn(desk)
    desk.write_text(PROFILE + BOXES, encoding="utf-8")
    (desk.parents[2] / "agreement.us.signature.json").unlink()
    with pytest.raises(InvalidAgreement, match="not signed by us"):
        exchange.fn(desk)
