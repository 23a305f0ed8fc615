"""The received-ledger: a rerun continues, a replay and a second message are refused, a power cut loses nothing."""

import os
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest

from linkage.protocol.errors import InvalidPackage, TrilinkError
from linkage.protocol.ledger import Received
from linkage.protocol.manifest import Manifest
from tests.vectors.make_sealing import honest_manifest

FIRST = honest_manifest()


def other(nonce: str = "f" * 32, **changes: object) -> Manifest:
    return replace(FIRST, nonce=nonce, **changes)  # type: ignore[arg-type]


@pytest.fixture
def ledger(tmp_path: Path) -> Received:
    received = Received(tmp_path / "received.jsonl")
    assert received.record(FIRST, "run-1") is True
    return received


def test_the_same_run_continues(ledger: Received, tmp_path: Path) -> None:
    before = (tmp_path / "received.jsonl").read_bytes()
    assert ledger.record(FIRST, "run-1") is False
    assert (tmp_path / "received.jsonl").read_bytes() == before


def test_another_run_is_a_replay(ledger: Received, tmp_path: Path) -> None:
    for again in (ledger, Received(tmp_path / "received.jsonl")):
        with pytest.raises(InvalidPackage, match=r"replayed, received\.jsonl has it from run run-1"):
            again.record(FIRST, "run-2")


SECOND_MESSAGES = [  # what differs from the first, accepted?
    ("another epoch", {"epoch": "2026-12"}, True),
    ("another sender", {"sender": "ca"}, True),
    ("another kind", {"kind": "regroup_answer"}, True),
    ("another entity", {"body": {"entity": "firearm"}}, True),
    ("no entity", {"body": {}}, True),
    ("same epoch, kind, entity", {}, False),
    ("same with other counts", {"body": {"entity": "suspect", "records": 99}}, False),
]


@pytest.mark.parametrize(("name", "changes", "accepted"), SECOND_MESSAGES, ids=[case[0] for case in SECOND_MESSAGES])
def test_a_second_message(ledger: Received, name: str, changes: dict[str, object], accepted: bool) -> None:
    if accepted:
        assert ledger.record(other(**changes), "run-1") is True  # type: ignore[arg-type]
        return
    for run in ("run-1", "run-2"):
        with pytest.raises(InvalidPackage, match="about suspect: in epoch 2026-11 it already sent another one"):
            ledger.record(other(**changes), run)  # type: ignore[arg-type]


def test_another_message_under_a_known_id(ledger: Received) -> None:
    with pytest.raises(InvalidPackage, match="another message under this id"):
        ledger.record(other(FIRST.nonce, epoch="2026-12"), "run-1")


@pytest.mark.parametrize("torn", [b'{"entity":"suspect","epo', b"\0" * 100, b'{"format":"trilink'])
def test_a_line_torn_by_a_power_cut_is_overwritten(ledger: Received, tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "received.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert ledger.record(FIRST, "run-1") is False
    assert path.read_bytes() == whole
    path.write_bytes(whole + torn)
    assert ledger.record(other(epoch="2026-12"), "run-2") is True
    assert path.read_bytes().startswith(whole)
    assert path.read_bytes().count(b"\n") == 3


def test_a_first_line_torn_by_a_power_cut(tmp_path: Path) -> None:
    path = tmp_path / "received.jsonl"
    path.write_bytes(b'{"format":"tri')
    assert Received(path).record(FIRST, "run-1") is True
    assert Received(path).record(FIRST, "run-1") is False


DAMAGED = [(b"{}\n", "not a received-ledger"), (b'{"format":"trilink/received/v1"}\nrubbish\n', "line 2: damaged")]


@pytest.mark.parametrize(("content", "says"), DAMAGED)
def test_a_damaged_ledger_stops_the_work(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "received.jsonl"
    path.write_bytes(content)
    with pytest.raises(TrilinkError, match=says):
        Received(path).record(FIRST, "run-1")
    assert path.read_bytes() == content


def _record_many(path: Path, start: int) -> None:
    for number in range(start, start + 20):
        Received(path).record(other(f"{number:032x}", epoch=f"e{number}"), "run-1")


def test_two_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "received.jsonl"
    processes = [get_context("spawn").Process(target=_record_many, args=(path, start)) for start in (0, 100)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert path.read_bytes().count(b"\n") == 41
    assert os.stat(path).st_mode & 0o777 == 0o600
