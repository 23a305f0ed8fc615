"""The owner's flows: check, contribute to the epoch key, encode, regroup, resolve. Paths, names and counts in; counts out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flows._alone import alone
from flows._noted import noted
from flows._progress import progress
from flows._refusals import tells_senders
from flows._tasks import private_flow, private_task, show_counts
from linkage.owner.at_home import AtHome
from linkage.owner.ceremony import Ceremony
from linkage.owner.ceremony_notes import note_opened
from linkage.owner.contributions import collect
from linkage.owner.epoch_key import Asked, Standing, next_step
from linkage.owner.expiry import expire
from linkage.owner.keys import EpochTerms
from linkage.owner.owner_check import owner_check
from linkage.owner.profile import OwnerProfile, check_sources, read_owner_profile
from linkage.owner.quality_gates import Report
from linkage.owner.recalled import acknowledge
from linkage.owner.regrouping import answer_request
from linkage.owner.release import Release, read_report, release_package
from linkage.owner.report_page import write_reports
from linkage.owner.resolution import resolve_list
from linkage.owner.withdrawal import seal_withdrawals
from linkage.owner.withdrawal_status import status, take_acknowledgements
from linkage.protocol.agreement import Agreement
from linkage.protocol.pace import Pace
from linkage.protocol.party_profile import agreement_in_force, agreement_of, public_keys_of, unlock


def open_owner(profile_path: Path, *, draft: bool = False) -> tuple[OwnerProfile, Agreement]:
    """Profile and agreement, checked against each other and the calendar; unless a ``draft`` will do, signed by all parties."""
    profile, today = read_owner_profile(profile_path), datetime.now(UTC).date()
    agreement = agreement_of(profile, "owner") if draft else agreement_in_force(profile, "owner", today)
    agreement.require_valid(today)
    check_sources(profile, agreement)
    profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return profile, agreement


@contextmanager
def at_home(profile_path: Path, flow: str) -> Iterator[AtHome]:
    """What an owner works with in one step, on the grounds of this flow."""
    profile, agreement = open_owner(profile_path)
    with noted(profile, agreement, flow) as ledger:
        yield AtHome(profile, agreement, unlock(profile), datetime.now(UTC), ledger)


def owner_terms(agreement: Agreement, epoch: str) -> EpochTerms:
    return EpochTerms(agreement.fingerprint, epoch, timedelta(days=agreement.exchange.message_days))


def package_path(folder: Path, epoch: str, owner: str, entity: str) -> Path:
    return folder / f"package.{epoch}.{owner}.{entity}.sealed"


@private_task("check table")
def check_entity(profile_path: Path, entity: str, out: Path | None) -> Report:
    """Validate one table and say what a release of it would be like; page, JSON and quarantine list go to ``out``."""
    profile, agreement = open_owner(profile_path, draft=True)
    report, checked = owner_check(profile, agreement, entity)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_reports(out, "check", report, checked.quarantine, profile.language)
    return report


@private_flow("owner check")
def check_flow(profile: str, out: str | None) -> dict[str, Report]:
    """Check every table of the profile; nothing is encoded and no key is opened."""
    folder = Path(out) if out is not None else None
    reports = {entity: check_entity(Path(profile), entity, folder) for entity in sorted(read_owner_profile(Path(profile)).sources)}
    counted = {f"{entity} {what}": report[what] for entity, report in reports.items() for what in ("rows_read", "records")}
    show_counts("checked", counted)
    return reports


def open_ceremony(profile_path: Path, epoch: str, inbox: Path) -> tuple[OwnerProfile, Agreement, Ceremony]:
    """What an owner works with when an epoch's key is made or used; ``inbox`` holds the owners' commitments and contributions."""
    profile, agreement = open_owner(profile_path)
    others = {owner: public_keys_of(agreement, owner) for owner in agreement.owners if owner != profile.party}
    return profile, agreement, Ceremony(unlock(profile), others, owner_terms(agreement, epoch), inbox, datetime.now(UTC))


@private_task("next step to the epoch's key")
@tells_senders
def step_to_key(profile_path: Path, epoch: str, boxes: tuple[Path, Path], asked: Asked) -> Standing:
    """Commit, show or check, whichever can be done now; ``boxes`` are inbox and outbox."""
    for box in boxes:
        box.mkdir(parents=True, exist_ok=True)
    profile, agreement, ceremony = open_ceremony(profile_path, epoch, boxes[0])
    with noted(profile, agreement, "contribute") as ledger:
        return next_step(ceremony, (profile, agreement), boxes[1], asked, ledger)


@private_flow("owner contribute")
@alone
def contribute_flow(profile: str, epoch: str, inbox: str, out: str, starts: str | None = None, ends: str | None = None) -> Standing:
    """Take the next step to the epoch's key: commit to our part of it, show it when all have committed, check everybody's."""
    asked = (date.fromisoformat(starts) if starts else None, date.fromisoformat(ends) if ends else None)
    standing = step_to_key(Path(profile), epoch, (Path(inbox), Path(out)), asked)
    show_counts("declared-sizes", standing.declared.sizes)
    return standing


@private_task("encode and seal")
@tells_senders
def encode_entity(profile_path: Path, epoch: str, contributions: Path, out: Path, entity: str) -> dict[str, int]:
    """Validate, encode and seal one entity type, unless its package is there already; returns its counts."""
    profile, agreement, ceremony = open_ceremony(profile_path, epoch, contributions)
    with noted(profile, agreement, "encode") as ledger:
        collected = note_opened(ledger, ceremony, collect(ceremony))
        key = collected.key_to_encode(ceremony.now.date())
        release = Release(profile, agreement, ceremony.by, (epoch, key, collected.declared_sizes))
        package = package_path(out, epoch, profile.party, entity)
        report = read_report(release, entity) if package.exists() else release_package(release, entity, package, Pace(progress=progress))
    return {what: report[what] for what in ("rows_read", "records", "postings")} | {"left_out": sum(report["left_out"].values())}


@private_flow("owner encode")
@alone
def encode_flow(profile: str, epoch: str, contributions: str, out: str) -> dict[str, dict[str, int]]:
    """Encode every table of the profile into sealed packages."""
    counts = {
        entity: encode_entity(Path(profile), epoch, Path(contributions), Path(out), entity)
        for entity in sorted(read_owner_profile(Path(profile)).sources)
    }
    show_counts("encoded", {f"{entity} {what}": count for entity, row in counts.items() for what, count in row.items()})
    return counts


@private_task("answer regrouping")
@tells_senders
def answer(profile_path: Path, request: Path, out: Path) -> dict[str, int]:
    with at_home(profile_path, "regroup") as owner:
        return answer_request(owner, request, out)


@private_flow("owner regroup")
@alone
def regroup_flow(profile: str, request: str, out: str) -> dict[str, int]:
    """Say which of the asked postings are one record, and seal the answer to the unit."""
    counts = answer(Path(profile), Path(request), Path(out))
    show_counts("regrouped", counts)
    return counts


@private_task("resolve list")
@tells_senders
def resolve(profile_path: Path, sealed: Path, out: Path) -> dict[str, int]:
    with at_home(profile_path, "resolve") as owner:
        return resolve_list(owner, sealed, out)


@private_flow("owner resolve")
@alone
def resolve_flow(profile: str, sealed: str, out: str) -> dict[str, int]:
    """Open our linked-case list and put our own references in."""
    counts = resolve(Path(profile), Path(sealed), Path(out))
    show_counts("linked-cases", counts)
    return counts


@private_task("seal withdrawals")
def tell_withdrawn(profile_path: Path, out: Path) -> dict[str, int]:
    with at_home(profile_path, "withdraw") as owner:
        expire(owner.profile.home, owner.ledger, owner.now)  # of epochs whose days are over nobody has anything to forget
        return seal_withdrawals(owner, out)


@private_flow("owner withdraw")
@alone
def withdraw_flow(profile: str, out: str) -> dict[str, int]:
    """Tell the unit to forget what is noted as withdrawn; what it is stays at home, and is no parameter of anything."""
    counts = tell_withdrawn(Path(profile), Path(out))
    show_counts("withdrawn", counts)
    return counts


@private_task("take recall in")
@tells_senders
def take_recall(profile_path: Path, notice: Path, out: Path, lists: list[Path]) -> dict[str, int]:
    with at_home(profile_path, "acknowledge") as owner:
        return acknowledge(owner, notice, out, lists)


@private_flow("owner acknowledge")
@alone
def acknowledge_flow(profile: str, notice: str, out: str, lists: list[str]) -> dict[str, int]:
    """Take recalled links off our lists, and tell the owner that withdrew them."""
    counts = take_recall(Path(profile), Path(notice), Path(out), [Path(folder) for folder in lists])
    show_counts("recalled", counts)
    return counts


@private_task("take acknowledgements in")
@tells_senders
def withdrawal_status(profile_path: Path, acknowledgements: list[Path]) -> dict[str, dict[str, Any]]:
    with at_home(profile_path, "withdraw") as owner:
        take_acknowledgements(owner, acknowledgements)
        return status(owner.profile.home)


@private_flow("owner withdrawals")
@alone
def withdrawals_flow(profile: str, acknowledgements: list[str]) -> dict[str, dict[str, Any]]:
    """Who has acknowledged our withdrawals, and who has still to."""
    return withdrawal_status(Path(profile), [Path(path) for path in acknowledgements])


@private_task("delete what is over")
def delete_expired(profile_path: Path, lists: list[Path]) -> dict[str, int]:
    profile = read_owner_profile(profile_path)
    with noted(profile, agreement_of(profile, "owner"), "expire") as ledger:  # what is over goes, also when the agreement is over
        return expire(profile.home, ledger, datetime.now(UTC), lists)


@private_flow("owner expire")
@alone
def expire_flow(profile: str, lists: list[str]) -> dict[str, int]:
    """Delete crosswalks, notes and lists whose days are over; returns bytes by name."""
    deleted = delete_expired(Path(profile), [Path(folder) for folder in lists])
    show_counts("expired", deleted)
    return deleted
