"""Carrying a desk's database forward to this release's schema, when somebody says so."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import Connection

from linkage.desk.connecting import opened, url_of
from linkage.desk.schema import HEAD, KNOWN, carry_forward, revision_of
from linkage.protocol.atomic_files import PRIVATE, scratch_folder, sync_folder
from linkage.protocol.errors import TrilinkError


class Upgraded(NamedTuple):
    """``before``: the schema that was found, None in a database without tables; ``copy``: of a SQLite file, as it was before."""

    before: str | None
    after: str
    copy: Path | None


def upgrade(place: str | Path) -> Upgraded:
    """Carry the database's schema forward to this release's, in one transaction; of a SQLite file a copy from before is kept beside it."""
    url = url_of(place)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    if file is not None and not file.exists():
        raise TrilinkError(f"{file}: there is no database to upgrade")
    copies: list[Path] = []

    def carried(connection: Connection) -> str | None:
        found = revision_of(connection)
        if file is not None and found in KNOWN and found != HEAD:
            copies.append(_copied(file, file.with_name(f"{file.name}.before-{HEAD}")))
        found = carry_forward(connection)
        if file is not None and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise TrilinkError("the upgrade would have broken a reference; nothing was changed")
        return found

    engine, found = opened(place, carried, ("foreign_keys=OFF",))
    engine.dispose()
    return Upgraded(found, HEAD, copies[0] if copies else None)


def _copied(file: Path, copy: Path) -> Path:
    """The SQLite database as it was when our transaction began, whole, for its owner alone."""
    with scratch_folder(copy.parent, copy.name) as folder:
        begun = folder / copy.name
        os.close(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("VACUUM INTO ?", (str(begun),))
        sync_folder(begun)
        os.replace(begun, copy)
    sync_folder(copy.parent)
    return copy
