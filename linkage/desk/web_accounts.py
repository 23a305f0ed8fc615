"""Pages of the data controller (accounts, own cases) and of the auditor (what was done)."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.engine import Connection

from linkage.desk import accounts
from linkage.desk.accounts import LANGUAGES, ROLES
from linkage.desk.acts import read_journal
from linkage.desk.guarding import Form
from linkage.desk.journal import note
from linkage.desk.sessions import Session, end_all_of
from linkage.desk.store import grants, users
from linkage.desk.web_pages import Keyed, Visit, Visiting
from linkage.protocol.errors import TrilinkError

router = APIRouter()
JOURNAL_PAGE = 200


@router.get("/accounts")
def accounts_page(visit: Visiting) -> Response:
    visit.acting.require("accounts")
    return _accounts_page(visit)


def _accounts_page(visit: Visit, problem: str = "") -> Response:
    with visit.desk.store.look() as connection:
        people = [dict(row) for row in connection.execute(sa.select(users).order_by(users.c.name)).mappings()]
        cases: dict[int, list[str]] = {row["id"]: [] for row in people}
        for row in connection.execute(sa.select(grants).order_by(grants.c.case_id)):
            cases[row.user_id].append(row.case_id)
    facts = {"people": people, "cases": cases, "roles": ROLES, "languages": LANGUAGES, "problem": problem}
    return visit.page("accounts.html", facts, 409 if problem else 200)


@router.post("/accounts")
def change_accounts(visit: Visiting, form: Keyed) -> Response:
    """One change: add, open, close, password, grant or revoke."""
    visit.acting.require("accounts")
    problem = ""
    try:
        with visit.desk.store.change() as connection:
            _change(connection, visit.session, form, visit.desk.clock())
    except TrilinkError as error:
        problem = str(error)
    return _accounts_page(visit, problem) if problem else RedirectResponse("/accounts", 303)


def _change(connection: Connection, session: Session, form: Form, at: float) -> None:
    what, name, case_id = form.get("change"), form.get("name", ""), form.get("case", "").strip()[:200]
    if what == "add":
        accounts.add_user(connection, name, form.get("password", ""), form.get("role", ""), form.get("language", "en"))
        note(connection, session.user.name, "account_added", at)
    elif what in ("open", "close"):
        if name == session.user.name:
            raise TrilinkError("name: nobody closes the own account")
        accounts.set_active(connection, name, what == "open")
        _end_sessions(connection, name)
        note(connection, session.user.name, "account_opened" if what == "open" else "account_closed", at)
    elif what == "password":
        accounts.set_password(connection, name, form.get("password", ""))
        _end_sessions(connection, name)
        note(connection, session.user.name, "password_set", at)
    elif what in ("grant", "revoke") and case_id:
        (accounts.grant if what == "grant" else accounts.revoke)(connection, name, case_id)
        note(connection, session.user.name, "case_granted" if what == "grant" else "case_revoked", at)
    else:
        raise HTTPException(400)


def _end_sessions(connection: Connection, name: str) -> None:
    user_id = connection.scalar(sa.select(users.c.id).where(users.c.name == name))
    if user_id is not None:
        end_all_of(connection, user_id)


@router.get("/journal")
def journal_page(visit: Visiting, before: Annotated[int | None, "number of a line"] = None) -> Response:
    lines = read_journal(visit.acting, JOURNAL_PAGE, before)
    facts = {"lines": lines, "older": lines[-1]["id"] if len(lines) == JOURNAL_PAGE else None}
    return visit.page("journal.html", facts)
