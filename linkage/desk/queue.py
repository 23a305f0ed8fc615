"""The queue: which linked cases somebody may know of, filtered, sorted, one page at a time.

Need to know: a link is seen by whom one of its own cases was granted to, by nobody else; a link without a case by those who were
granted all; a quiet link (``silence.py``) by none of them who is not a deconfliction officer.
Every query of the desk about links goes through ``known_to``.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.accounts import ALL_CASES, User
from linkage.desk.silence import quiet
from linkage.desk.store import grants, links, lists, own_records

PAGE = 50
CHUNK = 2_000  # ids a statement
STATUSES = ("candidate", "checked", "confirmed", "refuted", "indeterminate", "conflict")

ORDERS = {
    "band": (links.c.band, links.c.entity, links.c.link_id),
    "newest": (links.c.first_list_id.desc(), links.c.band, links.c.link_id),
    "oldest": (links.c.first_list_id, links.c.band, links.c.link_id),
    "country": (links.c.country, links.c.band, links.c.link_id),
    "status": (links.c.status, links.c.band, links.c.link_id),
}


EXACT = ("entity", "band", "country", "status")


class Wanted(NamedTuple):
    """What a reader asks for; an empty word filters nothing. ``case``: the beginning of an own case number."""

    entity: str = ""
    band: str = ""
    country: str = ""
    status: str = ""
    case: str = ""
    order: str = "band"
    page: int = 1


class Found(NamedTuple):
    """``rows``: one dictionary a link with its own records; ``total``: links on all pages."""

    rows: list[dict[str, Any]]
    total: int


def known_to(connection: Connection, user: User, today: str, few: bool = False) -> sa.ColumnElement[bool]:
    """The condition on ``links`` that a reader's every look at them carries: granted, of a list that has not expired, not quiet.

    ``few``: written for a query that names some links, which are looked up one by one.
    """
    valid = connection.scalars(sa.select(lists.c.id).where(lists.c.expires >= today)).all()
    alive: sa.ColumnElement[bool] = (links.c.list_id + 0).in_(valid)  # + 0: no index of lists, for nearly all links are of valid ones
    if not user.may("deconflict"):
        alive = sa.and_(alive, sa.not_(quiet(today)))
    mine = sa.select(grants.c.case_id).where(grants.c.user_id == user.id)
    if connection.execute(mine.where(grants.c.case_id == ALL_CASES)).first() is not None:
        return alive
    granted = sa.select(own_records.c.link_id).join(grants, grants.c.case_id == own_records.c.case_id)
    granted = granted.where(grants.c.user_id == user.id, own_records.c.case_id != "")
    if few:
        return sa.and_(alive, granted.where(own_records.c.link_id == links.c.link_id).correlate(links).exists())
    return sa.and_(alive, links.c.link_id.in_(granted))


def find(connection: Connection, user: User, wanted: Wanted, today: str, limit: int = PAGE) -> Found:
    """One page of what a reader may know of; the order is total, so that no link is on two pages or on none."""
    condition = sa.and_(known_to(connection, user, today), *_filters(wanted))
    page = sa.select(links.c.link_id, sa.func.count().over().label("total")).where(condition)
    page = page.order_by(*ORDERS.get(wanted.order, ORDERS["band"])).limit(limit).offset((max(wanted.page, 1) - 1) * limit)
    chosen = connection.execute(page).all()
    if not chosen:
        return Found([], connection.scalar(sa.select(sa.func.count()).select_from(links).where(condition)) or 0)
    whole = sa.select(links, lists.c.epoch, lists.c.released, lists.c.expires, lists.c.caution).join(lists, lists.c.id == links.c.list_id)
    by_id: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(chosen), CHUNK):
        ids = [row.link_id for row in chosen[begin : begin + CHUNK]]
        by_id |= {row["link_id"]: dict(row) for row in connection.execute(whole.where(links.c.link_id.in_(ids))).mappings()}
    rows = [by_id[row.link_id] for row in chosen]
    _add_own(connection, rows)
    return Found(rows, chosen[0].total)


def one(connection: Connection, user: User, link_id: str, today: str) -> dict[str, Any] | None:
    """One link, or None: not there and not to be known look alike."""
    query = sa.select(links, lists.c.epoch, lists.c.run, lists.c.released, lists.c.expires, lists.c.caution, lists.c.estimates)
    query = query.join(lists, lists.c.id == links.c.list_id).where(links.c.link_id == link_id, known_to(connection, user, today, few=True))
    rows = [dict(row) for row in connection.execute(query).mappings()]
    _add_own(connection, rows)
    return rows[0] if rows else None


def beside(connection: Connection, user: User, link: dict[str, Any], today: str, most: int = 40) -> list[dict[str, Any]]:
    """Further links of the same cluster, or between the same own and other case, that the reader may know of."""
    cases = [case for _, case in link["own"] if case]
    of_cases = sa.select(own_records.c.link_id).where(own_records.c.case_id.in_(cases))
    same_case = sa.and_(links.c.case_reference == link["case_reference"], links.c.link_id.in_(of_cases))
    together = sa.or_(links.c.cluster_id == link["cluster_id"], same_case if link["case_reference"] else sa.false())
    known = known_to(connection, user, today, few=True)
    query = sa.select(links).where(together, links.c.link_id != link["link_id"], known).order_by(links.c.band, links.c.link_id)
    rows = [dict(row) for row in connection.execute(query.limit(most)).mappings()]
    _add_own(connection, rows)
    return rows


def _filters(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    exact = (
        (links.c.entity, wanted.entity),
        (links.c.band, wanted.band),
        (links.c.country, wanted.country),
        (links.c.status, wanted.status),
    )
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in exact if value]
    if wanted.case:
        begins = own_records.c.case_id.startswith(wanted.case, autoescape=True)
        conditions.append(links.c.link_id.in_(sa.select(own_records.c.link_id).where(begins)))
    return conditions


def _add_own(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Give each row ``own``: its (record, case) pairs in order."""
    by_link: dict[str, list[tuple[str, str]]] = {row["link_id"]: [] for row in rows}
    ids = list(by_link)
    for begin in range(0, len(ids), CHUNK):
        of_these = own_records.c.link_id.in_(ids[begin : begin + CHUNK])
        for row in connection.execute(sa.select(own_records).where(of_these).order_by(own_records.c.link_id, own_records.c.record_id)):
            by_link[row.link_id].append((row.record_id, row.case_id))
    for entry in rows:
        entry["own"] = by_link[entry["link_id"]]
