"""What was done at the desk, by whom and when: names of events, link ids and counts, never a value or a reason's text."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.store import journal
from linkage.protocol.errors import TrilinkError

EVENTS = frozenset({
    "list_taken_in", "recalled", "signed_in", "sign_in_refused", "signed_out", "link_read", "links_exported", "decided", "settled", "noted",
    "flagged", "unflagged", "asked", "answered", "refused", "countered", "replied", "disclosure_read", "account_added", "account_opened",
    "account_closed", "password_set", "case_granted", "case_revoked", "outcomes_sent", "silenced", "silence_lifted",
    "case_silenced", "case_silence_lifted",
})  # fmt: skip


def note(connection: Connection, who: str, event: str, at: float, link_id: str | None = None, count: int | None = None) -> None:
    """Append one line, in the transaction of what it speaks of: both are written or neither."""
    if event not in EVENTS:
        raise TrilinkError(f"journal: {event} is not one of its events")
    connection.execute(journal.insert().values(at=at, user_name=who, event=event, link_id=link_id, count=count))


def latest(
    connection: Connection, limit: int, before: int | None = None, without: sa.CompoundSelect[Any] | None = None
) -> list[dict[str, Any]]:
    """The newest lines first; ``without``: ids of links whose lines the reader may not know of."""
    rows = sa.select(journal).order_by(journal.c.id.desc()).limit(limit)
    if without is not None:
        rows = rows.where(sa.or_(journal.c.link_id.is_(None), journal.c.link_id.not_in(without)))
    if before is not None:
        rows = rows.where(journal.c.id < before)
    return [dict(row) for row in connection.execute(rows).mappings()]
