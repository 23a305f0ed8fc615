"""Delivery carries sealed files to whom they are addressed, whole or not at all, and nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from linkage.protocol.delivery import Route, deliver
from linkage.protocol.errors import TrilinkError
from linkage.protocol.manifest import KINDS
from linkage.protocol.party_keys import new_party_keys
from linkage.protocol.sealing import Draft, seal

DRAFT = Draft("package", "a" * 64, "2026-11", {}, timedelta(days=1))
MX, CA, UNIT = (new_party_keys(name) for name in ("mx", "ca", "unit"))


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    seal(DRAFT, {"part": b"for the unit"}, UNIT.public(), MX, folder / "one.sealed")
    seal(DRAFT, {"part": b"for ca"}, CA.public(), MX, folder / "two.sealed")
    (folder / "notes.sealed").write_text("not sealed at all")
    (folder / "table.csv").write_text("name\nnobody\n")
    return folder


def test_only_what_is_sealed_to_the_recipient_travels(outbox: Path, tmp_path: Path) -> None:
    assert deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)["package"] == 1
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["one.sealed"]
    assert (tmp_path / "in" / "one.sealed").read_bytes() == (outbox / "one.sealed").read_bytes()


def test_kinds_that_nobody_asked_for_stay(outbox: Path, tmp_path: Path) -> None:
    assert deliver(Route(str(outbox), str(tmp_path / "in")), "unit", ("list",)) == {"list": 0}


def test_a_second_delivery_carries_nothing(outbox: Path, tmp_path: Path) -> None:
    deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)
    assert deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)["package"] == 0


def test_another_file_of_the_same_name_is_refused(outbox: Path, tmp_path: Path) -> None:
    deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)
    first = (tmp_path / "in" / "one.sealed").read_bytes()
    seal(DRAFT, {"part": b"something else"}, UNIT.public(), MX, outbox / "one.sealed")
    with pytest.raises(TrilinkError, match="has arrived before"):
        deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)
    assert (tmp_path / "in" / "one.sealed").read_bytes() == first


def test_what_a_killed_delivery_left_is_not_taken_for_a_file(outbox: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / ".one.sealed.unfinished").write_bytes(b"half")
    assert deliver(Route(str(outbox), str(tmp_path / "in")), "unit", KINDS)["package"] == 1
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["one.sealed"]


def test_any_folder_that_fsspec_reaches_will_do(outbox: Path, tmp_path: Path) -> None:
    assert deliver(Route(str(outbox), "memory://post"), "ca", KINDS)["package"] == 1
    assert deliver(Route("memory://post", str(tmp_path / "in")), "ca", KINDS)["package"] == 1
    assert (tmp_path / "in" / "two.sealed").read_bytes() == (outbox / "two.sealed").read_bytes()
