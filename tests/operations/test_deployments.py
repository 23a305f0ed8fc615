"""What `prefect.yaml` deploys is there: flows by these names, with these parameters, on schedules that mean something."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.events import DeploymentEventTrigger
from prefect.flows import load_flow_from_entrypoint

from flows._station import POOL, deployments_file
from flows.telling import tell
from linkage.protocol.errors import TrilinkError
from linkage.protocol.exchange_rules import WatchRule
from linkage.protocol.party_profile import PartyProfile, read_party

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = DOCUMENT["deployments"]


def test_the_file_that_is_deployed_is_this_one() -> None:
    assert deployments_file() == ROOT / "prefect.yaml"


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_a_deployment_can_run(deployment: dict[str, Any]) -> None:
    flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
    inspect.signature(flow.fn).bind(**deployment["parameters"])
    role, what = deployment["name"].split("-", 1)
    assert deployment["tags"] == ["trilink-tell" if what == "tell" else "trilink", role] and role in ("owner", "unit", "desk")
    assert deployment["work_pool"] == {"name": POOL} and deployment["concurrency_limit"]["limit"] == 1
    assert ("schedules" in deployment) != ("triggers" in deployment)
    for schedule in deployment.get("schedules", ()):
        said = {key: value for key, value in schedule.items() if key != "active"}
        assert CronSchedule(**said) if "cron" in said else IntervalSchedule(**said)


def test_parameters_are_paths_and_nothing_else() -> None:
    """Prefect stores them in clear."""
    assert {key for one in DEPLOYMENTS for key in one["parameters"]} == {"profile", "lists", "out", "sealed", "run"}


@pytest.mark.parametrize("role", ["owner", "unit", "desk"])
def test_a_failed_run_of_any_schedule_tells_and_telling_does_not(role: str) -> None:
    (telling,) = [one for one in DEPLOYMENTS if one["name"] == f"{role}-tell"]
    (trigger,) = [DeploymentEventTrigger.model_validate(one) for one in telling["triggers"]]
    assert trigger.expect == {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"} and trigger.threshold == 1
    tag = str(trigger.match_related.root["prefect.resource.id"]).removeprefix("prefect.tag.")
    assert tag not in telling["tags"], "or a telling that fails would tell of itself, for ever"
    assert {tag in one["tags"] for one in DEPLOYMENTS if one["name"].startswith(role) and one is not telling} == {True}


PROGRAM = '#!/bin/sh\ncat >> "$(dirname "$0")/told"\nexit {code}\n'


def _told(folder: Path, program: str) -> PartyProfile:
    (folder / "tell").write_text(program, encoding="utf-8")
    (folder / "tell").chmod(0o755)
    (folder / "profile.toml").write_text(
        'format = "trilink/unit-profile/v1"\nparty = "unit"\nagreement = "a.toml"\nhome = "home"\n'
        'keys = { private = "k.json" }\nwatch = { tell = "tell" }\n', encoding="utf-8",
    )  # fmt: skip
    return read_party(folder / "profile.toml")


def test_the_program_gets_one_line_and_its_failure_is_said(tmp_path: Path) -> None:
    profile = _told(tmp_path, PROGRAM.format(code=0))
    assert tell(profile, "link 2026-11", "package.x.sealed: damaged")
    line = json.loads((tmp_path / "told").read_text(encoding="utf-8"))
    assert line == {"party": "unit", "event": "link 2026-11", "state": "failed", "said": "package.x.sealed: damaged"}
    with pytest.raises(TrilinkError, match=r"watch\.tell: tell ended with 3; nobody was told that link failed"):
        tell(_told(tmp_path, PROGRAM.format(code=3)), "link", "why")
    (tmp_path / "tell").unlink()
    with pytest.raises(TrilinkError, match="FileNotFoundError"):
        tell(profile, "link", "why")


def test_without_a_program_nobody_is_told(tmp_path: Path) -> None:
    profile = _told(tmp_path, "").model_copy(update={"watch": WatchRule()})
    assert not tell(profile, "link", "why")
    assert not (tmp_path / "told").exists()
