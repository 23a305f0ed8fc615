"""What every page of somebody who is signed in has: the caution, the country, the countries of all owners, the time."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse

from linkage.desk.desk import Desk
from linkage.desk.rendering import page
from linkage.desk.sessions import Session


def desk_page(desk: Desk, session: Session, name: str, facts: Mapping[str, Any], status: int = 200) -> Response:
    """The template ``pages/NAME`` in the reader's language."""
    countries = {owner: desk.agreement.parties[owner].country for owner in desk.agreement.owners}
    common: dict[str, Any] = {"session": session, "caution": desk.agreement.exchange.caution, "country": countries[desk.owner]}
    common |= {"countries": countries, "now": desk.clock()}
    return HTMLResponse(page(name, session.user.language, common | dict(facts)), status)
