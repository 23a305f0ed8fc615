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
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.atomic_files import deleted_for_good, written_whole
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
NO_ROWS = b'"links":[]'  # stands nowhere else in a list: inside a text its quotation marks are escaped


class Rows(NamedTuple):
    """The links of a list: in canonical JSON, with commas between them, and in the columns of ``ISSUED``."""

    text: bytes
    links: pa.Table


def issue_list(state: RunState, head: LinkedCaseList, rows: Rows, by: PartyKeys, out: Path) -> None:
    """Seal the list to its owner under the number that it is due, unless it was issued before; ``head`` is the list without its rows."""
    agreement, owner = state.in_force, head.owner
    number = _note(state, owner, _digest(head, rows), rows.links)
    path = list_path(out, state.epoch, owner, number)
    if not path.exists():
        body = {"links": len(rows.links), "number": number}
        draft = Draft("list", agreement.fingerprint, state.epoch, body, timedelta(days=agreement.exchange.list_days))
        seal(draft, {PART: _document(head, number, rows)}, public_keys_of(agreement, owner), by, path)
    for earlier in range(1, number):
        deleted_for_good(list_path(out, state.epoch, owner, earlier))


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


def _note(state: RunState, owner: str, said: str, links: pa.Table) -> int:
    """Rules 1 and 2; returns the list's number."""
    facts = _facts(state, owner)
    if facts["said"] != said:
        earlier = issued_links(state, owner)
        left = earlier.filter(pc.invert(pc.is_in(earlier["link_id"], value_set=links["link_id"])))
        write_issued(state, owner, pa.concat_tables([left, links]).sort_by("link_id"))
        facts = {"number": facts["number"] + 1, "said": said}
        write_json(state.issued(f"{owner}.json"), facts)
    return int(facts["number"])


def _digest(head: LinkedCaseList, rows: Rows) -> str:
    """Of what a list says: the canonical JSON of its estimates and links."""
    estimates = canonical_json(head.model_dump(mode="json")["estimates"])
    return hashlib.sha256(b'{"estimates":' + estimates + b',"links":[' + rows.text + b"]}").hexdigest()


def _document(head: LinkedCaseList, number: int, rows: Rows) -> bytes:
    """The list in canonical JSON."""
    before, after = canonical_json(head.model_dump(mode="json") | {"number": number}).split(NO_ROWS)
    return b"".join([before, NO_ROWS[:-1], rows.text, NO_ROWS[-1:], after])


def _facts(state: RunState, owner: str) -> dict[str, Any]:
    path = state.issued(f"{owner}.json")
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"number": 0, "said": ""}
    return facts
