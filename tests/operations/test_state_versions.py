"""What a party keeps at home states its format, and a release that does not know it says so instead of guessing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tomlkit

from flows.watch.notes import Notes
from linkage.desk.case_list import _read as read_resolved
from linkage.owner.epoch_dates import known_epochs
from linkage.owner.release_report import last_release
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import read_agreement
from linkage.protocol.errors import TrilinkError
from linkage.protocol.key_files import fingerprint_of
from linkage.protocol.ledger_verification import read_ledger, verify
from linkage.protocol.linked_cases import read_list
from linkage.protocol.party_profile import read_party
from linkage.unit.history import _all_facts
from linkage.unit.state import RunState
from tests.ledger_parties import UNIT, Correspondents

ROOT = Path(__file__).resolve().parents[2]
AGREED: Any = SimpleNamespace(fingerprint="f" * 64, model_dump=lambda mode: {})
RUN = {"agreement": "f" * 64, "epoch": "2026-11", "run": "ab" * 16}


def _epoch(home: Path) -> RunState:
    return RunState(home / "2026-11", AGREED, "2026-11")


HISTORY = {"epoch": "2026-10", "run": "cd" * 16, "sequence": 1, "since": None}
PROFILE = {"party": "mx", "agreement": "agreement.toml", "home": "home", "keys": {"private": "mx.private.json"}}
DATES = {"starts": "2026-11-01", "ends": "2026-11-30"}
WISH = {"what": "record", "entity": "suspect", "id": "A-1", "reason": "r", "when": "w"}

REFUSED: list[tuple[str, str, dict[str, Any], Callable[[Path], object]]] = [  # file at home, format today, the rest, what reads it
    ("2026-11/run.json", "trilink/run/v1", RUN, _epoch),
    ("2026-10/history/history.json", "trilink/history/v1", HISTORY, lambda home: _all_facts(_epoch(home))),
    ("epochs/2026-11/dates.json", "trilink/epoch-dates/v1", DATES, known_epochs),
    ("withdrawn.jsonl", "trilink/withdrawn/v1", WISH, withdrawn_records),
    ("mx.private.json", "trilink/party-keys/v1", {}, lambda home: fingerprint_of(home / "mx.private.json")),
    ("mx.toml", "trilink/owner-profile/v1", PROFILE, lambda home: read_party(home / "mx.toml")),
    ("agreement.toml", "trilink/agreement/v1", {}, lambda home: read_agreement(home / "agreement.toml")),
    ("list.json", "trilink/linked-cases/v1", {}, lambda home: read_list((home / "list.json").read_bytes(), "list.json")),
    ("resolved.json", "trilink/resolved-cases/v1", {}, lambda home: read_resolved(home / "resolved.json")),
]  # fmt: skip
STATED_LATER = ("run.json", "dates.json")  # notes from before their formats were stated are read


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = tomlkit.dumps(document) if path.suffix == ".toml" else json.dumps(document)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


@pytest.mark.parametrize(("name", "form", "rest", "read"), REFUSED, ids=[one[0] for one in REFUSED])
def test_another_release_s_notes_are_refused(
    name: str, form: str, rest: dict[str, Any], read: Callable[[Path], object], tmp_path: Path
) -> None:
    _write(tmp_path / name, {"format": re.sub("v[0-9]+$", "v9", form)} | rest)
    with pytest.raises(TrilinkError, match=r"format|v9|damaged"):
        read(tmp_path)
    _write(tmp_path / name, {"format": form} | rest)
    if rest:  # positive control: the same note of today's format is read
        read(tmp_path)


@pytest.mark.parametrize(("name", "form", "rest", "read"), [one for one in REFUSED if one[0].endswith(STATED_LATER)])
def test_notes_from_before_formats_were_stated_are_read(
    name: str, form: str, rest: dict[str, Any], read: Callable[[Path], object], tmp_path: Path
) -> None:
    _write(tmp_path / name, rest)
    read(tmp_path)


def test_a_ledger_of_another_format_is_not_whole(tmp_path: Path) -> None:
    """Its first entry states the format; the entry is changed, and the ledger chained and signed anew by its own party."""
    world = Correspondents(tmp_path)
    world.ledger(UNIT).note("linked", {"epoch": "2026-11", "run": "ab" * 16, "counts": {}}, world.now)
    verify(read_ledger(tmp_path / UNIT / "ledger.jsonl"), world.public)
    world.rewrite(UNIT, lambda content: content[0]["facts"].update(format="trilink/ledger/v9"))
    with pytest.raises(TrilinkError, match="begun"):
        verify(read_ledger(tmp_path / UNIT / "ledger.jsonl"), world.public)


def test_what_can_be_lost_is_begun_anew(tmp_path: Path) -> None:
    """Notes of the watcher are no state: a step may be done again. An older release report is only not compared with."""
    _write(tmp_path / "watch.json", {"format": "trilink/watch/v9", "steps": {"encode": {"done": []}}})
    assert Notes(tmp_path).steps == {}
    _write(tmp_path / "epochs" / "2026-10" / "release.suspect.json", {"format": "trilink/release-report/v1"})
    assert last_release(tmp_path, "2026-11", "suspect") is None
