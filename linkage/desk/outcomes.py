"""Tell the joint team what became of links (docs/spec/outcomes.md): link ids and outcomes alone, no reason and no case; sealed to it.

The rules of this room:
1. A link that still awaits a second pair of eyes, or whose reviewers disagree, is not in it.
2. Every message is whole and has the next number; at the joint team the highest one holds. The ledger says how many there were.
"""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from linkage.desk.decisions import FINAL
from linkage.desk.exchanging import Exchanging
from linkage.desk.journal import note
from linkage.desk.store import links
from linkage.protocol.ledger import noting
from linkage.protocol.outcomes import KIND, PART, PERIOD, as_message
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Draft, seal


def send_outcomes(exchanging: Exchanging, folder: Path, who: str) -> int:
    """Seal every settled link's outcome into ``folder``; returns how many."""
    desk, by, ledger = exchanging.desk, exchanging.by, exchanging.ledger
    settled = sa.select(links.c.link_id, links.c.status).where(links.c.status.in_(FINAL), ~links.c.awaiting)
    number = 1 + max((entry.facts["turn"] or 0 for entry in ledger.entries("sealed") if entry.facts["kind"] == KIND), default=0)
    folder.mkdir(parents=True, exist_ok=True)
    with desk.store.change() as connection:
        found: dict[str, str] = {row.link_id: row.status for row in connection.execute(settled)}
        note(connection, who, "outcomes_sent", desk.clock(), count=len(found))
        draft = Draft(KIND, desk.agreement.fingerprint, PERIOD, {"number": number}, timedelta(days=desk.agreement.exchange.message_days))
        parts, unit = {PART: as_message(desk.owner, number, found)}, public_keys_of(desk.agreement, desk.agreement.unit)
        with noting(ledger):
            seal(draft, parts, unit, by, folder / f"outcomes.{desk.owner}.{number}.sealed")
    return len(found)
