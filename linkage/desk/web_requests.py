"""Pages of disclosure requests: ask about a link, see where each request stands, answer, refuse or ask back."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from linkage.desk import acts
from linkage.desk.guarding import Form
from linkage.desk.web_pages import Keyed, Visit, Visiting, problem_of
from linkage.protocol.disclosure import REFUSALS, URGENCIES

router = APIRouter()


@router.get("/requests")
def requests_page(visit: Visiting) -> Response:
    return visit.page("requests.html", {"rows": acts.read_requests(visit.acting)})


@router.get("/links/{link_id}/request")
def asking_page(visit: Visiting, link_id: str) -> Response:
    return _asking_page(visit, link_id, {})


@router.post("/links/{link_id}/request")
def ask(visit: Visiting, form: Keyed, link_id: str) -> Response:
    words = {name: form.get(name, "").strip() for name in ("purpose", "legal_basis", "urgency")}
    asked: list[str] = []
    if problem_of(lambda: asked.append(acts.ask_about(visit.acting, link_id, words))):
        return _asking_page(visit, link_id, words)
    return RedirectResponse(f"/requests/{asked[0]}", 303)


@router.get("/requests/{request_id}")
def request_page(visit: Visiting, request_id: str) -> Response:
    return _request_page(visit, request_id)


@router.post("/requests/{request_id}")
def respond(visit: Visiting, form: Keyed, request_id: str) -> Response:
    """Answer, refuse, ask back, or reply to a counter-question."""
    core = {name.removeprefix("core."): value for name, value in form.items() if name.startswith("core.")}
    said = acts.Response(form.get("what", ""), form.get("text", ""), form.get("reason", ""), core)
    if problem_of(lambda: acts.respond(visit.acting, request_id, said)):
        return _request_page(visit, request_id, form)
    return RedirectResponse(f"/requests/{request_id}", 303)


def _asking_page(visit: Visit, link_id: str, words: dict[str, str]) -> Response:
    link = acts.link_to_ask_about(visit.acting, link_id)
    facts = {"link": link, "words": words, "urgencies": URGENCIES, "hours": visit.desk.agreement.desk.answer_hours}
    return visit.page("ask.html", facts, 409 if words else 200)


def _request_page(visit: Visit, request_id: str, typed: Form | None = None) -> Response:
    read = acts.read_request(visit.acting, request_id)
    core = visit.desk.agreement.desk.core.get(read.row["entity"], [])
    facts = read._asdict() | {"core": core, "refusals": REFUSALS, "typed": typed}
    return visit.page("request.html", facts, 409 if typed else 200)
