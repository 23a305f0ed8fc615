"""What every request passes before it is answered, and every answer before it leaves.

The rules of this room:
1. Pages come from this host alone: no script, no foreign style, picture or frame, whatever a record is called.
2. A request that changes something comes from a page of ours: same site by the browser's word, and the form's key is the session's.
3. Nothing is kept by browsers or proxies, and no address tells another host where somebody came from.
4. A request body is small; a failure says nothing about its cause.
"""

import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile

from linkage.desk.catalogues import preferred
from linkage.desk.desk import Desk
from linkage.desk.rendering import page
from linkage.desk.sessions import Session, is_stale, session_of, touch

LOG = logging.getLogger("trilink.desk")

POLICY = ("default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'")
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
LARGEST = 128 * 1024  # bytes of a form: two texts of 4,000 characters, each of twelve bytes

Form = dict[str, str]
Next = Callable[[Request], Awaitable[Response]]


class SignInNeeded(Exception):
    """Nobody is signed in, or the session has ended."""


def cookie_name(desk: Desk) -> str:
    """Over HTTPS the browser itself holds the cookie to this host and to HTTPS."""
    return "__Host-desk" if desk.behind_tls else "desk"


def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def signed_in(request: Request) -> Session:
    """The session of a request; raises SignInNeeded."""
    desk = desk_of(request)
    token, at = request.cookies.get(cookie_name(desk), ""), desk.clock()
    with desk.store.look() as connection:
        session = session_of(connection, token, at) if token else None
        stale = session is not None and is_stale(connection, token, at)
    if session is None:
        raise SignInNeeded
    if stale:
        with desk.store.change() as connection:
            touch(connection, token, at)
    return session


def from_our_page(request: Request) -> None:
    """Refuse a form that another site made a browser send."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site not in (None, "same-origin", "none"):
        raise HTTPException(403)
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403)


async def form_of(request: Request) -> Form:
    """The fields of a small form, each once and as text."""
    from_our_page(request)
    read: FormData = await request.form(max_files=0, max_fields=40)
    fields = {}
    for name, value in read.multi_items():
        if isinstance(value, UploadFile) or name in fields or "\0" in value:
            raise HTTPException(400)
        fields[name] = value.replace("\r\n", "\n")  # one character, as the browser counted it
    return fields


def keyed_form(session: Annotated[Session, Depends(signed_in)], form: Annotated[Form, Depends(form_of)]) -> Form:
    """The fields of a form that brought the session's key back."""
    if not secrets.compare_digest(form.pop("form_key", "").encode(), session.form_key.encode()):
        raise HTTPException(403)
    return form


async def guard(request: Request, answer: Next) -> Response:
    """Middleware: small bodies in, headers out."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST or "chunked" in request.headers.get("transfer-encoding", ""):
        response = refusal(request, 413)
    else:
        response = await _answered(request, answer)
    for name, value in HEADERS.items():
        if not (name == "Cache-Control" and request.url.path.startswith("/static/")):
            response.headers[name] = value
    return response


async def _answered(request: Request, answer: Next) -> Response:
    """The answer; of a failure the log gets the kind and the place in our code, for what it says may quote a record."""
    try:
        return await answer(request)
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        LOG.error("%s at %s:%s; what it said is withheld", type(error).__name__, Path(frame.filename).name, frame.lineno)
    return refusal(request, 500)


def refusal(request: Request, status: int) -> Response:
    """The page that says that nothing was done."""
    language = preferred(request.headers.get("accept-language", ""))
    caution = desk_of(request).agreement.exchange.caution
    return HTMLResponse(page("refused.html", language, {"session": None, "status": status, "caution": caution}), status)
