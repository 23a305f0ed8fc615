"""The queue: which linked cases somebody may know of, filtered, sorted, one page at a time.

Need to know: a link is seen by whom one of its own cases was granted to, by nobody else; a link without a case by those who were
granted all.
Every query of the desk about links goes through ``known_to``.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.accounts import ALL_CASES, User
from linkage.desk.store import grants, links, lists, own_records

PAGE = 50
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


def known_to(user: User, today: str) -> sa.ColumnElement[bool]:
    """The condition on ``links`` that a reader's every look at them carries: granted, and of a list that has not expired."""
    own_grants = sa.select(grants.c.case_id).where(grants.c.user_id == user.id)
    all_cases = sa.exists().where(grants.c.user_id == user.id, grants.c.case_id == ALL_CASES)
    granted = links.c.link_id.in_(
        sa.select(own_records.c.link_id).where(own_records.c.case_id != "", own_records.c.case_id.in_(own_grants))
    )
    alive = links.c.list_id.in_(sa.select(lists.c.id).where(lists.c.expires >= today))
    return sa.and_(alive, sa.or_(all_cases, granted))


def find(connection: Connection, user: User, wanted: Wanted, today: str, limit: int = PAGE) -> Found:
    """One page of what a reader may know of; the order is total, so that no link is on two pages or on none."""
    condition = sa.and_(known_to(user, today), *_filters(wanted))
    total = connection.scalar(sa.select(sa.func.count()).select_from(links).where(condition)) or 0
    query = sa.select(links, lists.c.epoch, lists.c.released, lists.c.expires, lists.c.caution).join(lists, lists.c.id == links.c.list_id)
    query = (
        query.where(condition).order_by(*ORDERS.get(wanted.order, ORDERS["band"])).limit(limit).offset((max(wanted.page, 1) - 1) * limit)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    _add_own(connection, rows)
    return Found(rows, total)


def one(connection: Connection, user: User, link_id: str, today: str) -> dict[str, Any] | None:
    """One link, or None: not there and not to be known look alike."""
    query = sa.select(links, lists.c.epoch, lists.c.run, lists.c.released, lists.c.expires, lists.c.caution, lists.c.estimates)
    query = query.join(lists, lists.c.id == links.c.list_id).where(links.c.link_id == link_id, known_to(user, today))
    rows = [dict(row) for row in connection.execute(query).mappings()]
    _add_own(connection, rows)
    return rows[0] if rows else None


def beside(connection: Connection, user: User, link: dict[str, Any], today: str, most: int = 40) -> list[dict[str, Any]]:
    """Further links of the same cluster, or between the same own and other case, that the reader may know of."""
    cases = [case for _, case in link["own"] if case]
    same_case = sa.and_(
        links.c.case_reference.is_not(None),
        links.c.case_reference == link["case_reference"],
        links.c.link_id.in_(sa.select(own_records.c.link_id).where(own_records.c.case_id.in_(cases))),
    )
    query = sa.select(links).where(
        known_to(user, today), links.c.link_id != link["link_id"], sa.or_(links.c.cluster_id == link["cluster_id"], same_case)
    )
    rows = [dict(row) for row in connection.execute(query.order_by(links.c.band, links.c.link_id).limit(most)).mappings()]
    _add_own(connection, rows)
    return rows


def choices(connection: Connection, user: User, today: str) -> dict[str, list[str]]:
    """Entity types, bands and countries that the reader's links have, for the filters."""
    condition = known_to(user, today)
    return {
        name: sorted(connection.scalars(sa.select(column).distinct().where(condition)))
        for name, column in (("entity", links.c.entity), ("band", links.c.band), ("country", links.c.country))
    }


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
    query = sa.select(own_records).where(own_records.c.link_id.in_(by_link)).order_by(own_records.c.link_id, own_records.c.record_id)
    for row in connection.execute(query):
        by_link[row.link_id].append((row.record_id, row.case_id))
    for entry in rows:
        entry["own"] = by_link[entry["link_id"]]
