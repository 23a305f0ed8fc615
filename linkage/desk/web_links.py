"""Pages of the queue and of one linked case; what is done there goes through ``acts.py``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from linkage.desk import acts
from linkage.desk.cluster_graph import picture
from linkage.desk.decisions import OUTCOMES, Proposed
from linkage.desk.evidence import waterfall
from linkage.desk.guarding import Form
from linkage.desk.queue import ORDERS, PAGE, STATUSES, Wanted
from linkage.desk.web_pages import Keyed, Visit, Visiting, number_in, problem_of

router = APIRouter()


def wanted(request: Request) -> Wanted:
    """What the address asks for; words that mean nothing filter nothing out but find nothing either."""
    asked = request.query_params
    number = asked.get("page", "1")
    words = {name: asked.get(name, "")[:200].replace("\0", "") for name in ("entity", "band", "country", "status", "case")}
    order = asked.get("order", "band")
    return Wanted(**words, order=order if order in ORDERS else "band", page=min(int(number), 100_000) if number.isdecimal() else 1)


@router.get("/links")
def queue_page(visit: Visiting, asked: Annotated[Wanted, Depends(wanted)]) -> Response:
    found = acts.read_queue(visit.acting, asked)
    pages = max(1, -(-found.total // PAGE))
    agreement = visit.desk.agreement
    offered = {
        "entity": sorted(agreement.entities),
        "band": agreement.decision.released_bands,
        "country": sorted({agreement.parties[owner].country for owner in agreement.owners if owner != visit.desk.owner}),
    }
    facts = {"found": found, "asked": asked, "choices": offered, "statuses": STATUSES, "orders": list(ORDERS), "pages": pages}
    return visit.page("links.html", facts)


@router.get("/links/{link_id}")
def link_page(visit: Visiting, link_id: str) -> Response:
    return _link_page(visit, link_id)


def _link_page(visit: Visit, link_id: str, problem: str = "", typed: Form | None = None) -> Response:
    """``typed``: what a form held that was not taken, so that nobody types it again."""
    read = acts.read_link(visit.acting, link_id, noted=not problem)
    link, rule = read.link, visit.desk.agreement.desk
    facts = read._asdict() | {
        "problem": problem, "typed": typed or {}, "outcomes": OUTCOMES, "expected": _expected(link), "silent_days": rule.silent_days,
        "steps": waterfall(visit.desk.agreement.entities[link["entity"]], link["fields"]), "graph": picture(link, read.others),
    }  # fmt: skip
    return visit.page("link.html", facts, 409 if problem else 200)


@router.post("/links/{link_id}/decision")
def decision(visit: Visiting, form: Keyed, link_id: str) -> Response:
    proposed = Proposed(form.get("outcome", ""), form.get("reason", ""), number_in(form.get("seen", "")))
    problem = problem_of(lambda: acts.decide_on(visit.acting, link_id, proposed))
    return _link_page(visit, link_id, problem, form) if problem else _back(link_id)


@router.post("/links/{link_id}/note")
def add_note(visit: Visiting, form: Keyed, link_id: str) -> Response:
    problem = problem_of(lambda: acts.note_on(visit.acting, link_id, form.get("text", "")))
    return _link_page(visit, link_id, problem, form) if problem else _back(link_id)


@router.post("/links/{link_id}/flag")
def set_flag(visit: Visiting, form: Keyed, link_id: str) -> Response:
    acts.flag_on(visit.acting, link_id, form.get("flagged") == "yes")
    return _back(link_id)


@router.post("/links/{link_id}/silence")
def set_silence(visit: Visiting, form: Keyed, link_id: str) -> Response:
    problem = problem_of(lambda: acts.silence_on(visit.acting, link_id, number_in(form.get("days", ""))))
    return _link_page(visit, link_id, problem) if problem else _back(link_id)


@router.get("/export/{kind}")
def export(visit: Visiting, asked: Annotated[Wanted, Depends(wanted)], kind: str) -> Response:
    """What the filters of the queue find, as a file for this reader."""
    made = acts.export_links(visit.acting, asked, kind)
    return Response(made.content, media_type=made.media, headers={"Content-Disposition": f'attachment; filename="linked-cases.{kind}"'})


def _expected(link: dict[str, Any]) -> dict[str, Any] | None:
    """What the list expects of the link's band: precision and its interval, in per cent."""
    mine = (link["entity"], link["owner"], link["band"])
    found = (row for row in link["estimates"] if (row["entity"], row["other"], row["band"]) == mine)
    return next(found, None)


def _back(link_id: str) -> Response:
    return RedirectResponse(f"/links/{link_id}", 303)
