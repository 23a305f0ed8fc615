"""Signing in: slow for those who guess, the same answer for wrong names and wrong passwords."""

from contextlib import nullcontext
from pathlib import Path

import pytest
import sqlalchemy as sa

from linkage.desk import accounts
from linkage.desk.accounts import REST, TRIES, add_user, set_active, set_password, sign_in
from linkage.desk.sessions import IDLE, LONGEST, begin_session, end_session, session_of, touch
from linkage.desk.store import sessions, users
from linkage.protocol.errors import TrilinkError
from tests.desk.made_desk import BEGIN, PASSWORD, made_desk, user


def test_the_right_password_signs_in_and_is_not_in_the_database(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    found = sign_in(desk.store, "ana", PASSWORD, clock())
    assert found is not None and (found.name, found.role) == ("ana", "investigator")
    assert sign_in(desk.store, "ana", "wrong horse battery", clock()) is None
    assert sign_in(desk.store, "nobody", PASSWORD, clock()) is None
    with desk.store.change() as connection:
        for name in ("gina", "hugo"):
            add_user(connection, name, PASSWORD, "auditor")
        stored = connection.scalars(sa.select(users.c.password).where(users.c.name.in_(("gina", "hugo")))).all()
    assert all(one.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for one in stored)
    assert len(set(stored)) == len(stored)  # one password, two salts
    assert PASSWORD.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_guessing_makes_an_account_rest_for_a_while(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    for _ in range(TRIES):
        assert sign_in(desk.store, "ana", "wrong horse battery", clock()) is None
    assert sign_in(desk.store, "ana", PASSWORD, clock()) is None
    assert sign_in(desk.store, "beto", PASSWORD, clock()) is not None
    assert sign_in(desk.store, "ana", PASSWORD, clock() + REST + 1) is not None


def test_the_right_password_forgives_the_wrong_ones_before_it(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    for _ in range(3):
        for _ in range(TRIES - 1):
            assert sign_in(desk.store, "ana", "wrong horse battery", clock()) is None
        assert sign_in(desk.store, "ana", PASSWORD, clock()) is not None


def test_the_database_does_not_wait_for_a_password_and_guesses_at_once_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While each password is looked at somebody else writes; and of twenty guesses at once no more than ``TRIES`` are looked at."""
    desk, clock = made_desk(tmp_path)
    looked_at: list[str] = []

    def matches(password: str, stored: str) -> bool:
        with desk.store.change() as connection:
            connection.execute(sa.update(users).where(users.c.name == "beto").values(language="es"))
        looked_at.append(stored)
        if len(looked_at) < 20:
            sign_in(desk.store, "ana", "another guess", clock())  # begins before this one has ended
        return False

    monkeypatch.setattr(accounts, "_matches", matches)
    monkeypatch.setattr(accounts, "_AT_ONCE", nullcontext())
    assert sign_in(desk.store, "ana", "wrong horse battery", clock()) is None
    assert len(looked_at) == 20 and sum(stored != accounts._NOBODY for stored in looked_at) == TRIES


def test_a_closed_account_and_an_old_password_open_nothing(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path)
    with desk.store.change() as connection:
        set_active(connection, "ana", False)
        set_password(connection, "beto", "another long password")
    assert sign_in(desk.store, "ana", PASSWORD, clock()) is None
    assert sign_in(desk.store, "beto", PASSWORD, clock()) is None


REFUSED = [
    ("ana", PASSWORD, "investigator", "there is an account"),
    ("", PASSWORD, "investigator", "1 to 64"),
    (" x", PASSWORD, "investigator", "no space"),
    ("x\n", PASSWORD, "investigator", "printable"),
    ("x", "short", "investigator", "12 to 256"),
    ("x", PASSWORD, "king", "role"),
]


@pytest.mark.parametrize(("name", "password", "role", "said"), REFUSED)
def test_accounts_that_are_refused(tmp_path: Path, name: str, password: str, role: str, said: str) -> None:
    desk, _ = made_desk(tmp_path, count=1)
    with desk.store.change() as connection, pytest.raises(TrilinkError, match=said):
        add_user(connection, name, password, role)


def test_a_session_ends_by_idleness_by_age_and_by_signing_out(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path, count=1)
    with desk.store.change() as connection:
        token = begin_session(connection, user(desk, "ana"), clock())
        assert session_of(connection, token, clock() + IDLE - 1) is not None
        assert session_of(connection, token, clock() + IDLE + 1) is None
        for moment in range(0, int(LONGEST) + 1, int(IDLE) // 2):
            touch(connection, token, BEGIN + moment)
        assert session_of(connection, token, BEGIN + LONGEST - 1) is not None
        assert session_of(connection, token, BEGIN + LONGEST + 1) is None
        end_session(connection, token)
        assert session_of(connection, token, BEGIN) is None
        assert connection.scalar(sa.select(sa.func.count()).select_from(sessions)) == 0


def test_the_database_does_not_hold_the_token(tmp_path: Path) -> None:
    desk, clock = made_desk(tmp_path, count=1)
    with desk.store.change() as connection:
        token = begin_session(connection, user(desk, "ana"), clock())
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
