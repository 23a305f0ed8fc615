"""The unit's flows: link sealed packages, then cluster with the owners' answers. Paths, names and counts in; counts out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flows._alone import alone
from flows._engines import run_units
from flows._noted import noted
from flows._refusals import tells_senders
from flows._tasks import private_flow, private_task, show_counts
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.ledger import Ledger
from linkage.protocol.party_profile import UNIT_FORMAT, PartyProfile, agreement_in_force, agreement_of, read_profile, unlock
from linkage.protocol.received import Received
from linkage.unit.asking import write_requests
from linkage.unit.classification import possible_matches
from linkage.unit.comparison import compare_partition
from linkage.unit.estimates import remarks
from linkage.unit.expiry import expire, require_kept
from linkage.unit.explanation import write_explanations
from linkage.unit.forgetting import forget
from linkage.unit.history import remember
from linkage.unit.intake import Intake, take_in
from linkage.unit.issuing import last_issued
from linkage.unit.linking import decide, write_results
from linkage.unit.list_budget import check_lists
from linkage.unit.lists import write_lists
from linkage.unit.outcomes import reviews_of
from linkage.unit.outcomes_intake import kept_outcomes, take_outcomes
from linkage.unit.owner_tables import Desk
from linkage.unit.recalling import seal_recalls, take_withdrawals
from linkage.unit.regrouping import take_answers
from linkage.unit.run_page import run_page
from linkage.unit.run_view import view_run
from linkage.unit.state import RunState


def read_unit_profile(path: Path) -> PartyProfile:
    return read_profile(path, PartyProfile, (UNIT_FORMAT,))


def open_unit(profile_path: Path, epoch: str, *, former: bool = False) -> tuple[PartyProfile, Agreement, RunState]:
    """Profile, agreement in force, and the epoch's run; ``former``: also of an epoch that was begun under a former agreement."""
    profile = read_unit_profile(profile_path)
    agreement = agreement_in_force(profile, "unit", datetime.now(UTC).date())
    profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    require_kept(profile.home / "epochs" / epoch)
    return profile, agreement, RunState(profile.home / "epochs" / epoch, agreement, epoch, former=former)


@contextmanager
def _intake(profile_path: Path, epoch: str, flow: str, *, former: bool = False) -> Iterator[Intake]:
    profile, agreement, state = open_unit(profile_path, epoch, former=former)
    with noted(profile, agreement, flow) as ledger:
        now = datetime.now(UTC)
        yield Intake(state, unlock(profile), Received(ledger, now), now)


def _note_run(ledger: Ledger, event: str, state: RunState, counts: dict[str, int]) -> None:
    ledger.note(event, {"epoch": state.epoch, "run": state.run, "counts": counts}, datetime.now(UTC))


@private_task("take packages in")
@tells_senders
def receive_packages(profile_path: Path, epoch: str, packages: list[Path]) -> dict[str, int]:
    """Verify and unpack; returns postings by owner and entity type."""
    with _intake(profile_path, epoch, "link") as intake:
        counts = take_in(intake, packages)
        forget(intake.state)
    return counts


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
def ask(profile_path: Path, epoch: str, out: Path, counts: dict[str, int]) -> dict[str, int]:
    profile, agreement, state = open_unit(profile_path, epoch)
    with noted(profile, agreement, "link") as ledger:
        _note_run(ledger, "linked", state, counts)
        return write_requests(state, unlock(profile), out)


@private_flow("unit link")
@alone
def link_flow(profile: str, epoch: str, packages: list[str], out: str, engine: str, workers: int) -> dict[str, dict[str, int]]:
    """Verify packages, compare, and ask the owners about what may match."""
    path = Path(profile)
    counts = {
        "postings": receive_packages(path, epoch, [Path(package) for package in packages]),
        "candidate pairs": compare_all(path, epoch, engine, workers),
        "possible matches": learn(path, epoch),
    }
    counts["asked"] = ask(path, epoch, Path(out), {what.replace(" ", "_"): sum(row.values()) for what, row in counts.items()})
    show_counts("linking", {f"{what}: {name}": count for what, row in counts.items() for name, count in row.items()})
    return counts


@private_task("take answers in")
@tells_senders
def receive_answers(profile_path: Path, epoch: str, answers: list[Path]) -> dict[str, int]:
    with _intake(profile_path, epoch, "cluster") as intake:
        counts = take_answers(intake, answers)
        forget(intake.state)
    return counts


@private_task("take outcomes in")
@tells_senders
def receive_outcomes(profile_path: Path, outcomes: list[Path]) -> dict[str, int]:
    """What became of links at the owners' desks; returns settled links by owner."""
    profile, now = read_unit_profile(profile_path), datetime.now(UTC)
    agreement = agreement_in_force(profile, "unit", now.date())
    with noted(profile, agreement, "cluster") as ledger:
        return take_outcomes(Desk(profile.home, agreement, unlock(profile), Received(ledger, now), now), outcomes)


