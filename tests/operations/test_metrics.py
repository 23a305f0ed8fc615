"""Counts for Prometheus and lines of the log: in the format that machines read, and never a value."""

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from flows._logs import Log
from flows._metrics import metrics_text, write_metrics
from flows.watch.due import Due
from flows.watch.notes import Notes
from linkage.protocol.party_profile import KeyFiles, PartyProfile
from tests.ledger_parties import Correspondents

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAMPLE = re.compile(r'[a-z_]+\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\} -?[0-9.e+]+')


def profile_of(home: Path) -> PartyProfile:
    return PartyProfile(format="trilink/owner-profile/v1", party="mx", agreement=home, home=home, keys=KeyFiles(private=home))


def test_counts_of_a_ledger(tmp_path: Path) -> None:
    parties = Correspondents(tmp_path)
    for number in (1, 2):
        parties.send("regroup_request", "joint-team", "mx", {"number": number})
    parties.send("regroup_answer", "mx", "joint-team", {"number": 1})
    Notes(tmp_path / "mx").note(Due("encode 2026-11", (), lambda _: {}), None, "no room left there", NOW)
    text = metrics_text(profile_of(tmp_path / "mx"), NOW)
    lines = text.splitlines()
    assert all(line.startswith("# ") or SAMPLE.fullmatch(line) for line in lines)
    assert 'trilink_messages_sealed_total{party="mx",kind="regroup_answer"} 1' in lines
    assert 'trilink_steps_failing{party="mx",step="encode"} 1' in lines
    assert "no room" not in text and "2026-11" not in text
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) and names


def test_a_party_without_a_ledger(tmp_path: Path) -> None:
    write_metrics(profile_of(tmp_path / "home"), tmp_path / "metrics" / "trilink.prom", NOW)
    text = (tmp_path / "metrics" / "trilink.prom").read_text(encoding="utf-8")
    assert 'trilink_metrics_timestamp_seconds{party="mx"} 1795521600' in text and not (tmp_path / "home").exists()


def test_lines_of_the_log() -> None:
    for style in ("json", "text"):
        stream = io.StringIO()
        log = Log(style, "mx", stream)
        log.say(NOW, "link 2026-11", "done", "all\nwell", {"postings": {"suspect mx": 1204}, "named": "Guadalupe"})
        log.say(NOW, "station", "down")
        first, second = stream.getvalue().splitlines()
        assert "Guadalupe" not in first and "2026-11-24T12:00:00+00:00" in second
    line = io.StringIO()
    Log("json", "mx", line).say(NOW, "link", "done", counts={"a": {"b": 2}})
    assert json.loads(line.getvalue()) == {
        "at": "2026-11-24T12:00:00+00:00", "party": "mx", "event": "link", "state": "done", "said": "", "counts": {"a: b": 2},
    }  # fmt: skip
