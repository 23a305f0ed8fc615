"""What tests share: a real Prefect server of their own, the ``trilink`` command, and one rehearsal with canaries in its data."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.boundary.canaries import write_canary_corpus

STARTED_WITHIN = 120  # seconds
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


class Trilink:
    """Runs the console script as a user would, against the tests' own Prefect server."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment, self.log = environment, log

    def __call__(self, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "flows.command_line", *arguments, cwd=cwd)

    def python(self, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Another Python program in the same environment; all that it says is kept for the canary test."""
        command = [sys.executable, *(str(argument) for argument in arguments)]
        done = subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True, timeout=500, check=False)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(done.stdout + done.stderr)
        return done


@pytest.fixture(scope="session")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' Prefect server keeps its database and logs."""
    return tmp_path_factory.mktemp("prefect-home")


@pytest.fixture(scope="session")
def trilink(prefect_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trilink]:
    """The command, with a Prefect server on loopback that lives as long as the session."""
    port = _free_port()
    api = f"http://127.0.0.1:{port}/api"
    root = Path(__file__).resolve().parents[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"PREFECT_HOME": str(prefect_home), "PREFECT_API_URL": api, "PYTHONPATH": str(root), "COLUMNS": "120"}
    serving = {"PREFECT_SERVER_API_PORT": str(port), "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    log = tmp_path_factory.mktemp("output") / "all.log"
    with (prefect_home / "server.log").open("wb") as output:
        command = [str(Path(sys.executable).with_name("prefect")), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(command, env=environment | serving, stdout=output, stderr=subprocess.STDOUT)
        try:
            _await(f"{api}/health", server)
            yield Trilink(environment, log)
        finally:
            server.terminate()
            server.wait(30)


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    """Ask until the server answers; the kernel's own refusal paces the asking."""
    waiting = subprocess.run(
        [sys.executable, "-c", AWAIT, url, str(STARTED_WITHIN)], timeout=STARTED_WITHIN + 10, check=False
    )  # a process of its own, so that a dead server ends it
    assert waiting.returncode == 0 and server.poll() is None, "the Prefect server did not start; see server.log in its home"


AWAIT = """
import sys, threading, time, urllib.request
end, pause = time.monotonic() + float(sys.argv[2]), threading.Event()
while time.monotonic() < end:
    try:
        urllib.request.urlopen(sys.argv[1], timeout=5)
        sys.exit(0)
    except OSError:
        pause.wait(0.2)
sys.exit(1)
"""


@pytest.fixture(scope="session")
def canary_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented tri-country corpus with improbable words in every field, rows that fail among them."""
    folder = tmp_path_factory.mktemp("corpus") / "data"
    write_canary_corpus(folder)
    return folder


@pytest.fixture(scope="session")
def rehearsed(trilink: Trilink, canary_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One rehearsal of that corpus with one worker; others compare themselves with it."""
    out = tmp_path_factory.mktemp("rehearsed") / "out"
    done = trilink("rehearse", "--data", canary_corpus, "--out", out, "--seed", 7, "--workers", 1)
    assert done.returncode == 0, done.stderr
    return out
