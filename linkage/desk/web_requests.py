"""Pages of disclosure requests: ask about a link, see where each request stands, answer, refuse or ask back."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.engine import Connection

from linkage.desk import disclosure
from linkage.desk.desk import Desk
from linkage.desk.guarding import Form, desk_of, require
from linkage.desk.queue import one
from linkage.desk.sessions import Session
from linkage.desk.web_links import Keyed, Signed
from linkage.desk.web_pages import desk_page
from linkage.protocol.disclosure import REFUSALS, URGENCIES
from linkage.protocol.errors import TrilinkError

router = APIRouter()


@router.get("/requests")
def requests_page(request: Request, session: Signed) -> Response:
    require(session, "read")
    desk = desk_of(request)
    with desk.store.look() as connection:
        rows = disclosure.all_known(connection, session.user)
    return desk_page(desk, session, "requests.html", {"rows": rows})


@router.get("/links/{link_id}/request")
def asking_page(request: Request, session: Signed, link_id: str) -> Response:
    require(session, "ask")
    return _asking_page(desk_of(request), session, link_id, {})


@router.post("/links/{link_id}/request")
def ask(request: Request, session: Signed, form: Keyed, link_id: str) -> Response:
    require(session, "ask")
    desk = desk_of(request)
    words = {name: form.get(name, "").strip() for name in ("purpose", "legal_basis", "urgency")}
    request_id, refused = "", False
    try:
        with desk.store.change() as connection:
            link = _known(one(connection, session.user, link_id, desk.today()))
            request_id = disclosure.ask(_speaking(connection, desk, session), link, words)
    except TrilinkError:
        refused = True
    return _asking_page(desk, session, link_id, words) if refused else RedirectResponse(f"/requests/{request_id}", 303)


@router.get("/requests/{request_id}")
def request_page(request: Request, session: Signed, request_id: str) -> Response:
    require(session, "read")
    return _request_page(desk_of(request), session, request_id)


@router.post("/requests/{request_id}")
def respond(request: Request, session: Signed, form: Keyed, request_id: str) -> Response:
    """Answer, refuse, ask back, or reply to a counter-question."""
    require(session, "read")
    desk = desk_of(request)
    failed = False
    try:
        with desk.store.change() as connection:
            row = _known(disclosure.known_request(connection, session.user, request_id))
            _respond(connection, desk, session, row, form)
    except TrilinkError:
        failed = True
    return _request_page(desk, session, request_id, form) if failed else RedirectResponse(f"/requests/{request_id}", 303)


def _respond(connection: Connection, desk: Desk, session: Session, row: dict[str, Any], form: Form) -> None:
    speaking, text, what = _speaking(connection, desk, session), form.get("text", ""), form.get("what")
    require(session, "ask" if what == "reply" else "answer")
    if what == "reply":
        disclosure.reply(speaking, row, text)
    elif what == "answer":
        core = {name.removeprefix("core."): value for name, value in form.items() if name.startswith("core.")}
        disclosure.answer(speaking, row, core, text)
    elif what == "refuse":
        disclosure.refuse(speaking, row, form.get("reason", ""), text)
    elif what == "question":
        disclosure.question(speaking, row, text)
    else:
        raise HTTPException(400)


def _speaking(connection: Connection, desk: Desk, session: Session) -> disclosure.Speaking:
    return disclosure.Speaking(connection, session.user, desk.agreement, desk.owner, desk.clock())


def _asking_page(desk: Desk, session: Session, link_id: str, words: dict[str, str]) -> Response:
    with desk.store.look() as connection:
        link = _known(one(connection, session.user, link_id, desk.today()))
    facts = {"link": link, "words": words, "urgencies": URGENCIES, "hours": desk.agreement.desk.answer_hours}
    return desk_page(desk, session, "ask.html", facts, 409 if words else 200)


def _request_page(desk: Desk, session: Session, request_id: str, typed: Form | None = None) -> Response:
    with desk.store.look() as connection:
        row = _known(disclosure.known_request(connection, session.user, request_id))
        events = disclosure.events_of(connection, request_id)
        own = disclosure.own_side(connection, row["link_id"])
        ours = disclosure.is_with(connection, row["link_id"], row["owner"])
    core = desk.agreement.desk.core.get(row["entity"], [])
    facts = {"row": row, "events": events, "own": own, "ours": ours, "core": core, "refusals": REFUSALS, "typed": typed}
    return desk_page(desk, session, "request.html", facts, 409 if typed else 200)


def _known(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise HTTPException(404)
    return row
