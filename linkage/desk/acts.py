"""What somebody who signed in may do at the desk. Pages and commands come through here, so that the same rules hold for both.

The rules of this room:
1. Who has not the power is refused (``NotAllowed``) before anything is looked up.
2. A link or request that is not there and one that is not to be known look alike (``NotKnown``).
3. An act and its line in the journal are written in one transaction, or neither is.
"""

from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from linkage.desk import disclosure, silence, standing
from linkage.desk.accounts import User, may_know, sign_in
from linkage.desk.decisions import Proposed, Status, decide, flag, history, newest, write_note
from linkage.desk.desk import Desk
from linkage.desk.exports import FORMATS, MOST, Watermark
from linkage.desk.journal import latest, note
from linkage.desk.outgoing import Speaking
from linkage.desk.queue import PAGE, Found, Wanted, beside, find, one
from linkage.desk.rendering import moment
from linkage.protocol.errors import TrilinkError

Row = dict[str, Any]


class NotAllowed(TrilinkError):
    """The role has not this power."""


class NotKnown(TrilinkError):
    """There is nothing of this number that the user may know of."""


class Acting(NamedTuple):
    """Who acts, at which desk."""

    desk: Desk
    user: User

    def require(self, power: str) -> None:
        """Refuse who may not; what is there is not said."""
        if not self.user.may(power):
            raise NotAllowed(f"{self.user.name} is {self.user.role}, and may not do this: ask a colleague whose role may")

    def speaking(self, connection: Connection) -> Speaking:
        desk = self.desk
        return Speaking(connection, self.user, desk.agreement, desk.owner, desk.clock())

    def link(self, connection: Connection, link_id: str) -> Row:
        """A link that the user may know of; raises NotKnown."""
        found = one(connection, self.user, link_id, self.desk.today())
        if found is None:
            raise NotKnown("link: there is none of this number that you may know of; `trilink desk queue` lists those that you may")
        return found

    def request(self, connection: Connection, request_id: str) -> Row:
        """A request that the user may know of; raises NotKnown."""
        found = disclosure.known_request(connection, self.user, request_id, self.desk.today())
        if found is None:
            raise NotKnown("request: there is none of this number that you may know of; `trilink desk requests` lists those that you may")
        return found


class LinkRead(NamedTuple):
    """A link, those beside it, what was said of it by time, and the number of its newest decision.

    ``silent_until``: the last day on which the other side keeps quiet about it because we asked, or "". ``quiet``: deconfliction officers
    alone know of it here.
    """

    link: Row
    others: list[Row]
    events: list[Row]
    seen: int
    silent_until: str
    quiet: bool


class RequestRead(NamedTuple):
    """A request, what was said, our (record, case) pairs of its link, and whether a list of ours has it with that country."""

    row: Row
    events: list[Row]
    own: list[tuple[str, str]]
    ours: bool


class Export(NamedTuple):
    """A file for one reader; how many links it has."""

    content: bytes
    media: str
    links: int


def read_journal(acting: Acting, limit: int, before: int | None = None) -> list[Row]:
    """The newest lines first; those about quiet links (``silence.py``) are for auditors."""
    acting.require("journal")
    with acting.desk.store.look() as connection:
        without = None if acting.user.may("audit") else silence.quiet_ids(acting.desk.today())
        return latest(connection, limit, before, without)


def enter(desk: Desk, name: str, password: str) -> User | None:
    """Sign in, as ``accounts.sign_in`` says, and note it. The name that was tried is not noted: people type their password there."""
    at = desk.clock()
    user = sign_in(desk.store, name[:64], password[:256], at)
    with desk.store.change() as connection:
        note(connection, user.name if user else "", "signed_in" if user else "sign_in_refused", at)
    return user


def read_queue(acting: Acting, wanted: Wanted, limit: int = PAGE) -> Found:
    acting.require("read")
    with acting.desk.store.look() as connection:
        return find(connection, acting.user, wanted, acting.desk.today(), limit)


def read_link(acting: Acting, link_id: str, noted: bool = True) -> LinkRead:
    """``noted``: not when the same reader is shown the same link again because a form was incomplete."""
    acting.require("read")
    desk, user = acting.desk, acting.user
    with desk.store.look() as connection:
        link = acting.link(connection, link_id)
        others = beside(connection, user, link, desk.today())
        quiet = silence.is_quiet(connection, link_id, desk.today())
        silent = silence.until_of(connection, link_id, desk.owner, desk.today())
        read = LinkRead(link, others, history(connection, link_id), newest(connection, link_id), silent, quiet)
    if noted:
        with desk.store.change() as connection:
            note(connection, user.name, "link_read", desk.clock(), link_id)
    return read


