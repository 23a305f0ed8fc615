"""A real PostgreSQL for tests: Debian's package, on loopback, in a folder of its own, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

USER, PASSWORD = "trilink_test", "Plugh-Xyzzy-7"


def _programs() -> Path | None:
    """Where initdb and pg_ctl are: Debian keeps them out of the path, one folder per version."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    found = str(folders[-1]) if folders else shutil.which("pg_ctl")
    return Path(found).parent if found else None


def _run(*command: object) -> None:
    """As user postgres when we are root, whom PostgreSQL refuses."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *map(str, command)], capture_output=True, text=True, timeout=60, check=False, cwd="/")
    if done.returncode:
        pytest.skip(f"PostgreSQL is there but does not start: {done.stderr.strip()[-200:]}")


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a running server, without its password (which is ``PASSWORD``); skips the test where PostgreSQL is not installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres")
        _run(programs / "initdb", "-D", folder / "data", "-U", USER, "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-N")
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        _run(programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"
        finally:
            _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
