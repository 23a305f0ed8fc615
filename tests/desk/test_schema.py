"""The desk's schema over releases: old databases are carried forward with every row, newer ones refused, models and migrations agree.

``tests/vectors/desk/schema-1.*.sql`` are dumps (sqlite3's iterdump; pg_dump --inserts) of a desk as the code of 24 November 2026 made it,
before there were migrations, with rows in every table.
"""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from linkage.desk import upgrading
from linkage.desk.queue import one
from linkage.desk.schema import HEAD, KNOWN, MIGRATIONS, revision_of
from linkage.desk.store import metadata, open_store
from linkage.desk.upgrading import upgrade
from linkage.protocol.errors import TrilinkError
from tests.desk.made_desk import made_desk, user
from tests.postgresql import PASSWORD, postgresql

DUMPS = Path(__file__).resolve().parents[1] / "vectors" / "desk"
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield sa.engine.make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that release 0.1.0 made."""
    dump = (DUMPS / f"schema-1.{request.param}.sql").read_text(encoding="utf-8")
    if request.param == "sqlite":
        with sqlite3.connect(tmp_path / "desk.sqlite") as connection:
            connection.executescript(dump)
        connection.close()
        return f"sqlite:///{tmp_path / 'desk.sqlite'}"
    place: str = request.getfixturevalue("server")
    engine = sa.create_engine(place)
    with engine.begin() as server:
        server.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        server.connection.driver_connection.execute(dump)  # type: ignore[union-attr]  # many statements, none of them ours to bind
    engine.dispose()
    return place


def rows(place: str) -> Rows:
    """Every row of every table, by column."""
    engine = sa.create_engine(place)
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version", "facts"}
        found = {name: [dict(row) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')).mappings()] for name in names}
    engine.dispose()
    return {name: sorted(there, key=lambda row: str(sorted(row.items()))) for name, there in found.items()}


def test_an_old_database_is_carried_forward_with_every_row(old: str) -> None:
    before = rows(old)
    assert len(before) == 13 and all(before.values())
    assert upgrade(old)[:2] == ("0001", HEAD)
    after = rows(old)
    for name, there in before.items():
        kept = [{key: row[key] for key in there[0]} for row in after[name]]
        assert sorted(kept, key=str) == sorted(there, key=str), name
    assert upgrade(old) == (HEAD, HEAD, None)


def test_models_and_migrations_agree(old: str) -> None:
    """On a database that was carried forward; a new one is made by the same migrations."""
    upgrade(old)
    engine = sa.create_engine(old)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    engine.dispose()


def test_a_desk_works_on_after_its_upgrade(old: str) -> None:
    upgrade(old)
    store = open_store(old)
    with store.look() as connection:
        seen = one(connection, user_of("carla"), f"{0:032x}", "2026-09-21")
    assert seen is not None and seen["status"] == "confirmed"
    with store.change() as connection:  # numbers go on where they were
        connection.execute(metadata.tables["journal"].insert().values(at=1.0, user_name="x", event="x"))
        numbers = list(connection.scalars(sa.select(metadata.tables["journal"].c.id)))
    assert len(numbers) == len(set(numbers))


def user_of(name: str) -> Any:
    return user(None, name)  # type: ignore[arg-type]  # the number follows from the name


def test_nothing_but_the_upgrade_changes_a_schema(old: str) -> None:
    before = rows(old)
    with pytest.raises(TrilinkError, match=f"has schema 0001, this release needs {HEAD}: .*trilink desk upgrade"):
        open_store(old)
    assert rows(old) == before


def test_a_newer_database_is_refused_by_everything(old: str) -> None:
    upgrade(old)
    engine = sa.create_engine(old)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9001'"))
    for step in (open_store, upgrade):
        with pytest.raises(TrilinkError, match=r"has schema 9001, which this release .* does not know: install the later release again"):
            step(old)
    with engine.connect() as connection:
        assert revision_of(connection) == "9001"
    engine.dispose()


def test_a_release_that_knows_no_alembic_refuses_too(old: str) -> None:
    """Release 0.1.0 reads the fact ``version`` and takes 1 alone."""
    upgrade(old)
    engine = sa.create_engine(old)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT value FROM facts WHERE key = 'version'")) == "2"
    engine.dispose()


def test_an_upgrade_that_fails_changes_nothing(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(old)

    honest = upgrading.carry_forward

    def fails(connection: sa.Connection) -> str | None:
        honest(connection)
        raise TrilinkError("power cut")

    monkeypatch.setattr(upgrading, "carry_forward", fails)
    with pytest.raises(TrilinkError, match="power cut"):
        upgrade(old)
    assert rows(old) == before


def test_the_copy_from_before_is_whole_and_ours_alone(tmp_path: Path) -> None:
    place = tmp_path / "desk.sqlite"
    with sqlite3.connect(place) as connection:
        connection.executescript((DUMPS / "schema-1.sqlite.sql").read_text(encoding="utf-8"))
    connection.close()
    before = rows(f"sqlite:///{place}")
    copy = upgrade(place).copy
    assert copy is not None and stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(f"sqlite:///{copy}") == before
    assert sorted(path.name for path in tmp_path.iterdir() if "unfinished" in path.name) == []
    with pytest.raises(TrilinkError, match="trilink desk upgrade"):
        open_store(copy)


def test_there_is_nothing_to_upgrade_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(TrilinkError, match="there is no database to upgrade"):
        upgrade(tmp_path / "desk.sqlite")
    assert not (tmp_path / "desk.sqlite").exists()


def test_a_new_database_has_today_s_schema(tmp_path: Path) -> None:
    made_desk(tmp_path)
    assert upgrade(tmp_path / "mx.sqlite") == (HEAD, HEAD, None)


def test_revisions_are_one_line_and_named_after_their_files() -> None:
    """The schema's rooms read file names, not Alembic's graph."""
    script = ScriptDirectory(MIGRATIONS)
    assert [one.revision for one in script.walk_revisions()] == KNOWN[::-1]
    assert script.get_heads() == [HEAD]
