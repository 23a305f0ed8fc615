"""The desk in a browser: signing in and out, and what holds its pages together. The pages themselves are in ``web_*.py``."""

from importlib.resources import files
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from linkage.desk import web_accounts, web_links, web_requests, web_silences
from linkage.desk.accounts import LANGUAGES
from linkage.desk.acts import NotAllowed, NotKnown, enter
from linkage.desk.catalogues import preferred
from linkage.desk.desk import Desk
from linkage.desk.guarding import Form, SignInNeeded, cookie_name, desk_of, form_of, guard, keyed_form, refusal, signed_in
from linkage.desk.journal import note
from linkage.desk.rendering import page
from linkage.desk.sessions import LONGEST, Session, begin_session, end_session
from linkage.desk.store import users


def create_app(desk: Desk, hosts: list[str]) -> FastAPI:
    """The application of one desk, which answers to these host names alone."""
    app = FastAPI(title="Trilink desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.middleware("http")(guard)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    app.get("/static/desk.css")(_stylesheet)
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(AnyHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(NotKnown, _not_known)
    app.get("/")(_home)
    app.get("/sign-in")(_sign_in_page)
    app.post("/sign-in")(_sign_in)
    app.post("/sign-out")(_sign_out)
    app.post("/language")(_language)
    app.include_router(web_links.router)
    app.include_router(web_requests.router)
    app.include_router(web_silences.router)
    app.include_router(web_accounts.router)
    return app


STYLESHEET = b"\n".join(
    (files(package) / "pages" / name).read_bytes() for package, name in (("linkage.protocol", "page.css"), ("linkage.desk", "desk.css"))
)


def _stylesheet() -> Response:
    return Response(STYLESHEET, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


def _home(session: Annotated[Session, Depends(signed_in)]) -> Response:
    return RedirectResponse("/links" if session.user.may("read") else "/journal", 303)


def _sign_in_page(request: Request, failed: bool = False) -> Response:
    language = preferred(request.headers.get("accept-language", ""))
    desk = desk_of(request)
    facts = {"failed": failed, "country": desk.agreement.parties[desk.owner].country, "caution": desk.agreement.exchange.caution}
    return HTMLResponse(page("sign_in.html", language, {"session": None, **facts}), 401 if failed else 200)


def _sign_in(request: Request, form: Annotated[Form, Depends(form_of)]) -> Response:
    desk = desk_of(request)
    user = enter(desk, form.get("name", ""), form.get("password", ""))
    if user is None:
        return _sign_in_page(request, failed=True)
    with desk.store.change() as connection:
        token = begin_session(connection, user, desk.clock())
    response = RedirectResponse("/", 303)
    response.set_cookie(cookie_name(desk), token, max_age=int(LONGEST), path="/", httponly=True, samesite="strict", secure=desk.behind_tls)
    return response


def _sign_out(request: Request, session: Annotated[Session, Depends(signed_in)], form: Annotated[Form, Depends(keyed_form)]) -> Response:
    desk = desk_of(request)
    with desk.store.change() as connection:
        end_session(connection, request.cookies.get(cookie_name(desk), ""))
        note(connection, session.user.name, "signed_out", desk.clock())
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(cookie_name(desk), path="/", secure=desk.behind_tls, httponly=True, samesite="strict")
    return response


def _language(request: Request, session: Annotated[Session, Depends(signed_in)], form: Annotated[Form, Depends(keyed_form)]) -> Response:
    if form.get("language") not in LANGUAGES:
        raise HTTPException(400)
    with desk_of(request).store.change() as connection:
        connection.execute(users.update().where(users.c.id == session.user.id).values(language=form["language"]))
    return RedirectResponse("/", 303)


def _to_sign_in(request: Request, _: Exception) -> Response:
    return RedirectResponse("/sign-in", 303)


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, AnyHTTPException) else 500
    return refusal(request, status)


def _not_understood(request: Request, _: Exception) -> Response:
    return refusal(request, 400)


def _not_allowed(request: Request, _: Exception) -> Response:
    return refusal(request, 403)


def _not_known(request: Request, _: Exception) -> Response:
    return refusal(request, 404)
