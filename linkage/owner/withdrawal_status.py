"""What became of our withdrawals: an append-only file at home, and who has acknowledged and who has not.

``withdrawals.jsonl`` holds counts, epochs and names of parties: withdrawn, recalled (the unit's word whose lists had it), acknowledged
(the receiver's own word, sealed to us). It is what ``status`` reads; that it happened, and when, stands in the ledger.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from linkage.owner.at_home import AtHome
from linkage.protocol.atomic_files import add_lines
from linkage.protocol.errors import InvalidPackage, about
from linkage.protocol.ledger_notes import note_once
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.regrouping import read_count
from linkage.protocol.sealing import Expectation, open_sealed

FILE = "withdrawals.jsonl"
Event = dict[str, Any]


def note_event(at_home: AtHome, event: Event) -> None:
    """Append one event, unless the very same is there; on disk before this returns."""
    if event in [{key: value for key, value in known.items() if key != "when"} for known in events(at_home.profile.home)]:
        return
    line = event | {"when": at_home.now.isoformat(timespec="seconds")}
    add_lines(at_home.profile.home / FILE, [json.dumps(line, sort_keys=True).encode()])


def events(home: Path) -> list[Event]:
    """All events, in order; a line that a power cut left unfinished is not one."""
    path = home / FILE
    whole = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in whole]


def take_acknowledgements(at_home: AtHome, paths: Iterable[Path]) -> None:
    """Verify and note the receivers' acknowledgements; one of a withdrawal that we never made is refused, for somebody invented it."""
    for path in sorted(paths):
        with about(path):
            _take_one(at_home, path)


def _take_one(at_home: AtHome, path: Path) -> None:
    agreement, by = at_home.agreement, at_home.by
    others = {owner: public_keys_of(agreement, owner) for owner in agreement.owners if owner != by.party}
    with open_sealed(path, by, others, Expectation("acknowledgement", agreement.fingerprint, None, at_home.now)) as message:
        manifest = message.manifest
    number, links = read_count(manifest.body, "number", path.name, least=1), read_count(manifest.body, "links", path.name)
    made = {(event["epoch"], event["number"]) for event in events(at_home.profile.home) if event["what"] == "withdrawn"}
    if (manifest.epoch, number) not in made:
        raise InvalidPackage(
            f"{path.name}: acknowledges withdrawal {number} of epoch {manifest.epoch}, which we never made; "
            f"ask {manifest.sender} for the unit's recall"
        )
    at_home.received.record(manifest, f"withdrawal-{manifest.epoch}")
    facts = {"epoch": manifest.epoch, "from": manifest.sender, "message": manifest.nonce, "counts": {"links": links}}
    note_once(at_home.ledger, "recall_acknowledged", facts, at_home.now)
    note_event(at_home, {"what": "acknowledged", "epoch": manifest.epoch, "number": number, "by": manifest.sender, "links": links})


def status(home: Path) -> dict[str, dict[str, Any]]:
    """By ``epoch number``: entities withdrawn, links recalled by receiver, and links acknowledged by receiver."""
    found: dict[str, dict[str, Any]] = {}
    for event in events(home):
        row = found.setdefault(f"{event['epoch']} {event['number']}", {"entities": 0, "recalled": {}, "acknowledged": {}})
        if event["what"] == "withdrawn":
            row["entities"] = event["entities"]
        elif event["what"] == "recalled":
            row["recalled"] |= event["by"]
        else:
            row["acknowledged"][event["by"]] = event["links"]
    return found
