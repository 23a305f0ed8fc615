"""What `prefect.yaml` deploys is there: flows by these names, with these parameters, on schedules that mean something."""

import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.flows import load_flow_from_entrypoint

from flows._station import POOL, deployments_file

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS: list[dict[str, Any]] = DOCUMENT["deployments"]


def test_the_file_that_is_deployed_is_this_one() -> None:
    assert deployments_file() == ROOT / "prefect.yaml"


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_a_deployment_can_run(deployment: dict[str, Any]) -> None:
    flow = load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
    inspect.signature(flow.fn).bind(**deployment["parameters"])
    role = deployment["name"].split("-")[0]
    assert deployment["tags"] == ["trilink", role] and role in ("owner", "unit", "desk")
    assert deployment["work_pool"] == {"name": POOL} and deployment["concurrency_limit"]["limit"] == 1
    for schedule in deployment["schedules"]:
        said = {key: value for key, value in schedule.items() if key != "active"}
        assert CronSchedule(**said) if "cron" in said else IntervalSchedule(**said)


def test_parameters_are_paths_and_nothing_else() -> None:
    """Prefect stores them in clear."""
    assert {key for one in DEPLOYMENTS for key in one["parameters"]} == {"profile", "lists", "out", "sealed"}
