"""Tell the joint team what became of links (docs/spec/outcomes.md): link ids and outcomes alone, no reason and no case; sealed to it.

The rules of this room:
1. A link that still awaits a second pair of eyes, or whose reviewers disagree, is not in it.
2. Every message is whole and has the next number; at the joint team the highest one holds. The ledger says how many there were.
3. The number is noted with what it says before the message is sealed: whoever asks again, also after a crash, gets the same message.
"""

import hashlib
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.decisions import FINAL
from linkage.desk.exchanging import Exchanging
from linkage.desk.journal import note
from linkage.desk.store import facts, links
from linkage.protocol.ledger import Ledger, noting
from linkage.protocol.outcomes import KIND, PART, PERIOD, as_message
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Draft, seal

NOTED = "outcomes"  # in ``facts``: number and digest of the newest message


def send_outcomes(exchanging: Exchanging, folder: Path, who: str) -> int:
    """Seal every settled link's outcome into ``folder``, unless the message that says just this lies there; returns how many."""
    desk, by = exchanging.desk, exchanging.by
    settled = sa.select(links.c.link_id, links.c.status).where(links.c.status.in_(FINAL), ~links.c.awaiting)
    folder.mkdir(parents=True, exist_ok=True)
    with desk.store.change() as connection:
        found: dict[str, str] = {row.link_id: row.status for row in connection.execute(settled)}
        number, new = _number(connection, found, exchanging.ledger)
        if new:
            note(connection, who, "outcomes_sent", desk.clock(), count=len(found))
    path = folder / f"outcomes.{desk.owner}.{number}.sealed"
    if not path.exists():
        draft = Draft(KIND, desk.agreement.fingerprint, PERIOD, {"number": number}, timedelta(days=desk.agreement.exchange.message_days))
        parts, unit = {PART: as_message(desk.owner, number, found)}, public_keys_of(desk.agreement, desk.agreement.unit)
        with noting(exchanging.ledger):
            seal(draft, parts, unit, by, path)
    return len(found)


def _number(connection: Connection, found: dict[str, str], ledger: Ledger) -> tuple[int, bool]:
    """Rule 3: the number under which these outcomes are told, and whether they are new."""
    digest = hashlib.sha256("".join(f"{link} {found[link]}\n" for link in sorted(found)).encode()).hexdigest()
    noted = connection.scalar(sa.select(facts.c.value).where(facts.c.key == NOTED))
    last, said = (noted or "0 ").split(" ")
    if said == digest:
        return int(last), False
    sealed = max((entry.facts["turn"] or 0 for entry in ledger.entries("sealed") if entry.facts["kind"] == KIND), default=0)
    number = 1 + max(int(last), int(sealed))
    connection.execute(facts.delete().where(facts.c.key == NOTED))
    connection.execute(facts.insert().values(key=NOTED, value=f"{number} {digest}"))
    return number, True
