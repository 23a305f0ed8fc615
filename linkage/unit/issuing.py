"""Issue each owner's list under a number: list N holds what it says now, and supersedes all lists of the epoch before it.

The rules of this room:
1. A list is issued when it says something else than the last one did; a rerun that finds nothing new issues nothing new.
2. What is issued is written down first, with the links that were ever on a list of the epoch: whoever withdraws one must be able to have it
   recalled.
3. A list that is superseded does not stay in the outbox.
"""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.linked_cases import PART, LinkedCaseList
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import read_table, table_bytes
from linkage.protocol.sealing import Draft, seal
from linkage.unit.state import RunState, write_json

ISSUED = pa.schema([
    ("entity", pa.string()), ("link_id", pa.string()), ("own", pa.string()), ("other", pa.string()), ("reference", pa.string()),
])  # fmt: skip


def issue_list(state: RunState, document: LinkedCaseList, by: PartyKeys, out: Path) -> None:
    """Seal the list to its owner under the number that it is due, unless it was issued before."""
    agreement, owner = state.agreement, document.owner
    content = document.model_dump(mode="json")
    content["number"] = _note(state, owner, content)
    path = list_path(out, state.epoch, owner, content["number"])
    if not path.exists():
        body = {"links": len(content["links"]), "number": content["number"]}
        draft = Draft("list", agreement.fingerprint, state.epoch, body, timedelta(days=agreement.exchange.list_days))
        seal(draft, {PART: canonical_json(content)}, public_keys_of(agreement, owner), by, path)
    for number in range(1, content["number"]):
        list_path(out, state.epoch, owner, number).unlink(missing_ok=True)


def list_path(folder: Path, epoch: str, owner: str, number: int = 1) -> Path:
    return folder / f"list.{epoch}.{owner}.{number}.sealed"


def last_issued(state: RunState, owner: str) -> int:
    """The number of the owner's last list; 0 before the first."""
    return int(_facts(state, owner)["number"])


def issued_links(state: RunState, owner: str) -> pa.Table:
    """Every link that was ever on a list of the owner's in this epoch, in the columns of ``ISSUED``, each once."""
    path = state.issued(f"{owner}.arrow")
    return read_table(path, ISSUED) if path.exists() else ISSUED.empty_table()


def write_issued(state: RunState, owner: str, links: pa.Table) -> None:
    """Take the place of what ``issued_links`` reads."""
    with written_whole(state.issued(f"{owner}.arrow")) as file:
        file.write(table_bytes(links))


def _note(state: RunState, owner: str, content: dict[str, Any]) -> int:
    """Rules 1 and 2; returns the list's number."""
    facts, said = _facts(state, owner), {key: content[key] for key in ("estimates", "links")}
    digest = hashlib.sha256(canonical_json(said)).hexdigest()
    if facts["said"] != digest:
        known = {row["link_id"]: row for row in issued_links(state, owner).to_pylist()}
        for link in content["links"]:
            known[link["link_id"]] = {key: link[key] for key in ("entity", "link_id", "own")} | _other(link["other"])
        write_issued(state, owner, pa.Table.from_pylist([row for _, row in sorted(known.items())], schema=ISSUED))
        facts = {"number": facts["number"] + 1, "said": digest}
        write_json(state.issued(f"{owner}.json"), facts)
    return int(facts["number"])


def _other(side: dict[str, str]) -> dict[str, str]:
    return {"other": side["owner"], "reference": side["reference"]}


def _facts(state: RunState, owner: str) -> dict[str, Any]:
    path = state.issued(f"{owner}.json")
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"number": 0, "said": ""}
    return facts
