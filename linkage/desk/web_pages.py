"""What every page of somebody who is signed in has: the caution, the country, the countries of all owners, the time."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse

from linkage.desk.acts import Acting, NotAllowed, NotKnown
from linkage.desk.decisions import Changed
from linkage.desk.desk import Desk
from linkage.desk.guarding import Form, desk_of, keyed_form, signed_in
from linkage.desk.rendering import page
from linkage.desk.sessions import Session
from linkage.protocol.errors import TrilinkError


class Visit(NamedTuple):
    """A request of somebody who is signed in, at which desk."""

    desk: Desk
    session: Session

    @property
    def acting(self) -> Acting:
        return Acting(self.desk, self.session.user)

    def page(self, name: str, facts: Mapping[str, Any], status: int = 200) -> Response:
        """The template ``pages/NAME`` in the reader's language."""
        agreement = self.desk.agreement
        countries = {owner: agreement.parties[owner].country for owner in agreement.owners}
        common: dict[str, Any] = {"session": self.session, "caution": agreement.exchange.caution, "country": countries[self.desk.owner]}
        common |= {"countries": countries, "now": self.desk.clock()}
        return HTMLResponse(page(name, self.session.user.language, common | dict(facts)), status)


def _visit(request: Request, session: Annotated[Session, Depends(signed_in)]) -> Visit:
    return Visit(desk_of(request), session)


Visiting = Annotated[Visit, Depends(_visit)]
Keyed = Annotated[Form, Depends(keyed_form)]


def problem_of(act: Callable[[], object]) -> str:
    """Do it; why it was not done, "" where it was: "changed" by somebody meanwhile, or "incomplete".

    Who may not, and what is not to be known, are refused by the frame of all pages.
    """
    try:
        act()
    except (NotAllowed, NotKnown):
        raise
    except Changed:
        return "changed"
    except TrilinkError:
        return "incomplete"
    return ""


def number_in(text: str) -> int:
    """The number that a form's field holds, -1 where it holds none."""
    return int(text) if text.isdecimal() and len(text) < 18 else -1
