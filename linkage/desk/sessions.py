"""Who is signed in: a random token in a cookie, its digest in the database, and a key that every form must bring back.

Sessions end after ``IDLE`` seconds without a page, after ``LONGEST`` in any case, when somebody signs out, and when the account is closed.
"""

import hashlib
import secrets
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.desk.accounts import User
from linkage.desk.store import sessions, users

IDLE, LONGEST = 1_800.0, 36_000.0
TOUCHED_EVERY = 60.0


class Session(NamedTuple):
    user: User
    form_key: str


def begin_session(connection: Connection, user: User, at: float) -> str:
    """A new session; returns the token for the cookie. Ended ones are removed on the way."""
    connection.execute(sessions.delete().where(sa.or_(sessions.c.seen < at - IDLE, sessions.c.began < at - LONGEST)))
    token = secrets.token_urlsafe(32)
    row = {"token_digest": digest(token), "user_id": user.id, "form_key": secrets.token_urlsafe(32), "began": at, "seen": at}
    connection.execute(sessions.insert().values(**row))
    return token


def session_of(connection: Connection, token: str, at: float) -> Session | None:
    """The session of a cookie's token, if it is alive and its account open."""
    found = (
        sa.select(sessions.c.form_key, users.c.id, users.c.name, users.c.role, users.c.language)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.token_digest == digest(token), sessions.c.seen >= at - IDLE, sessions.c.began >= at - LONGEST, users.c.active)
    )
    row = connection.execute(found).first()
    return None if row is None else Session(User(row.id, row.name, row.role, row.language), row.form_key)


def touch(connection: Connection, token: str, at: float) -> None:
    """Note that a page was asked for; at most once in ``TOUCHED_EVERY`` seconds, so that reading pages writes little."""
    old = sa.and_(sessions.c.token_digest == digest(token), sessions.c.seen < at - TOUCHED_EVERY)
    connection.execute(sessions.update().where(old).values(seen=at))


def is_stale(connection: Connection, token: str, at: float) -> bool:
    """Whether ``touch`` would write."""
    return bool(connection.scalar(sa.select(sessions.c.seen < at - TOUCHED_EVERY).where(sessions.c.token_digest == digest(token))))


def end_session(connection: Connection, token: str) -> None:
    connection.execute(sessions.delete().where(sessions.c.token_digest == digest(token)))


def end_all_of(connection: Connection, user_id: int) -> None:
    connection.execute(sessions.delete().where(sessions.c.user_id == user_id))


def digest(token: str) -> str:
    """What the database knows of a token: who reads it cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()
