"""The page of standing silences, for deconfliction officers; what is done there goes through ``acts.py``."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from linkage.desk import acts
from linkage.desk.acts import NotKnown
from linkage.desk.guarding import Form
from linkage.desk.standing import LONGEST_CASE
from linkage.desk.web_pages import Keyed, Visit, Visiting, number_in, problem_of

router = APIRouter()


@router.get("/silences")
def silences_page(visit: Visiting, request: Request) -> Response:
    return _silences_page(visit, {"case": request.query_params.get("case", "")[:LONGEST_CASE]})


@router.post("/silences")
def silence_case(visit: Visiting, form: Keyed) -> Response:
    case, days = form.get("case", "").strip(), number_in(form.get("days", ""))
    unknown = False
    try:
        problem = problem_of(lambda: acts.silence_case_on(visit.acting, case, days))
    except NotKnown:
        problem, unknown = "unknown", True
    return _silences_page(visit, form, problem, 404 if unknown else 409) if problem else RedirectResponse("/silences", 303)


def _silences_page(visit: Visit, typed: Form, problem: str = "", status: int = 200) -> Response:
    facts = {"rows": acts.silent_cases(visit.acting), "typed": typed, "problem": problem}
    return visit.page("silences.html", facts | {"silent_days": visit.desk.agreement.desk.silent_days}, status)
