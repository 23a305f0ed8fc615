"""The unit's flows: link sealed packages, then cluster with the owners' answers. Paths, names and counts in; counts out."""

import json
from datetime import UTC, datetime
from pathlib import Path

from flows._engines import run_units
from flows._tasks import private_flow, private_task, show_counts
from linkage.protocol.agreement import Agreement
from linkage.protocol.ledger import Received
from linkage.protocol.party_profile import PartyProfile, agreement_of, read_profile, unlock
from linkage.unit.classification import possible_matches
from linkage.unit.comparison import compare_partition
from linkage.unit.estimates import remarks
from linkage.unit.explanation import write_explanations
from linkage.unit.intake import Intake, remove_leftovers, take_in
from linkage.unit.linking import decide, write_results
from linkage.unit.lists import write_lists
from linkage.unit.outcomes import NO_REVIEWS, read_outcomes, reviews_of
from linkage.unit.regrouping import take_answers, write_requests
from linkage.unit.state import RunState

FORMAT = "trilink/unit-profile/v1"


def read_unit_profile(path: Path) -> PartyProfile:
    return read_profile(path, PartyProfile, FORMAT)


def open_unit(profile_path: Path, epoch: str) -> tuple[PartyProfile, Agreement, RunState]:
    """Profile, agreement in force, and the epoch's run."""
    profile = read_unit_profile(profile_path)
    agreement = agreement_of(profile, "unit")
    agreement.require_valid(datetime.now(UTC).date())
    profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return profile, agreement, RunState(profile.home / "epochs" / epoch, agreement, epoch)


def _intake(profile_path: Path, epoch: str) -> Intake:
    profile, _, state = open_unit(profile_path, epoch)
    remove_leftovers(state.folder)
    return Intake(state, unlock(profile), Received(profile.home / "received.jsonl"), datetime.now(UTC))


@private_task("take packages in")
def receive_packages(profile_path: Path, epoch: str, packages: list[Path]) -> dict[str, int]:
    """Verify and unpack; returns postings by owner and entity type."""
    return take_in(_intake(profile_path, epoch), packages)


@private_task("compare candidate pairs")
def compare_all(profile_path: Path, epoch: str, engine: str, workers: int) -> dict[str, int]:
    """Compare every partition of every two owners; returns candidate pairs by entity type and owners."""
    _, agreement, state = open_unit(profile_path, epoch)
    names, units = [], []
    for entity, left, right in state.jobs():
        folder = state.pairs(entity, left, right)
        folder.mkdir(parents=True, exist_ok=True)
        for part in sorted(state.package(left, entity).glob("part-*.arrow")):
            other = state.package(right, entity) / part.name
            units.append((agreement.entities[entity], agreement.encoding.diffusion, part, other, folder / part.name))
            names.append(f"{entity} {left} {right}")
    counts = dict.fromkeys(names, 0)
    for name, pairs in zip(names, run_units(engine, workers, compare_partition, units), strict=True):
        counts[name] += pairs
    return counts


@private_task("learn weights")
def learn(profile_path: Path, epoch: str) -> dict[str, int]:
    """Find the possible matches of every two owners; returns pairs of postings by entity type and owners."""
    _, _, state = open_unit(profile_path, epoch)
    return {f"{entity} {left} {right}": possible_matches(state, entity, left, right) for entity, left, right in state.jobs()}


@private_task("ask owners to regroup")
def ask(profile_path: Path, epoch: str, out: Path) -> dict[str, int]:
    profile, _, state = open_unit(profile_path, epoch)
    return write_requests(state, unlock(profile), out)


@private_flow("unit link")
def link_flow(profile: str, epoch: str, packages: list[str], out: str, engine: str, workers: int) -> dict[str, dict[str, int]]:
    """Verify packages, compare, and ask the owners about what may match."""
    path = Path(profile)
    counts = {
        "postings": receive_packages(path, epoch, [Path(package) for package in packages]),
        "candidate pairs": compare_all(path, epoch, engine, workers),
        "possible matches": learn(path, epoch),
        "asked": ask(path, epoch, Path(out)),
    }
    show_counts("linking", {f"{what}: {name}": count for what, row in counts.items() for name, count in row.items()})
    return counts


@private_task("take answers in")
def receive_answers(profile_path: Path, epoch: str, answers: list[Path]) -> dict[str, int]:
    return take_answers(_intake(profile_path, epoch), answers)


@private_task("decide, cluster and list")
def decide_all(profile_path: Path, epoch: str, out: Path, explain: bool = False, outcomes: Path | None = None) -> dict[str, int]:
    """Decide every entity type and seal the lists; returns links by entity type, owners and band."""
    profile, _, state = open_unit(profile_path, epoch)
    reviews = reviews_of(read_outcomes(outcomes), profile.home / "epochs") if outcomes else NO_REVIEWS
    decided = [decide(state, entity, reviews) for entity in state.entities()]
    counts = write_results(state, decided)
    if explain:
        write_explanations(state, decided)
    write_lists(state, decided, unlock(profile), out, datetime.now(UTC))
    return counts


@private_flow("unit cluster")
def cluster_flow(
    profile: str, epoch: str, answers: list[str], out: str, explain: bool = False, outcomes: str | None = None
) -> dict[str, dict[str, int]]:
    """Take the owners' answers in, decide, cluster, and seal every owner's list."""
    path = Path(profile)
    counts = {
        "groups": receive_answers(path, epoch, [Path(answer) for answer in answers]),
        "links": decide_all(path, epoch, Path(out), explain, Path(outcomes) if outcomes else None),
    }
    show_counts("links", {f"{what}: {name}": count for what, row in counts.items() for name, count in row.items()})
    return counts


def quality_remarks(profile: Path, epoch: str) -> list[str]:
    """What a person must know about the decision of a run, one line each; nothing before there is one."""
    path = open_unit(profile, epoch)[2].result("quality.json")
    return remarks(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []
