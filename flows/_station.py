"""One party's station on one machine: its own Prefect server and worker, on loopback, in a home of their own (docs/adr/0032).

Both die with this process, however it ends; whichever dies before is started again. The server never sees a passphrase.
"""

import ctypes
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from flows._doctor.services import prefect_server
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.party_profile import PartyProfile
from linkage.protocol.private_files import read_private

HOST, POOL = "127.0.0.1", "trilink"
STARTED_WITHIN, ENDED_WITHIN = 120.0, 20.0  # seconds
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Station:
    """What is started for a party; ``settings`` are the environment variables of everything in it."""

    def __init__(self, path: Path, profile: PartyProfile, port: int) -> None:
        self.profile = profile
        self.home = profile.home / "prefect"
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.chmod(0o700)
        auth = _auth(self.home / "auth")
        self.settings = {
            "PREFECT_HOME": str(self.home.resolve()), "PREFECT_API_URL": f"http://{HOST}:{port}/api",
            "PREFECT_SERVER_API_HOST": HOST, "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_API_AUTH_STRING": auth, "PREFECT_API_AUTH_STRING": auth,
            "TRILINK_PROFILE": str(path.resolve()),
        }  # fmt: skip
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def ensure(self) -> list[str]:
        """Start what does not run; names of what was started."""
        started = []
        for name, arguments in (("server", ("server", "start")), ("worker", ("worker", "start", "--pool", POOL, "--type", "process"))):
            process = self._running.get(name)
            if process is None or process.poll() is not None:
                self._running[name] = self._start(name, arguments)
                started.append(name)
                if name == "server":
                    self._await()
        return started

    def deploy(self, file: Path, role: str) -> None:
        """The work pool, and the deployments of this role; again changes nothing."""
        for arguments in (
            ("work-pool", "create", POOL, "--type", "process", "--overwrite"),
            ("deploy", "--no-prompt", "--prefect-file", str(file), "--name", f"{role}-*"),
        ):
            done = subprocess.run(_prefect(arguments), env=self._environment("deploy"), capture_output=True, check=False)
            if done.returncode:
                self._log("deploy").write_bytes(done.stdout + done.stderr)
                raise TrilinkError(f"prefect {arguments[0]} failed; what it said is in {self._log('deploy')}")

    def start_server(self) -> None:
        """The server alone, so that there is something to deploy to before a worker looks for work."""
        self._running["server"] = self._start("server", ("server", "start"))
        self._await()

    def end(self) -> None:
        for process in reversed(self._running.values()):
            process.terminate()
        for process in reversed(self._running.values()):
            try:
                process.wait(ENDED_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()

    def _start(self, name: str, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        descriptor = os.open(self._log(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
        with os.fdopen(descriptor, "ab") as log:
            return subprocess.Popen(  # its own session: Ctrl-C is ours to pass on
                _prefect(arguments), env=self._environment(name), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=_die_with_us(),
            )  # fmt: skip

    def _await(self) -> None:
        end = time.monotonic() + STARTED_WITHIN
        while prefect_server(self.settings["PREFECT_API_URL"]).state == "fail":
            if self._running["server"].poll() is not None or time.monotonic() > end:
                raise TrilinkError(f"the Prefect server did not start; what it said is in {self._log('server')}; is its port taken?")
            time.sleep(0.3)

    def _environment(self, name: str) -> Mapping[str, str]:
        """Only what opens keys for scheduled flows, the worker, inherits where a passphrase is."""
        hidden = () if name == "worker" else (self.profile.keys.passphrase_variable,)
        return {key: value for key, value in os.environ.items() if key not in hidden} | self.settings

    def _log(self, name: str) -> Path:
        return self.home / f"{name}.log"


@contextmanager
def settled(settings: Mapping[str, str]) -> Iterator[None]:
    """The settings in our own environment too; entered before Prefect is imported."""
    os.environ.update(settings)
    if "prefect" in sys.modules:
        raise TrilinkError("Prefect was imported before its settings were made")
    yield


def deployments_file() -> Path:
    """The shipped ``prefect.yaml``: beside the code in a checkout, inside the package when installed."""
    beside = Path(__file__).resolve().parents[1] / "prefect.yaml"
    if beside.is_file():
        return beside
    import linkage

    return Path(linkage.__path__[0]) / "configs" / "prefect.yaml"


def _prefect(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "prefect", *arguments]


def _auth(path: Path) -> str:
    """One string that our server, our worker and our browser share; made once, 0600."""
    if not path.exists():
        with written_whole(path, PRIVATE) as file:
            file.write(f"trilink:{secrets.token_urlsafe(24)}".encode())
    return read_private(path, 4096).decode().strip()


def _die_with_us() -> Callable[[], None] | None:
    """What a child does first: ask the kernel to end it when its parent is gone, even by SIGKILL."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
