"""What tests share: a real Prefect server of their own, the ``trilink`` command, and one rehearsal with canaries in its data."""

import json
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


class Forks:
    """The process that runs commands in forks of itself (``fork_server.py``), started when the first is asked for."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment, self._folder = environment, folder
        self._server: subprocess.Popen[str] | None = None

    def run(self, code: str | None, argv: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        out, err = self._folder / "out", self._folder / "err"
        asked = {"argv": argv, "code": code, "folder": str(cwd), "out": str(out), "err": str(err)}
        server = self._server or self._start()
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        returncode = int(server.stdout.readline())
        return subprocess.CompletedProcess(argv, returncode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))

    def _start(self) -> "subprocess.Popen[str]":
        command = [sys.executable, str(Path(__file__).with_name("fork_server.py"))]
        pipe = subprocess.PIPE
        self._server = server = subprocess.Popen(command, env=self._environment, stdin=pipe, stdout=pipe, text=True)
        assert server.stdout is not None and server.stdout.readline() == "ready\n", "the fork server did not start"
        return server

    def end(self) -> None:
        if self._server is not None:
            self._server.communicate()  # the end of its input is its end
            self._server = None


class Trilink:
    """Runs commands as a user would, against the tests' own Prefect server: in forks, or, without any, as processes from the start."""

    def __init__(self, environment: dict[str, str], log: Path, forks: Forks | None = None) -> None:
        self.environment, self.log, self._forks = environment, log, forks

    def __call__(self, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return self._run(None, [str(argument) for argument in arguments], cwd)

    def python(self, code: str, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Another Python program in the same environment; all that it says is kept for the canary test."""
        return self._run(code, [str(argument) for argument in arguments], cwd)

    def _run(self, code: str | None, argv: list[str], cwd: Path | None) -> subprocess.CompletedProcess[str]:
        if self._forks is not None:
            done = self._forks.run(code, argv, cwd or Path.cwd())
        else:
            program = ("-m", "flows.command_line") if code is None else ("-c", code)
            command = [sys.executable, *program, *argv]
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
    port = free_port()
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
            forks = Forks(environment, log.parent)
            yield Trilink(environment, log, forks)
            forks.end()
        finally:
            server.terminate()
            server.wait(30)


def free_port() -> int:
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
