"""Counts of one party for Prometheus, as a text file for node_exporter's textfile collector.

Everything comes from the ledger, from the watcher's notes and from the file system: counts, times, free bytes. No label holds more than a
word of the agreement (party, entity type) or of ours (event, kind, step).
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from flows.watch.notes import Notes
from linkage.protocol.atomic_files import written_whole
from linkage.protocol.ledger import FILE
from linkage.protocol.ledger_entries import Entry
from linkage.protocol.ledger_verification import read_ledger
from linkage.protocol.party_profile import PartyProfile, ledger_home

Labels = tuple[tuple[str, str], ...]


class Metric(NamedTuple):
    """A family of Prometheus samples."""

    name: str
    kind: str
    says: str
    samples: dict[Labels, float]


def write_metrics(profile: PartyProfile, path: Path, now: datetime) -> None:
    """The party's counts, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as file:
        file.write(metrics_text(profile, now).encode())


def metrics_text(profile: PartyProfile, now: datetime) -> str:
    """In the text exposition format, families and samples in order."""
    lines = []
    for metric in (*_of_ledger(profile), *_of_watcher(profile), *_of_disk(profile, now)):
        lines += [f"# HELP {metric.name} {metric.says}", f"# TYPE {metric.name} {metric.kind}"]
        for labels, value in sorted(metric.samples.items()):
            named = ",".join(f'{name}="{_escaped(text)}"' for name, text in (("party", profile.party), *labels))
            lines.append(f"{metric.name}{{{named}}} {value:.15g}")
    return "\n".join(lines) + "\n"


def _of_ledger(profile: PartyProfile) -> Iterator[Metric]:
    path = ledger_home(profile) / FILE
    entries = read_ledger(path).entries if path.exists() else []
    yield Metric("trilink_ledger_entries_total", "counter", "Entries of the ledger by event.", _counted(entries, "event"))
    for event, said in (("sealed", "Messages sealed"), ("received", "Messages taken in"), ("refused", "Messages refused")):
        of_event = [one for one in entries if one.event == event]
        yield Metric(f"trilink_messages_{event}_total", "counter", f"{said}, by kind.", _counted(of_event, "kind"))
    receipts = len({one.facts["manifest"] for one in entries if one.event == "receipt_taken"})
    yield Metric("trilink_receipts_taken_total", "counter", "Messages of ours that their receivers signed for.", {(): receipts})
    last = {event: _seconds(one.at) for one in entries if (event := one.event)}
    samples: dict[Labels, float] = {(("event", event),): at for event, at in last.items()}
    yield Metric("trilink_last_event_timestamp_seconds", "gauge", "When each event was last noted.", samples)


def _counted(entries: list[Entry], label: str) -> dict[Labels, float]:
    words = Counter(one.event if label == "event" else str(one.facts["kind"]) for one in entries if one.event)
    return {((label, word),): count for word, count in words.items()}


def _of_watcher(profile: PartyProfile) -> Iterator[Metric]:
    steps = Notes(profile.home).steps
    failing: Counter[str] = Counter(name.split()[0] for name, step in steps.items() if step.get("why"))
    every = {name.split()[0] for name in steps}
    yield Metric(
        "trilink_steps_failing", "gauge", "Steps whose last attempt failed and that wait to be tried again.",
        {(("step", word),): failing[word] for word in every},
    )  # fmt: skip


def _of_disk(profile: PartyProfile, now: datetime) -> Iterator[Metric]:
    there = next(folder for folder in (profile.home, *profile.home.absolute().parents) if folder.exists())
    yield Metric("trilink_home_free_bytes", "gauge", "Free bytes on the disk of the party's home.", {(): shutil.disk_usage(there).free})
    yield Metric("trilink_metrics_timestamp_seconds", "gauge", "When these figures were made.", {(): now.timestamp()})


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
