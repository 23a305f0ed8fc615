"""Standing silences: a covert case of ours, silent at the other desks in the links of today and in those of lists to come (decision 0047).

The rules of this room:
1. It is said of an own case, for some days, at most the agreement's ``silent_days`` and to be said again by a person; whether a list has
   the case yet does not matter.
2. Each link of the case is then silenced to that day at its other side, as if by hand (``silence.py``): those of today at once, those that
   a list brings while the list is taken in, in one transaction. The case itself is named to nobody.
3. A link of two silent cases is silent as long as the longer silence; one that was silenced for longer by hand stays so.
4. Lifting a case's silence lifts that of its links; one that was lifted by hand stays so until its case is said silent again.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.accounts import User, may_know
from linkage.desk.journal import note
from linkage.desk.outgoing import Speaking, day_of
from linkage.desk.silence import last_day, say, until_of
from linkage.desk.store import links, lists, own_records, silences, silent_cases, users
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import TrilinkError

LONGEST_CASE = 200  # characters


class _Link(NamedTuple):
    """A link of a silent case: its id, other side and epoch; ``due``: the last day that its cases ask for, "" for none."""

    link_id: str
    owner: str
    epoch: str
    due: str


class Speaks(NamedTuple):
    """For which owner, under which agreement, when: what a ``Speaking`` has besides its person."""

    agreement: Agreement
    owner: str
    at: float


def silence_case(speaking: Speaking, case: str, days: int) -> int:
    """Say an own case silent for so many days from now, 0 to lift it; returns of how many links the other desks are told now."""
    connection, today = speaking.connection, day_of(speaking.at)
    if not 1 <= len(case) <= LONGEST_CASE or not case.isprintable():
        raise TrilinkError(f"case: expected an own case number, 1 to {LONGEST_CASE} printable characters")
    until = last_day(speaking, days)
    connection.execute(silent_cases.delete().where(silent_cases.c.case_id == case))
    if until:
        connection.execute(silent_cases.insert().values(case_id=case, until=until, user_id=speaking.user.id))
    told = 0
    for link in _links_of(connection, case, today):
        held = until_of(connection, link.link_id, speaking.owner, today)
        if link.due > held or (not until and link.due != held):
            say(speaking, link._asdict(), link.due)
            told += 1
    note(connection, speaking.user.name, "case_silenced" if until else "case_silence_lifted", speaking.at, count=told)
    return told


def silence_listed(connection: Connection, list_id: int, speaks: Speaks) -> None:
    """Rule 2 for a list that is being taken in."""
    said = sa.select(silences.c.link_id).where(silences.c.owner == speaks.owner)
    rows = _silent(day_of(speaks.at)).where(links.c.list_id == list_id, links.c.link_id.not_in(said))
    rows = rows.order_by(links.c.link_id, silent_cases.c.until)
    longest = {row.link_id: row for row in connection.execute(rows)}  # the last of a link is the longest
    officers = {row.id: User(row.id, row.name, row.role, row.language) for row in connection.execute(sa.select(users))} if longest else {}
    for row in longest.values():
        say(Speaking(connection, officers[row.user_id], *speaks), row._asdict(), row.until)


def all_silent(connection: Connection, user: User, today: str) -> list[dict[str, Any]]:
    """Standing silences of cases that the user may know of, by case, with how many links each has now."""
    rows = sa.select(silent_cases.c.case_id, silent_cases.c.until, users.c.name).join(users, users.c.id == silent_cases.c.user_id)
    found = connection.execute(rows.where(silent_cases.c.until >= today).order_by(silent_cases.c.case_id)).mappings()
    known = [dict(row) for row in found if may_know(connection, user, row["case_id"])]
    return [row | {"links": len(_links_of(connection, row["case_id"], today))} for row in known]


def _silent(today: str) -> sa.Select[Any]:
    """A row for each link of a list that has not expired, and each silent case of it."""
    rows = sa.select(links.c.link_id, links.c.owner, lists.c.epoch, silent_cases.c.until, silent_cases.c.user_id)
    rows = rows.join(lists, lists.c.id == links.c.list_id).join(own_records, own_records.c.link_id == links.c.link_id)
    return rows.join(silent_cases, silent_cases.c.case_id == own_records.c.case_id).where(
        lists.c.expires >= today, silent_cases.c.until >= today
    )


def _links_of(connection: Connection, case: str, today: str) -> list[_Link]:
    of_case = sa.select(own_records.c.link_id).where(own_records.c.case_id == case)
    due: dict[str, str] = {}
    for row in connection.execute(_silent(today).where(links.c.link_id.in_(of_case))):
        due[row.link_id] = max(row.until, due.get(row.link_id, ""))
    rows = sa.select(links.c.link_id, links.c.owner, lists.c.epoch).join(lists, lists.c.id == links.c.list_id)
    rows = rows.where(links.c.link_id.in_(of_case), lists.c.expires >= today).order_by(links.c.link_id)
    return [_Link(row.link_id, row.owner, row.epoch, due.get(row.link_id, "")) for row in connection.execute(rows)]
