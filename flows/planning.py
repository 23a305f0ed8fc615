"""The owner's flow that plans blocking: paths, names and numbers in; counts and shares out."""

from pathlib import Path
from typing import Any

from flows._progress import progress
from flows._tasks import private_flow, private_task, show_counts
from flows.owner import open_owner
from linkage.owner.error_model import SHIPPED, read_error_model
from linkage.owner.plan_blocking import Planning, plan_blocking
from linkage.owner.profile import read_owner_profile
from linkage.protocol.pace import Pace

Plans = dict[str, dict[str, Any]]


@private_task("plan blocking")
def plan_entity(profile_path: Path, entity: str, errors: Path, settings: tuple[int, int, int]) -> dict[str, Any]:
    """Plan one entity type; ``settings`` are the sample's size, the seed and the largest owner's size."""
    profile, agreement = open_owner(profile_path, draft=True)
    model = read_error_model(errors)
    model.require_fields(agreement.entities.values())
    return plan_blocking(profile, agreement, entity, Planning(model, *settings), Pace(progress=progress))


@private_flow("owner plan-blocking")
def plan_blocking_flow(profile: str, errors: str | None, sample: int, seed: int, largest: int) -> Plans:
    """Plan every table of the profile; nothing is encoded and no key is opened."""
    model = Path(errors) if errors is not None else SHIPPED
    plans = {
        entity: plan_entity(Path(profile), entity, model, (sample, seed, largest))
        for entity in sorted(read_owner_profile(Path(profile)).sources)
    }
    show_counts("planned", {f"{entity} {what}": plan[what] for entity, plan in plans.items() for what in ("records", "postings")})
    return plans
