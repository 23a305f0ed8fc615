"""Silent hits: a link that one side's covert case must not show to the other side's investigators (decision 0036).

The rules of this room:
1. A deconfliction officer silences a link for some days, at most the agreement's ``silent_days``; a sealed message tells the other desk.
2. There the link, and every link of the same cluster or with the same case of that country, is known to deconfliction officers alone, until
   the day is over or the silence is lifted: queue, page, exports, requests. What is silent looks like what is not there.
3. A silence holds for links with the country that said it, and may come before the list that has them.
4. A new link is held for the agreement's ``hold_days`` in the same way, so that there is time to silence it.
5. Silencing, and being told of it, stand in journal and ledger; auditors read them.
"""

import secrets
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.journal import note
from linkage.desk.outgoing import Speaking, day_of, lay_out, made
from linkage.desk.store import links, silences
from linkage.protocol.desk_rules import DeskRule
from linkage.protocol.disclosure import Silence
from linkage.protocol.errors import InvalidPackage, TrilinkError


def silence(speaking: Speaking, link: dict[str, Any], days: int) -> None:
    """Ask the other desk to keep a link to its deconfliction officers for so many days from now; 0 lifts an earlier silence."""
    say(speaking, link, last_day(speaking, days))


def last_day(speaking: Speaking, days: int) -> str:
    """The last day of a silence of so many days from now, "" for 0; more than what is agreed is refused."""
    most = speaking.agreement.desk.silent_days
    if not 0 <= days <= most:
        allowed = f"0 to {most} days" if most else "no silence: the agreement has none (desk.silent_days)"
        raise TrilinkError(f"days: expected {allowed}")
    return _days_on(day_of(speaking.at), days) if days else ""


def say(speaking: Speaking, link: dict[str, Any], until: str) -> None:
    """Lay out a word for the other desk of a link (``link_id``, ``owner``, ``epoch``), keep it, and note it; ``until`` "" lifts."""
    message = made(Silence, speaking, secrets.token_hex(16), link_id=link["link_id"], until=until or None)
    lay_out(speaking, (link["owner"], link["epoch"]), message)
    _keep(speaking.connection, link["link_id"], speaking.owner, until, 0)
    note(speaking.connection, speaking.user.name, "silenced" if until else "silence_lifted", speaking.at, link["link_id"])


class Heard(NamedTuple):
    """Whose message it is, the how manieth of its sender, when it came, the name of its file."""

    sender: str
    number: int
    at: float
    name: str


def take_silence_in(connection: Connection, heard: Heard, message: Silence, rule: DeskRule) -> None:
    """What the other desk asks for: refused where it is longer than what is agreed, passed over where a later word of it came before."""
    until = message.until.isoformat() if message.until else ""
    if until and (not rule.silent_days or until > _days_on(day_of(heard.at), rule.silent_days)):
        raise InvalidPackage(f"{heard.name}: asks for a longer silence than the agreement has")
    newest = sa.select(silences.c.number).where(silences.c.link_id == message.link_id, silences.c.owner == heard.sender)
    if heard.number > (connection.scalar(newest) or 0):
        _keep(connection, message.link_id, heard.sender, until, heard.number)
    note(connection, heard.sender, "silenced" if until else "silence_lifted", heard.at, message.link_id)


def until_of(connection: Connection, link_id: str, owner: str, today: str) -> str:
    """The last day of the silence that ``owner`` keeps about a link, "" where there is none."""
    held = sa.select(silences.c.until).where(silences.c.link_id == link_id, silences.c.owner == owner, silences.c.until >= today)
    return connection.scalar(held) or ""


def quiet(today: str) -> sa.ColumnElement[bool]:
    """The condition on ``links``: held, or silenced by the other side (rules 2 and 4)."""
    said = links.alias()
    by_it = sa.and_(silences.c.link_id == said.c.link_id, silences.c.owner == said.c.owner, silences.c.until >= today)

    def of_silenced(column: str) -> sa.Select[Any]:
        return sa.select(said.c[column]).join(silences, by_it).where(said.c[column].is_not(None))

    case = sa.func.coalesce(links.c.case_reference, "")  # no case is not unknown: NOT IN needs a value
    silenced = sa.or_(links.c.cluster_id.in_(of_silenced("cluster_id")), case.in_(of_silenced("case_reference")))
    return sa.or_(links.c.shown_from > today, silenced)


def is_quiet(connection: Connection, link_id: str, today: str) -> bool:
    return connection.scalar(sa.select(links.c.link_id).where(links.c.link_id == link_id, quiet(today))) is not None


def quiet_ids(today: str) -> sa.CompoundSelect[Any]:
    """Ids of the quiet links, those included that no list of ours has yet."""
    early = sa.select(silences.c.link_id).where(silences.c.until >= today, silences.c.link_id.not_in(sa.select(links.c.link_id)))
    return sa.union(sa.select(links.c.link_id).where(quiet(today)), early)


def _keep(connection: Connection, link_id: str, owner: str, until: str, number: int) -> None:
    """The newest word holds; ``until`` is "" for a silence that was lifted."""
    connection.execute(silences.delete().where(silences.c.link_id == link_id, silences.c.owner == owner))
    connection.execute(silences.insert().values(link_id=link_id, owner=owner, until=until, number=number))


def _days_on(today: str, days: int) -> str:
    return (date.fromisoformat(today) + timedelta(days=days)).isoformat()
