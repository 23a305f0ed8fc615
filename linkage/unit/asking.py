"""Ask each owner which of its linked postings are one record, in numbered requests: about postings that reached possible match with
another owner's, and no others. What is answered is not asked again.
"""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.agreement import Agreement
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import table_bytes
from linkage.protocol.regrouping import REQUEST
from linkage.protocol.sealing import Draft, seal
from linkage.unit.asked import IdsByEntity, Question, note_question, questions
from linkage.unit.regrouping import read_possible
from linkage.unit.state import RunState


def write_requests(state: RunState, by: PartyKeys, out: Path) -> dict[str, int]:
    """Seal what is asked and not answered yet; returns ids by ``owner number``."""
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for owner, entities in possible_ids(state).items():
        note_question(state, owner, entities)
        for question in questions(state, owner):
            if state.answer(owner, question.number).is_dir():
                continue
            counts[f"{owner} {question.number}"] = question.postings
            path = request_path(out, state.epoch, owner, question.number)
            if not path.exists():
                _seal(question, (state.agreement, state.epoch, owner), by, path)
    return counts


def request_path(folder: Path, epoch: str, owner: str, number: int = 1) -> Path:
    return folder / f"regroup-request.{epoch}.{owner}.{number}.sealed"


def possible_ids(state: RunState) -> dict[str, IdsByEntity]:
    """Distinct posting ids of all possible matches, sorted, by owner and entity type."""
    columns: dict[str, dict[str, list[pa.ChunkedArray]]] = {}
    for entity, left, right in state.jobs():
        table = read_possible(state.possible(entity, left, right))
        for owner, side in ((left, "left"), (right, "right")):
            columns.setdefault(owner, {}).setdefault(entity, []).append(table[side])
    return {owner: {entity: _distinct(found) for entity, found in sorted(entities.items())} for owner, entities in sorted(columns.items())}


def _seal(question: Question, to: tuple[Agreement, str, str], by: PartyKeys, path: Path) -> None:
    """The question as the owner gets it; ``to``: agreement, epoch, owner."""
    agreement, epoch, owner = to
    body = {"number": question.number, "postings": question.postings, "asked_before": question.before}
    draft = Draft("regroup_request", agreement.fingerprint, epoch, body, timedelta(days=agreement.exchange.message_days))
    parts = {f"{entity}.arrow": table_bytes(pa.table([ids], schema=REQUEST)) for entity, ids in question.ids.items()}
    seal(draft, parts, public_keys_of(agreement, owner), by, path)


def _distinct(columns: list[pa.ChunkedArray]) -> pa.Array:
    ids = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.binary(16)).unique()
    return ids.take(pc.sort_indices(ids))
