"""Who may sign in at the desk: local accounts with Argon2id, five roles, and the cases that each may know of.

The rules of this room:
1. A password is never stored, only its Argon2id hash in PHC form (RFC 9106, second recommended setting: 64 MiB, three passes).
2. A wrong name costs as much time as a wrong password, and the answer to both is the same.
3. After ``TRIES`` wrong passwords in a row an account rests for ``REST`` seconds: guessing is slow, and nobody is locked out for good.
4. Hashing takes memory and time: one at a time, and never while the database waits.
5. A new password is at least ``SHORTEST`` characters; length is what helps [NIST SP 800-63B].
"""

import secrets
import threading
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy.engine import Connection

from linkage.desk.store import Store, grants, users
from linkage.protocol.errors import TrilinkError

ROLES = ("investigator", "supervisor", "deconfliction", "data_controller", "auditor")
LANGUAGES = ("en", "es", "fr")
ALL_CASES = "*"
TRIES, REST = 5, 900.0
SHORTEST, LONGEST = 12, 256
_AT_ONCE = threading.Lock()  # OpenSSL shares its threads among all: two Argon2 with four lanes wait for each other for ever

POWERS: dict[str, frozenset[str]] = {
    "investigator": frozenset({"read", "note", "decide", "ask"}),
    "supervisor": frozenset({"read", "note", "decide", "ask", "settle"}),
    "deconfliction": frozenset({"read", "note", "ask", "answer", "deconflict"}),
    "data_controller": frozenset({"read", "answer", "accounts", "journal"}),
    "auditor": frozenset({"journal", "audit"}),
}


class User(NamedTuple):
    """Somebody who signed in."""

    id: int
    name: str
    role: str
    language: str

    def may(self, power: str) -> bool:
        return power in POWERS[self.role]


def add_user(connection: Connection, name: str, password: str, role: str, language: str = "en") -> int:
    """A new account; returns its number."""
    if role not in ROLES:
        raise TrilinkError(f"role: expected one of {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise TrilinkError(f"language: expected one of {', '.join(LANGUAGES)}")
    if not name.strip() or name != name.strip() or len(name) > 64 or not name.isprintable():
        raise TrilinkError("name: expected 1 to 64 printable characters, no space at its ends")
    if connection.scalar(sa.select(users.c.id).where(users.c.name == name)) is not None:
        raise TrilinkError("name: there is an account of that name already")
    row = users.insert().values(name=name, password=hashed(password), role=role, language=language, active=True, failures=0, locked_until=0)
    connection.execute(row)
    return int(connection.scalars(sa.select(users.c.id).where(users.c.name == name)).one())


def set_password(connection: Connection, name: str, password: str) -> None:
    found = connection.execute(users.update().where(users.c.name == name).values(password=hashed(password), failures=0, locked_until=0))
    if not found.rowcount:
        raise TrilinkError("name: there is no such account")


def set_active(connection: Connection, name: str, active: bool) -> None:
    if not connection.execute(users.update().where(users.c.name == name).values(active=active)).rowcount:
        raise TrilinkError("name: there is no such account")


def grant(connection: Connection, name: str, case_id: str) -> None:
    """Let somebody know of a case, or of all (``*``). Granting twice changes nothing."""
    user_id = connection.scalar(sa.select(users.c.id).where(users.c.name == name))
    if user_id is None:
        raise TrilinkError("name: there is no such account")
    known = sa.select(grants.c.user_id).where(grants.c.user_id == user_id, grants.c.case_id == case_id)
    if connection.execute(known).first() is None:
        connection.execute(grants.insert().values(user_id=user_id, case_id=case_id))


def revoke(connection: Connection, name: str, case_id: str) -> None:
    user_id = sa.select(users.c.id).where(users.c.name == name).scalar_subquery()
    connection.execute(grants.delete().where(grants.c.user_id == user_id, grants.c.case_id == case_id))


def may_know(connection: Connection, user: User, case_id: str) -> bool:
    """Whether an own case, or all of them, was granted to somebody."""
    granted = sa.select(grants.c.user_id).where(grants.c.user_id == user.id, grants.c.case_id.in_((case_id, ALL_CASES)))
    return connection.execute(granted).first() is not None


def sign_in(store: Store, name: str, password: str, at: float) -> User | None:
    """The user, or None: wrong name, wrong password, resting or closed account look alike."""
    with store.change() as connection:
        row = _tried(connection, name, at)
    with _AT_ONCE:
        right = _matches(password, row["password"] if row else _NOBODY)
    if row is None or not right:
        return None
    with store.change() as connection:  # a rest that others' wrong passwords brought meanwhile stays
        same = sa.and_(users.c.id == row["id"], users.c.locked_until == row["locked_until"])
        connection.execute(users.update().where(same).values(failures=0, locked_until=0))
    return User(row["id"], row["name"], row["role"], row["language"])


def _tried(connection: Connection, name: str, at: float) -> dict[str, Any] | None:
    """Count a try before its password is looked at, so that many at once are not free; the account as it is now, or None."""
    row = connection.execute(sa.select(users).where(users.c.name == name).with_for_update()).mappings().first()
    if row is None or not row["active"] or row["locked_until"] > at:
        return None
    rest = row["failures"] + 1 >= TRIES
    counted = {"failures": 0, "locked_until": at + REST} if rest else {"failures": row["failures"] + 1}
    connection.execute(users.update().where(users.c.id == row["id"]).values(**counted))
    return dict(row) | counted


def hashed(password: str) -> str:
    """Argon2id in PHC form, with a fresh salt."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise TrilinkError(f"password: expected {SHORTEST} to {LONGEST} characters")
    kind = Argon2id(salt=secrets.token_bytes(16), length=32, iterations=3, lanes=4, memory_cost=64 * 1024)
    with _AT_ONCE:
        return kind.derive_phc_encoded(password.encode())


def _matches(password: str, stored: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(), stored)
    except InvalidKey:
        return False
    return True


_NOBODY = hashed(secrets.token_urlsafe(24))
