"""What the owners were asked in this epoch: numbered questions, each written down before it is sealed.

The rules of this room:
1. A posting is asked about once an epoch: what came to be possible since the last question is the next one; where nothing did, there is
   none.
2. A question that is written down stays as it is, so that a rerun seals it again and never another one under its number.
3. There are no more questions to an owner than the agreement allows.
"""

import json
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from linkage.protocol.atomic_files import written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.postings import read_table, table_bytes
from linkage.protocol.regrouping import REQUEST
from linkage.unit.state import RunState, numbered, write_json

QUESTION = "question.json"
NO_IDS = pa.array([], pa.binary(16))

IdsByEntity = dict[str, pa.Array]


class Question(NamedTuple):
    """One request: its number, the posting ids by entity type, sorted, how many these were, and how many the requests before it had."""

    number: int
    ids: IdsByEntity
    postings: int
    before: int


def questions(state: RunState, owner: str) -> list[Question]:
    """Everything that the owner was asked in this epoch, in order."""
    found = []
    for number, folder in numbered(state.asked(owner)):
        if (folder / QUESTION).exists():
            facts = json.loads((folder / QUESTION).read_text(encoding="utf-8"))
            ids = {path.stem: _one(read_table(path, REQUEST)["id"]) for path in sorted(folder.glob("*.arrow"))}
            found.append(Question(number, ids, facts["postings"], facts["asked_before"]))
    return found


def note_question(state: RunState, owner: str, possible: IdsByEntity) -> None:
    """Write down what of the possible postings was not asked before; the first question is asked even where it is empty."""
    earlier = questions(state, owner)
    fresh = {entity: _without(ids, [question.ids.get(entity, NO_IDS) for question in earlier]) for entity, ids in possible.items()}
    if earlier:
        fresh = {entity: ids for entity, ids in fresh.items() if len(ids)}
        if not fresh:
            return
    number, most = len(earlier) + 1, state.agreement.exchange.requests
    if number > most:
        raise TrilinkError(
            f"{owner}: asked {most} times in epoch {state.epoch}, as often as the agreement allows; take late packages next epoch"
        )
    folder = state.asked(owner) / str(number)
    folder.mkdir(exist_ok=True, mode=0o700)
    for entity, ids in fresh.items():
        with written_whole(folder / f"{entity}.arrow") as file:
            file.write(table_bytes(pa.table([ids], schema=REQUEST)))
    facts = {"postings": sum(map(len, fresh.values())), "asked_before": sum(question.postings for question in earlier)}
    write_json(folder / QUESTION, facts)


def _without(ids: pa.Array, others: list[pa.Array]) -> pa.Array:
    return ids.filter(pc.invert(pc.is_in(ids, value_set=pa.concat_arrays([NO_IDS, *others]))))


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays([NO_IDS, *column.chunks])