def export_links(acting: Acting, wanted: Wanted, kind: str) -> Export:
    """What the queue finds, on all its pages, as CSV, XLSX, PDF or JSON with the reader's name in it."""
    acting.require("read")
    if kind not in FORMATS:
        raise NotKnown(f"format: expected one of {', '.join(FORMATS)}")
    desk, at = acting.desk, acting.desk.clock()
    found = read_queue(acting, wanted._replace(page=1), MOST)
    with desk.store.change() as connection:
        note(connection, acting.user.name, "links_exported", at, count=len(found.rows))
    expires = min((row["expires"] for row in found.rows), default=desk.today())
    media, made = FORMATS[kind]
    content = made(found.rows, Watermark(acting.user.name, moment(at), expires, desk.agreement.exchange.caution))
    return Export(content, media, len(found.rows))


def decide_on(acting: Acting, link_id: str, proposed: Proposed) -> Status:
    acting.require("decide")
    desk = acting.desk
    with desk.store.change() as connection:
        acting.link(connection, link_id)
        return decide(connection, acting.user, link_id, proposed, desk.agreement.desk.four_eyes, desk.clock())


def note_on(acting: Acting, link_id: str, text: str) -> None:
    acting.require("note")
    with acting.desk.store.change() as connection:
        acting.link(connection, link_id)
        write_note(connection, acting.user, link_id, text, acting.desk.clock())


def flag_on(acting: Acting, link_id: str, flagged: bool) -> None:
    acting.require("note")
    with acting.desk.store.change() as connection:
        acting.link(connection, link_id)
        flag(connection, acting.user, link_id, flagged, acting.desk.clock())


def silence_on(acting: Acting, link_id: str, days: int) -> None:
    """Silence a link at the other side for so many days; 0 lifts the silence."""
    acting.require("deconflict")
    with acting.desk.store.change() as connection:
        link = acting.link(connection, link_id)
        silence.silence(acting.speaking(connection), link, days)


def silence_case_on(acting: Acting, case: str, days: int) -> int:
    """Say an own case silent at the other sides, links of later lists included; 0 lifts. Returns of how many links they are told now."""
    acting.require("deconflict")
    with acting.desk.store.change() as connection:
        if not may_know(connection, acting.user, case):
            raise NotKnown("case: it is none that you were granted; ask your data controller")
        return standing.silence_case(acting.speaking(connection), case, days)


def silent_cases(acting: Acting) -> list[Row]:
    acting.require("deconflict")
    with acting.desk.store.look() as connection:
        return standing.all_silent(connection, acting.user, acting.desk.today())


def link_to_ask_about(acting: Acting, link_id: str) -> Row:
    acting.require("ask")
    with acting.desk.store.look() as connection:
        return acting.link(connection, link_id)


def ask_about(acting: Acting, link_id: str, words: dict[str, str]) -> str:
    """Ask for disclosure (purpose, legal_basis, urgency); returns the request's number."""
    acting.require("ask")
    with acting.desk.store.change() as connection:
        return disclosure.ask(acting.speaking(connection), acting.link(connection, link_id), words)


def read_requests(acting: Acting) -> list[Row]:
    acting.require("read")
    with acting.desk.store.look() as connection:
        return disclosure.all_known(connection, acting.user, acting.desk.today())


def read_request(acting: Acting, request_id: str) -> RequestRead:
    acting.require("read")
    with acting.desk.store.look() as connection:
        row = acting.request(connection, request_id)
        own = disclosure.own_side(connection, row["link_id"])
        ours = disclosure.is_with(connection, row["link_id"], row["owner"])
        return RequestRead(row, disclosure.events_of(connection, request_id), own, ours)


class Response(NamedTuple):
    """What is said to a request: ``what`` is answer, refuse, question or reply; ``core`` belongs to the first, ``reason`` to the second."""

    what: str
    text: str = ""
    reason: str = ""
    core: dict[str, str] = {}  # noqa: RUF012  (never changed)


def respond(acting: Acting, request_id: str, said: Response) -> None:
    """Answer, refuse, ask back, or reply to a counter-question."""
    acting.require("ask" if said.what == "reply" else "answer")
    with acting.desk.store.change() as connection:
        row, speaking = acting.request(connection, request_id), acting.speaking(connection)
        if said.what == "answer":
            disclosure.answer(speaking, row, said.core, said.text)
        elif said.what == "refuse":
            disclosure.refuse(speaking, row, said.reason, said.text)
        elif said.what == "question":
            disclosure.question(speaking, row, said.text)
        elif said.what == "reply":
            disclosure.reply(speaking, row, said.text)
        else:
            raise TrilinkError("what: expected answer, refuse, question or reply")