@private_flow("unit outcomes")
@alone
def outcomes_flow(profile: str, outcomes: list[str]) -> dict[str, int]:
    """Take outcomes in; the next clustering learns from them."""
    counts = receive_outcomes(Path(profile), [Path(sealed) for sealed in outcomes])
    show_counts("outcomes", counts)
    return counts


@private_task("decide, cluster and list")
def decide_all(profile_path: Path, epoch: str, out: Path, explain: bool = False, former: bool = False) -> dict[str, dict[str, int]]:
    """Decide every entity type and seal the lists; returns links by entity type, owners and band, and what is new since the last epoch."""
    profile, agreement, state = open_unit(profile_path, epoch, former=former)
    reviews = reviews_of(kept_outcomes(profile.home, agreement), profile.home / "epochs")
    decided = [decide(state, entity, reviews) for entity in state.entities()]
    links = write_results(state, decided)
    if explain:
        write_explanations(state, decided)
    with noted(profile, agreement, "cluster") as ledger:
        _note_run(ledger, "clustered", state, {"links": sum(links.values())})
        check_lists(ledger, state.epoch, decided, datetime.now(UTC))
        events = remember(state, decided)
        write_lists(state, decided, unlock(profile), out, datetime.now(UTC))
    since = {
        f"{entity} {what} {event}": count
        for what, found in events.items()
        for entity, row in found.items()
        for event, count in row.items()
    }  # fmt: skip
    return {"links": links, "since the last epoch": since}


@private_flow("unit cluster")
@alone
def cluster_flow(
    profile: str, epoch: str, answers: list[str], out: str, explain: bool = False, outcomes: tuple[str, ...] = ()
) -> dict[str, dict[str, int]]:
    """Take the owners' answers and their desks' outcomes in, decide, cluster, and seal every owner's list."""
    path = Path(profile)
    told = {"outcomes": receive_outcomes(path, [Path(sealed) for sealed in outcomes])} if outcomes else {}
    groups = receive_answers(path, epoch, [Path(answer) for answer in answers])
    counts = told | {"groups": groups} | decide_all(path, epoch, Path(out), explain)
    show_counts("links", {f"{what}: {name}": count for what, row in counts.items() for name, count in row.items()})
    return counts


@private_task("forget what is withdrawn")
@tells_senders
def forget_withdrawn(profile_path: Path, epoch: str, withdrawals: list[Path], out: Path) -> dict[str, dict[str, int]]:
    """Take withdrawals in, note what has to be recalled, forget, and seal the recalls."""
    with _intake(profile_path, epoch, "forget", former=True) as intake:
        named = take_withdrawals(intake, withdrawals)
        deleted = {"postings": forget(intake.state)}
        return {"entities named": named, "deleted": deleted, "links recalled": seal_recalls(intake, out)}


@private_flow("unit forget")
@alone
def forget_flow(profile: str, epoch: str, withdrawals: list[str], out: str) -> dict[str, dict[str, int]]:
    """Forget what owners have withdrawn, recall it from whose lists had it, and seal lists without it."""
    path = Path(profile)
    counts = forget_withdrawn(path, epoch, [Path(withdrawal) for withdrawal in withdrawals], Path(out))
    state = open_unit(path, epoch, former=True)[2]
    if any(last_issued(state, owner) for owner in state.agreement.owners):
        counts |= decide_all(path, epoch, Path(out), former=True)
    show_counts("forgotten", {f"{what}: {name}": count for what, row in counts.items() for name, count in row.items()})
    return counts


@private_task("delete what is over")
def delete_expired(profile_path: Path) -> dict[str, int]:
    profile = read_unit_profile(profile_path)
    with noted(profile, agreement_of(profile, "unit"), "expire") as ledger:  # what is over goes, also when the agreement is over
        return expire(profile.home, ledger, datetime.now(UTC))


@private_flow("unit expire")
@alone
def expire_flow(profile: str) -> dict[str, int]:
    """Delete what owners' days are over for; returns bytes by name."""
    deleted = delete_expired(Path(profile))
    show_counts("expired", deleted)
    return deleted


def quality_remarks(profile: Path, epoch: str) -> list[str]:
    """What a person must know about the decision of a run, one line each; nothing before there is one."""
    path = open_unit(profile, epoch, former=True)[2].result("quality.json")
    return remarks(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def write_run_page(profile: Path, epoch: str, out: Path, language: str) -> None:
    """The joint team's page of a run as far as it is, as one file."""
    state = open_unit(profile, epoch, former=True)[2]
    with written_whole(out, PRIVATE) as file:
        file.write(run_page(view_run(state), state, language))
