"""The servers that this party's environment or profile names: Prefect's, its database, the desk's database, Dask's scheduler."""

import base64
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import version
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from flows._doctor.findings import Finding, Found, Look, examine, fail, ok, warn

API, AUTH, DATABASE = "PREFECT_API_URL", "PREFECT_API_AUTH_STRING", "PREFECT_SERVER_DATABASE_CONNECTION_URL"
SECONDS = 5.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = {"postgresql": 5432}


def services(dask: str | None) -> Iterator[Finding]:
    """``dask``: the scheduler's address, if there is to be one."""
    checks: list[tuple[str, Look[str], str | None]] = [
        ("prefect server", prefect_server, os.environ.get(API)),
        ("prefect database", database, os.environ.get(DATABASE)),
        ("dask scheduler", dask_scheduler, dask),
    ]
    for check, look, address in checks:
        if address:
            yield examine(check, look, address)
        else:
            yield Finding(check, "ok", NOT_NAMED[check], "")


NOT_NAMED = {
    "prefect server": f"none named ({API}): every command starts one of its own for as long as it runs",
    "prefect database": f"none named ({DATABASE}): SQLite in Prefect's home",
    "dask scheduler": "none named: partitions are compared on threads, or on a cluster of our own",
}


def prefect_server(api: str) -> Found:
    """Whether it answers, knows us, and is of our version."""
    parts = urlsplit(api)
    if parts.scheme not in ("http", "https"):
        return fail(f"{API} is no http address", f"set {API} to http://127.0.0.1:4200/api or wherever `trilink up` runs")
    trouble = ""
    try:
        found = str(json.loads(_asked(f"{api.rstrip('/')}/admin/version")))
    except urllib.error.HTTPError as error:
        trouble = "it wants another auth string" if error.code in (401, 403) else f"it answers {error.code}"
    except (OSError, ValueError):
        trouble = "it does not answer"
    if trouble:
        return fail(f"{parts.hostname}:{parts.port}: {trouble}", f"start it with `trilink up`, or correct {API} and {AUTH}")
    if found.split(".")[:2] != version("prefect").split(".")[:2]:
        return fail(f"the server is Prefect {found}, ours is {version('prefect')}", "run the same release on both sides")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return warn(f"{parts.hostname}: Prefect {found}, over a network in clear", "put a proxy with TLS in front and use https")
    return ok(f"{parts.hostname}:{parts.port}: Prefect {found}")


def _asked(url: str) -> bytes:
    request = urllib.request.Request(url)
    secret = os.environ.get(AUTH)
    if secret:
        request.add_header("Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return bytes(answer.read(4096))


def database(address: str) -> Found:
    """Whether a server listens where the URL says; SQLite needs none. The URL is never shown, for it may hold a password."""
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None:
        return fail("not a database URL", "write postgresql+asyncpg://user@host/name, and the password into a file that only we read")
    kind = url.get_backend_name()
    if kind == "sqlite":
        return ok("SQLite, a file")
    host, port = url.host or "127.0.0.1", url.port or PORTS.get(kind, 0)
    if not _listens(host, port):
        return fail(f"{kind} at {host}:{port} does not answer", "start it, or correct the URL")
    return ok(f"{kind} at {host}:{port}, {url.database}")


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=SECONDS):
            return True
    except OSError:
        return False


def dask_scheduler(address: str) -> Found:
    parts = urlsplit(address)
    if not (parts.hostname and parts.port and _listens(parts.hostname, parts.port)):
        return fail(f"{parts.hostname}:{parts.port}: does not answer", "start `dask scheduler`, or take another engine")
    from distributed import Client  # 0.5 s to import

    with Client(address, timeout=SECONDS, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        workers = len(client.scheduler_info(n_workers=-1)["workers"])
    if not workers:
        return fail(f"{address}: no worker has joined", "start `dask worker` on machines that see our files under the same paths")
    return ok(f"{address}: {workers} workers")
