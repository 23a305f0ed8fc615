"""What people made of a link. Decisions are appended; a link's status follows from them, in order.

The rules of this room:
1. What counts is the latest decision of each reviewer.
2. ``confirmed`` and ``refuted`` need two reviewers where the agreement says four eyes; until the second a link awaits it.
3. Two reviewers who hold different final outcomes are in conflict, and the link says so.
4. A conflict is settled by somebody with that power who is not one of the two; what comes after opens the question again.
"""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.accounts import User
from linkage.desk.journal import note
from linkage.desk.store import decisions, links, notes, users
from linkage.protocol.errors import TrilinkError

OUTCOMES = ("checked", "confirmed", "refuted", "indeterminate")
FINAL = frozenset({"confirmed", "refuted", "indeterminate"})
FOUR_EYES = frozenset({"confirmed", "refuted"})
LONGEST_TEXT = 4_000


class Decided(NamedTuple):
    """One decision, as far as the status depends on it."""

    user: int
    outcome: str
    settles: bool = False


class Status(NamedTuple):
    """``name``: candidate, checked, confirmed, refuted, indeterminate or conflict; ``awaiting``: a second pair of eyes."""

    name: str
    awaiting: bool = False


class Proposed(NamedTuple):
    """What a reviewer wants to say; ``seen`` is the number of the newest decision on the page, 0 for none."""

    outcome: str
    reason: str
    seen: int


class Changed(TrilinkError):
    """Somebody decided on the link after the page was made; the reader should look again."""


def status_of(made: list[Decided], four_eyes: bool) -> Status:
    """The status that decisions in order of time make.

    >>> status_of([Decided(1, "confirmed")], four_eyes=True)
    Status(name='confirmed', awaiting=True)
    """
    latest: dict[int, str] = {}
    for one in made:
        latest = {one.user: one.outcome} if one.settles else latest | {one.user: one.outcome}
        if one.settles:
            latest[_SETTLED] = one.outcome
    final = {outcome for outcome in latest.values() if outcome in FINAL}
    if len(final) > 1:
        return Status("conflict")
    if not final:
        return Status("checked" if latest else "candidate")
    (outcome,) = final
    eyes = sum(one == outcome for one in latest.values())
    return Status(outcome, awaiting=four_eyes and outcome in FOUR_EYES and eyes < 2)


_SETTLED = -1  # stands for the reviewers whose conflict was settled


def decide(connection: Connection, user: User, link_id: str, proposed: Proposed, four_eyes: bool, at: float) -> Status:
    """Append a decision. A conflict's third reviewer settles it.

    Raises Changed when somebody decided meanwhile: nothing is lost, the reader looks again.
    """
    outcome, reason, seen = proposed
    if outcome not in OUTCOMES:
        raise TrilinkError(f"outcome: expected one of {', '.join(OUTCOMES)}")
    reason = _text(reason, "reason")
    connection.execute(sa.select(links.c.link_id).where(links.c.link_id == link_id).with_for_update())  # PostgreSQL waits here
    if seen != newest(connection, link_id):
        raise Changed("somebody decided on this link meanwhile: read it again")
    made = _made(connection, link_id)
    settles = status_of(made, four_eyes).name == "conflict" and user.may("settle") and user.id not in {one.user for one in made}
    connection.execute(decisions.insert().values(link_id=link_id, user_id=user.id, at=at, outcome=outcome, reason=reason, settles=settles))
    status = status_of([*made, Decided(user.id, outcome, settles)], four_eyes)
    connection.execute(links.update().where(links.c.link_id == link_id).values(status=status.name, awaiting=status.awaiting))
    note(connection, user.name, "settled" if settles else "decided", at, link_id)
    return status


def write_note(connection: Connection, user: User, link_id: str, text: str, at: float) -> None:
    connection.execute(notes.insert().values(link_id=link_id, user_id=user.id, at=at, text=_text(text, "note")))
    note(connection, user.name, "noted", at, link_id)


def flag(connection: Connection, user: User, link_id: str, flagged: bool, at: float) -> None:
    """The deconfliction flag: others work on this too, so nobody acts before the desks have spoken."""
    connection.execute(links.update().where(links.c.link_id == link_id).values(flagged=flagged))
    note(connection, user.name, "flagged" if flagged else "unflagged", at, link_id)


def history(connection: Connection, link_id: str) -> list[dict[str, Any]]:
    """Decisions and notes of a link by time, each with its author's name."""
    made = sa.select(
        decisions.c.id, decisions.c.at, users.c.name, decisions.c.outcome, decisions.c.reason.label("text"), decisions.c.settles
    )
    said = sa.select(notes.c.at, users.c.name, notes.c.text)
    rows = [dict(row) for row in connection.execute(made.join(users).where(decisions.c.link_id == link_id)).mappings()]
    rows += [dict(row) for row in connection.execute(said.join(users).where(notes.c.link_id == link_id)).mappings()]
    return sorted(rows, key=lambda row: (row["at"], row.get("id", 0)))


def newest(connection: Connection, link_id: str) -> int:
    """Number of the newest decision, 0 for none."""
    return connection.scalar(sa.select(sa.func.max(decisions.c.id)).where(decisions.c.link_id == link_id)) or 0


def _made(connection: Connection, link_id: str) -> list[Decided]:
    rows = sa.select(decisions.c.user_id, decisions.c.outcome, decisions.c.settles)
    rows = rows.where(decisions.c.link_id == link_id).order_by(decisions.c.id)
    return [Decided(row.user_id, row.outcome, row.settles) for row in connection.execute(rows)]


def _text(text: str, what: str) -> str:
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise TrilinkError(f"{what}: expected 1 to {LONGEST_TEXT} characters")
    if "\0" in text:
        raise TrilinkError(f"{what}: holds a character that cannot be stored")
    return text
