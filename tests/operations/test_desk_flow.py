"""The desk's scheduled exchange: under an agreement in force, with its own boxes, and other parties' files left alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows._metrics import metrics_text
from flows._tasks import without_heartbeat
from flows.desk import exchange
from flows.watch.watcher import watch_round
from linkage.desk.accounts import User, add_user
from linkage.desk.desk import Desk
from linkage.desk.disclosure import Speaking, ask
from linkage.desk.profile import read_desk_profile
from linkage.desk.store import open_store, users
from linkage.lab.parties import make_parties
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import InvalidAgreement, InvalidProfile
from tests.conftest import Trilink
from tests.desk.made_desk import PASSWORD

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


def _asked(profile: Path, link: str) -> None:
    """A question that waits, as the pages leave it: wrapped for ourselves."""
    desk = Desk(open_store(read_desk_profile(profile).store()), read_agreement(profile.parents[2] / "agreement.toml"), "mx")
    with desk.store.change() as connection:
        if connection.scalar(sa.select(users.c.id)) is None:
            add_user(connection, "dora", PASSWORD, "data_controller", "en")
        speaking = Speaking(connection, User(1, "dora", "data_controller", "en"), desk.agreement, "mx", desk.clock())
        about = {"link_id": link, "entity": "firearm", "owner": "us", "epoch": "2026-11"}
        ask(speaking, about, {"purpose": "tracing", "legal_basis": "art. 6", "urgency": "routine"})


@pytest.mark.e2e
def test_the_watcher_seals_what_waits_and_leaves_it_at_the_other_desk(desk: Path, trilink: Trilink) -> None:
    """`trilink up` of a desk, round by round; the flows run on the tests' own server."""
    desk.write_text(PROFILE + BOXES.replace(" }", ', send = { us = "post" } }'), encoding="utf-8")
    (desk.parent / "desk").mkdir(mode=0o700)
    _asked(desk, "1" * 32)
    with temporary_settings({PREFECT_API_URL: trilink.environment["PREFECT_API_URL"]}), without_heartbeat():
        outcomes = watch_round(desk, datetime.now(UTC))
        assert [(one.what, one.state) for one in outcomes] == [("seal disclosures", "done"), ("leave for us", "carried")], outcomes
        assert [path.name.split(".")[0] for path in (desk.parent / "post").glob("*.sealed")] == ["disclosure"]
        assert watch_round(desk, datetime.now(UTC)) == []
        _asked(desk, "2" * 32)
        assert [one.what for one in watch_round(desk, datetime.now(UTC))] == ["seal disclosures", "leave for us"], "it is no step done once"
    assert 'trilink_ledger_entries_total{party="mx",event="disclosure_sent"} 2' in metrics_text(read_desk_profile(desk), datetime.now(UTC))
