"""Linked-case lists: one per owner, with what that owner may know, sealed to it."""

import io
from datetime import datetime, timedelta
from itertools import islice
from math import ceil, floor
from pathlib import Path

import pyarrow as pa

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.intervals import Interval
from linkage.protocol.linked_cases import FORMAT, BandEstimate, LinkedCaseList
from linkage.protocol.party_keys import PartyKeys
from linkage.unit.cases import case_links
from linkage.unit.history import Identity
from linkage.unit.issuing import ISSUED, Rows, issue_list
from linkage.unit.linking import Decided
from linkage.unit.list_rows import EntityRows, text
from linkage.unit.state import RunState

FEWEST = 10  # links whose mean probability tells none of them
AT_ONCE = 10_000  # rows put together before they are added to the list
Scope = tuple[str, str, str]
"""Entity type, other owner, band."""


def write_lists(state: RunState, decided: list[Decided], by: PartyKeys, out: Path, now: datetime) -> dict[str, int]:
    """Seal every owner's list, also an empty one, for silence would say that nobody looked; returns links by owner."""
    out.mkdir(parents=True, exist_ok=True)
    entities, counts = _entity_rows(state, decided), {}
    for owner in state.agreement.owners:
        tally = {(one.entity, other, band): found for one in entities for other, band, found in one.probabilities(owner)}
        estimates = _estimates(tally, _expected(decided, owner), state.agreement.decision)
        rows = _rows(entities, owner)
        counts[owner] = len(rows.links)
        issue_list(state, _head(state, owner, estimates, now), rows, by, out)
    return counts


def _entity_rows(state: RunState, decided: list[Decided]) -> list[EntityRows]:
    """Everything that the lists of one run have in common, by entity type."""
    identity, (shared, places) = Identity(state), case_links(decided, state.agreement.decision)
    texts = [text(one) for one in shared]
    return [EntityRows(one, state.agreement, identity, (texts, place)) for one, place in zip(decided, places, strict=True)]


def _head(state: RunState, owner: str, estimates: list[BandEstimate], now: datetime) -> LinkedCaseList:
    """An owner's list without its rows."""
    exchange = state.agreement.exchange
    expires = now + timedelta(days=exchange.list_days)
    return LinkedCaseList(
        format=FORMAT, owner=owner, epoch=state.epoch, number=1, run=state.run, released=now.date().isoformat(),
        expires=expires.date().isoformat(), caution=exchange.caution, estimates=estimates, links=[],
    )  # fmt: skip


def _rows(entities: list[EntityRows], owner: str) -> Rows:
    """The owner's rows in entity order, then by band and link id."""
    document, texts, between = io.BytesIO(), (row for one in entities for row in one.texts(owner)), b""
    while some := list(islice(texts, AT_ONCE)):
        document.write(between + ",".join(some).encode())
        between = b","
    return Rows(document.getvalue(), pa.concat_tables([ISSUED.empty_table(), *(one.issued(owner) for one in entities)]))


def _expected(decided: list[Decided], owner: str) -> dict[Scope, Interval]:
    """Of each of the owner's bands, the interval of its precision."""
    return {
        (one.entity, row["owner_b"] if row["owner_a"] == owner else row["owner_a"], band): said["precision_interval"]
        for one in decided
        for row in one.estimates["owner_pairs"]
        if owner in (row["owner_a"], row["owner_b"])
        for band, said in row["bands"].items()
    }


def _estimates(tally: dict[Scope, list[float]], intervals: dict[Scope, Interval], rule: DecisionRule) -> list[BandEstimate]:
    """Expected precision of each band, from calibrated probabilities, rounded down, and its interval, rounded outwards.

    Of fewer than ``FEWEST`` links it would be a score, or nearly: the lowest that the agreement's band allows is said instead, and that it
    may be anything.
    """
    rows = []
    for (entity, other, band), found in sorted(tally.items()):
        many = len(found) >= FEWEST
        low, high = (intervals[entity, other, band] if many else None) or (0.0, 1.0)
        expected = sum(found) / len(found) if many else rule.bands[band]
        rows.append(
            BandEstimate(
                entity=entity, other=other, band=band, links=len(found), expected_precision_percent=int(100 * expected),
                lowest_percent=floor(100 * low), highest_percent=ceil(100 * high),
            )
        )  # fmt: skip
    return rows
