"""Pages of the queue and of one linked case; what is done there goes through ``decisions.py`` and into the journal."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from linkage.desk.cluster_graph import picture
from linkage.desk.decisions import OUTCOMES, Changed, Proposed, decide, flag, history, newest, write_note
from linkage.desk.desk import Desk
from linkage.desk.evidence import waterfall
from linkage.desk.exports import FORMATS, MOST, Watermark
from linkage.desk.guarding import Form, desk_of, keyed_form, require, signed_in
from linkage.desk.journal import note
from linkage.desk.queue import ORDERS, PAGE, STATUSES, Wanted, beside, find, one
from linkage.desk.rendering import moment
from linkage.desk.sessions import Session
from linkage.desk.web_pages import desk_page
from linkage.protocol.errors import TrilinkError

router = APIRouter()

Signed = Annotated[Session, Depends(signed_in)]
Keyed = Annotated[Form, Depends(keyed_form)]


def wanted(request: Request) -> Wanted:
    """What the address asks for; words that mean nothing filter nothing out but find nothing either."""
    asked = request.query_params
    number = asked.get("page", "1")
    words = {name: asked.get(name, "")[:200].replace("\0", "") for name in ("entity", "band", "country", "status", "case")}
    order = asked.get("order", "band")
    return Wanted(**words, order=order if order in ORDERS else "band", page=min(int(number), 100_000) if number.isdecimal() else 1)


@router.get("/links")
def queue_page(request: Request, session: Signed, asked: Annotated[Wanted, Depends(wanted)]) -> Response:
    require(session, "read")
    desk = desk_of(request)
    with desk.store.look() as connection:
        found = find(connection, session.user, asked, desk.today())
    pages = max(1, -(-found.total // PAGE))
    agreement = desk.agreement
    offered = {
        "entity": sorted(agreement.entities),
        "band": agreement.decision.released_bands,
        "country": sorted({agreement.parties[owner].country for owner in agreement.owners if owner != desk.owner}),
    }
    facts = {"found": found, "asked": asked, "choices": offered, "statuses": STATUSES, "orders": list(ORDERS), "pages": pages}
    return desk_page(desk, session, "links.html", facts)


@router.get("/links/{link_id}")
def link_page(request: Request, session: Signed, link_id: str) -> Response:
    require(session, "read")
    desk = desk_of(request)
    return _link_page(desk, session, link_id)


def _link_page(desk: Desk, session: Session, link_id: str, problem: str = "", text: str = "") -> Response:
    with desk.store.look() as connection:
        link = _known(one(connection, session.user, link_id, desk.today()))
        others = beside(connection, session.user, link, desk.today())
        events, last = history(connection, link_id), newest(connection, link_id)
    if not problem:
        with desk.store.change() as connection:
            note(connection, session.user.name, "link_read", desk.clock(), link_id)
    facts = {
        "link": link, "others": others, "events": events, "seen": last, "problem": problem, "text": text, "outcomes": OUTCOMES,
        "steps": waterfall(desk.agreement.entities[link["entity"]], link["fields"]), "graph": picture(link, others),
        "expected": _expected(link),
    }  # fmt: skip
    return desk_page(desk, session, "link.html", facts, 409 if problem else 200)


@router.post("/links/{link_id}/decision")
def decision(request: Request, session: Signed, form: Keyed, link_id: str) -> Response:
    require(session, "decide")
    desk = desk_of(request)
    problem = ""
    try:
        with desk.store.change() as connection:
            _known(one(connection, session.user, link_id, desk.today()))
            proposed = Proposed(form.get("outcome", ""), form.get("reason", ""), _number(form.get("seen", "")))
            decide(connection, session.user, link_id, proposed, desk.agreement.desk.four_eyes, desk.clock())
    except Changed:
        problem = "changed"
    except TrilinkError:
        problem = "incomplete"
    if problem:
        return _link_page(desk, session, link_id, problem, form.get("reason", ""))
    return _back(link_id)


@router.post("/links/{link_id}/note")
def add_note(request: Request, session: Signed, form: Keyed, link_id: str) -> Response:
    require(session, "decide")
    desk = desk_of(request)
    problem = ""
    try:
        with desk.store.change() as connection:
            _known(one(connection, session.user, link_id, desk.today()))
            write_note(connection, session.user, link_id, form.get("text", ""), desk.clock())
    except TrilinkError:
        problem = "incomplete"
    return _link_page(desk, session, link_id, problem) if problem else _back(link_id)


@router.post("/links/{link_id}/flag")
def set_flag(request: Request, session: Signed, form: Keyed, link_id: str) -> Response:
    require(session, "decide")
    desk = desk_of(request)
    with desk.store.change() as connection:
        _known(one(connection, session.user, link_id, desk.today()))
        flag(connection, session.user, link_id, form.get("flagged") == "yes", desk.clock())
    return _back(link_id)


@router.get("/export/{kind}")
def export(request: Request, session: Signed, asked: Annotated[Wanted, Depends(wanted)], kind: str) -> Response:
    """What the filters of the queue find, as a file for this reader."""
    require(session, "read")
    if kind not in FORMATS:
        raise HTTPException(404)
    desk = desk_of(request)
    at = desk.clock()
    with desk.store.look() as connection:
        found = find(connection, session.user, asked._replace(page=1), desk.today(), MOST)
    with desk.store.change() as connection:
        note(connection, session.user.name, "links_exported", at, count=len(found.rows))
    expires = min((row["expires"] for row in found.rows), default=desk.today())
    mark = Watermark(session.user.name, moment(at), expires, desk.agreement.exchange.caution)
    media, made = FORMATS[kind]
    return Response(
        made(found.rows, mark), media_type=media, headers={"Content-Disposition": f'attachment; filename="linked-cases.{kind}"'}
    )


def _known(link: dict[str, Any] | None) -> dict[str, Any]:
    if link is None:
        raise HTTPException(404)
    return link


def _expected(link: dict[str, Any]) -> dict[str, Any] | None:
    """What the list expects of the link's band: precision and its interval, in per cent."""
    mine = (link["entity"], link["owner"], link["band"])
    found = (row for row in link["estimates"] if (row["entity"], row["other"], row["band"]) == mine)
    return next(found, None)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else -1


def _back(link_id: str) -> Response:
    return RedirectResponse(f"/links/{link_id}", 303)
