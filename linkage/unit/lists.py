"""Linked-case lists: one per owner, with what that owner may know, sealed to it."""

import io
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.canonical import canonical_json
from linkage.protocol.linked_cases import FORMAT, PART, BandEstimate, LinkedCaseList
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Draft, seal
from linkage.unit.cases import case_links
from linkage.unit.linking import Decided
from linkage.unit.list_rows import EntityRows, text
from linkage.unit.state import RunState

FEWEST = 10  # links whose mean probability tells none of them
AT_ONCE = 10_000  # rows put together before they are added to the list
NO_ROWS = b'"links":[]'  # stands nowhere else in a list: inside a text its quotation marks are escaped
Tally = dict[tuple[str, str, str], list[float]]


def write_lists(state: RunState, decided: list[Decided], by: PartyKeys, out: Path, now: datetime) -> dict[str, int]:
    """Seal every owner's list, also an empty one, for silence would say that nobody looked; returns links by owner."""
    out.mkdir(parents=True, exist_ok=True)
    rows = _rows(state, decided)
    state.mark("listed")
    agreement, counts = state.agreement, {}
    for owner in agreement.owners:
        path = list_path(out, state.epoch, owner)
        tally = {(one.entity, other, band): found for one in rows for other, band, found in one.probabilities(owner)}
        counts[owner] = sum(map(len, tally.values()))
        if not path.exists():
            draft = Draft("list", agreement.fingerprint, state.epoch, {"links": counts[owner]},
                          timedelta(days=agreement.exchange.list_days))  # fmt: skip
            document = _document(_head(state, owner, _estimates(tally, agreement.decision), now), rows, owner)
            seal(draft, {PART: document}, public_keys_of(agreement, owner), by, path)
    return counts


def list_path(folder: Path, epoch: str, owner: str) -> Path:
    return folder / f"list.{epoch}.{owner}.sealed"


def _rows(state: RunState, decided: list[Decided]) -> list[EntityRows]:
    """Everything that the lists of one run have in common, by entity type."""
    shared, places = case_links(decided, state.agreement.decision)
    texts = [text(one) for one in shared]
    return [EntityRows(one, state.agreement, state.epoch, (texts, place)) for one, place in zip(decided, places, strict=True)]


def _head(state: RunState, owner: str, estimates: list[BandEstimate], now: datetime) -> LinkedCaseList:
    """An owner's list without its rows."""
    exchange = state.agreement.exchange
    expires = now + timedelta(days=exchange.list_days)
    return LinkedCaseList(
        format=FORMAT, owner=owner, epoch=state.epoch, run=state.run, released=now.date().isoformat(),
        expires=expires.date().isoformat(), caution=exchange.caution, estimates=estimates, links=[],
    )  # fmt: skip


def _document(head: LinkedCaseList, rows: list[EntityRows], owner: str) -> bytes:
    """The list in canonical JSON, rows in entity order, then by band and link id."""
    before, after = canonical_json(head.model_dump(mode="json")).split(NO_ROWS)
    document = io.BytesIO()
    document.write(before + NO_ROWS[:-1])
    texts = (row for one in rows for row in one.texts(owner))
    between = b""
    while some := list(islice(texts, AT_ONCE)):
        document.write(between + ",".join(some).encode())
        between = b","
    document.write(NO_ROWS[-1:] + after)
    return document.getvalue()


def _estimates(tally: Tally, rule: DecisionRule) -> list[BandEstimate]:
    """Expected precision of each band, from the model's own probabilities, rounded down.

    Of fewer than ``FEWEST`` links it would be a score, or nearly: the lowest that the agreement's band allows is said instead.
    """
    return [
        BandEstimate(entity=entity, other=other, band=band, links=len(found),
                     expected_precision_percent=int(100 * (sum(found) / len(found) if len(found) >= FEWEST else rule.bands[band])))
        for (entity, other, band), found in sorted(tally.items())
    ]  # fmt: skip
