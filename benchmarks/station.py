"""The unit's station as `trilink up` starts it, with a real Prefect server on loopback: ``python -m benchmarks.station``.

One deployed schedule is run by the worker to its end, one fails, and the program that the profile names must then be told, once. That needs
the automation of ``prefect.yaml``, the server's event stream and the worker, of which no test without a server says anything.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from benchmarks.ending import end_in_order
from linkage.lab.parties import make_parties
from tests.conftest import free_port

ROOT = Path(__file__).resolve().parents[1]
WITHIN = 300.0  # seconds: a Prefect server on a busy machine takes a minute to start
SETTLED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
PROFILE = """
format = "trilink/unit-profile/v1"
party = "unit"
agreement = "../../agreement.toml"
home = "home"
keys = { private = "private.json", passphrase_file = "passphrase" }
ledger = { who = "nobody, unattended", legal_basis = "agreement, art. 4", purpose = "a test", receipts = "outbox" }

[exchange]
inbox = "inbox"
outbox = "outbox"

[watch]
tell = "tell"
"""
TELL = '#!/bin/sh\ncat >> "$(dirname "$0")/told"\n'
T = TypeVar("T")


def main() -> None:
    """Print what was done when; ends with a traceback where something is not done in time."""
    end_in_order()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        party = _party(Path(folder))
        port = free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        up = [
            sys.executable,
            "-m",
            "flows.command_line",
            "up",
            "--party",
            str(party / "profile.toml"),
            "--port",
            str(port),
            "--log",
            "json",
        ]
        with (party / "up.log").open("wb") as log:
            station = subprocess.Popen(up, cwd=ROOT, env=environment | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
        try:
            for said in _tried(party, f"http://127.0.0.1:{port}/api", station):
                print(f"{time.monotonic() - started:5.0f} s  {said}", flush=True)
        finally:
            station.terminate()
            station.wait(60)
        assert station.returncode == 0, "the station does not end in order"
        print(f"{time.monotonic() - started:5.0f} s  the station ended in order")


def _tried(party: Path, api: str, station: "subprocess.Popen[bytes]") -> Any:
    _until(lambda: b'"up"' in (party / "up.log").read_bytes(), station)
    user, password = (party / "home" / "prefect" / "auth").read_text(encoding="utf-8").strip().split(":", 1)
    with httpx.Client(base_url=api, auth=(user, password), timeout=30) as server:
        names = sorted(one["name"] for one in server.post("/deployments/filter", json={}).raise_for_status().json())
        yield f"up, deployed: {', '.join(names)}"
        state = _run(server, station, {})
        assert state == "COMPLETED", state
        yield "a run of unit-receipts by the worker: completed"
        state = _run(server, station, {"profile": str(party / "nothing.toml")})
        assert state == "FAILED", state
        yield "a run of unit-receipts with a profile that is not there: failed"
        told = party / "told"
        lines = _until(lambda: told.read_text(encoding="utf-8").splitlines() if told.exists() else [], station)
        yield f"told: {lines[-1]}"
        telling = _until(lambda: _settled(server, {"deployments": {"name": {"any_": ["unit-tell"]}}}), station)
        assert [run["state_type"] for run in telling] == ["COMPLETED"], "told of once, and not of the telling"
        assert [json.loads(line)["state"] for line in told.read_text(encoding="utf-8").splitlines()] == ["failed"]
        yield f"by hand, `prefect deploy --all`: {_all_by_hand(party, server)}"


def _party(folder: Path) -> Path:
    make_parties(folder, ROOT / "configs" / "agreement.toml", ["ca", "mx", "us"], seed=None)
    party = folder / "parties" / "unit"
    for box in ("inbox", "outbox"):
        (party / box).mkdir()
    (party / "profile.toml").write_text(PROFILE, encoding="utf-8")
    (party / "tell").write_text(TELL, encoding="utf-8")
    (party / "tell").chmod(0o755)
    return party


def _all_by_hand(party: Path, server: httpx.Client) -> str:
    """Deploy every role's entries, as the head of prefect.yaml says; the last thing, for each role's telling would be told from now on."""
    auth = (party / "home" / "prefect" / "auth").read_text(encoding="utf-8").strip()
    settings = {
        "PREFECT_API_URL": str(server.base_url).rstrip("/"), "PREFECT_API_AUTH_STRING": auth, "PREFECT_HOME": str(party / "by-hand"),
        "TRILINK_PROFILE": str(party / "profile.toml"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    deploy = [sys.executable, "-m", "prefect", "deploy", "--no-prompt", "--all", "--prefect-file", str(ROOT / "prefect.yaml")]
    subprocess.run(deploy, cwd=ROOT, env=os.environ | settings, capture_output=True, check=True, timeout=WITHIN)
    return f"{len(server.post('/deployments/filter', json={}).raise_for_status().json())} deployments"


def _run(server: httpx.Client, station: "subprocess.Popen[bytes]", parameters: dict[str, str]) -> str:
    """Ask for a run of a deployment, as its schedule does; how it ended."""
    deployment = server.get("/deployments/name/receipts/unit-receipts").raise_for_status().json()
    asked = {"state": {"type": "SCHEDULED"}, "parameters": deployment["parameters"] | parameters}
    run = server.post(f"/deployments/{deployment['id']}/create_flow_run", json=asked).raise_for_status().json()
    (ended,) = _until(lambda: _settled(server, {"flow_runs": {"id": {"any_": [run["id"]]}}}), station)
    return str(ended["state_type"])


def _settled(server: httpx.Client, which: dict[str, Any]) -> list[dict[str, Any]]:
    runs = server.post("/flow_runs/filter", json=which).raise_for_status().json()
    return [run for run in runs if run["state_type"] in SETTLED]


def _until(looked: Callable[[], T], station: "subprocess.Popen[bytes]") -> T:
    """What is there as soon as something is."""
    end = time.monotonic() + WITHIN
    while not (found := looked()):
        assert station.poll() is None, "the station ended by itself"
        assert time.monotonic() < end, "it takes too long"
        time.sleep(1)
    return found


if __name__ == "__main__":
    main()
