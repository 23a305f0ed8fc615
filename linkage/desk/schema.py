"""Which schema a desk's database has, and carrying it forward (docs/adr/0039).

The rules of this room:
1. A new database is made by the migrations, the same ones that carry an old one forward.
2. An older one is refused until somebody says ``trilink desk upgrade``, for no step of every day changes a schema.
3. A newer one is refused always: what it holds would be read wrongly. There is no way back but the copy from before.
4. All migrations are one transaction: they are done, or nothing is.
"""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.protocol.errors import TrilinkError

MIGRATIONS = Path(__file__).with_name("migrations")
KNOWN = sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v[0-9]*.py"))  # v0002_what_it_does.py is revision 0002
HEAD = KNOWN[-1]
BEFORE_ALEMBIC = {"1": "0001"}  # what ``facts`` said, and the schema that it meant
ONE_AT_A_TIME = 0x7472_696C_696E_6B  # "trilink": PostgreSQL's advisory lock


def revision_of(connection: Connection) -> str | None:
    """The revision of the schema; None where there are no tables yet."""
    there = set(sa.inspect(connection).get_table_names())
    if "alembic_version" in there:
        return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
    if "facts" in there:
        version = connection.scalar(sa.text("SELECT value FROM facts WHERE key = 'version'"))
        return BEFORE_ALEMBIC.get(str(version), str(version))
    return None


def made_ready(connection: Connection) -> None:
    """Tables in a new database, nothing in one of today's schema; any other is refused, with what to do."""
    found = revision_of(connection)
    if found is None:
        carry_forward(connection)
    elif found != HEAD:
        raise TrilinkError(refusal(found))


def carry_forward(connection: Connection) -> str | None:
    """Run what is missing inside the open transaction; the revision that was found. A newer database is refused."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
    found = revision_of(connection)
    if found == HEAD:
        return found
    if found is not None and found not in KNOWN:
        raise TrilinkError(refusal(found))
    from alembic import command
    from alembic.config import Config  # with Mako, a fifth of a second: for new and old databases alone

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if found is not None and found in BEFORE_ALEMBIC.values():
        command.stamp(config, found)
    command.upgrade(config, HEAD)
    return found


def refusal(found: str) -> str:
    """What is wrong with a database of another schema, and what to do."""
    if found in KNOWN:
        return f"the desk's database has schema {found}, this release needs {HEAD}: stop the desk, back up, run `trilink desk upgrade`"
    return (
        f"the desk's database has schema {found}, which this release (schema {HEAD}) does not know: "
        "install the later release again, or restore the copy from before its upgrade"
    )
