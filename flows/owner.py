"""The owner's flows: check, contribute to the epoch key, encode, regroup, resolve. Paths, names and counts in; counts out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows._progress import progress
from flows._refusals import tells_senders
from flows._tasks import private_flow, private_task, show_counts
from linkage.owner.at_home import AtHome
from linkage.owner.keys import EpochTerms, collect, contribute
from linkage.owner.owner_check import owner_check
from linkage.owner.profile import OwnerProfile, check_sources, read_owner_profile
from linkage.owner.quality_gates import Report
from linkage.owner.regrouping import answer_request
from linkage.owner.release import Release, declared_sizes, read_report, release_package
from linkage.owner.report_page import write_reports
from linkage.owner.resolution import resolve_list
from linkage.protocol.agreement import Agreement
from linkage.protocol.pace import Pace
from linkage.protocol.party_profile import agreement_of, public_keys_of, unlock


def open_owner(profile_path: Path) -> tuple[OwnerProfile, Agreement]:
    """Profile and agreement, checked against each other and the calendar."""
    profile = read_owner_profile(profile_path)
    agreement = agreement_of(profile, "owner")
    agreement.require_valid(datetime.now(UTC).date())
    check_sources(profile, agreement)
    profile.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return profile, agreement


def owner_terms(agreement: Agreement, epoch: str) -> EpochTerms:
    return EpochTerms(agreement.fingerprint, epoch, timedelta(days=agreement.exchange.message_days))


def package_path(folder: Path, epoch: str, owner: str, entity: str) -> Path:
    return folder / f"package.{epoch}.{owner}.{entity}.sealed"


@private_task("check table")
def check_entity(profile_path: Path, entity: str, out: Path | None) -> Report:
    """Validate one table and say what a release of it would be like; page, JSON and quarantine list go to ``out``."""
    profile, agreement = open_owner(profile_path)
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


@private_task("seal contributions")
def seal_contributions(profile_path: Path, epoch: str, out: Path) -> dict[str, int]:
    """Declare our sizes and seal our contribution to every owner; returns the declared sizes."""
    profile, agreement = open_owner(profile_path)
    sizes = declared_sizes(profile)
    others = [public_keys_of(agreement, owner) for owner in agreement.owners if owner != profile.party]
    out.mkdir(parents=True, exist_ok=True)
    contribute(unlock(profile), others, owner_terms(agreement, epoch), out, sizes)
    return sizes


@private_flow("owner contribute")
def contribute_flow(profile: str, epoch: str, out: str) -> dict[str, int]:
    """Seal our part of the epoch key to the other owners."""
    sizes = seal_contributions(Path(profile), epoch, Path(out))
    show_counts("declared-sizes", sizes)
    return sizes


@private_task("encode and seal")
@tells_senders
def encode_entity(profile_path: Path, epoch: str, contributions: Path, out: Path, entity: str) -> dict[str, int]:
    """Validate, encode and seal one entity type, unless its package is there already; returns its counts."""
    profile, agreement = open_owner(profile_path)
    by, terms = unlock(profile), owner_terms(agreement, epoch)
    owners = {owner: public_keys_of(agreement, owner) for owner in agreement.owners if owner != profile.party}
    collected = collect(contributions, by, owners, terms, datetime.now(UTC))
    release = Release(profile, agreement, by, (epoch, collected.combine(), collected.declared_sizes))
    package = package_path(out, epoch, profile.party, entity)
    report = read_report(release, entity) if package.exists() else release_package(release, entity, package, Pace(progress=progress))
    return {key: report[key] for key in ("rows_read", "records", "postings")} | {"left_out": sum(report["left_out"].values())}


@private_flow("owner encode")
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
    profile, agreement = open_owner(profile_path)
    return answer_request(AtHome(profile, agreement, unlock(profile), datetime.now(UTC)), request, out)


@private_flow("owner regroup")
def regroup_flow(profile: str, request: str, out: str) -> dict[str, int]:
    """Say which of the asked postings are one record, and seal the answer to the unit."""
    counts = answer(Path(profile), Path(request), Path(out))
    show_counts("regrouped", counts)
    return counts


@private_task("resolve list")
@tells_senders
def resolve(profile_path: Path, sealed: Path, out: Path) -> dict[str, int]:
    profile, agreement = open_owner(profile_path)
    return resolve_list(AtHome(profile, agreement, unlock(profile), datetime.now(UTC)), sealed, out)


@private_flow("owner resolve")
def resolve_flow(profile: str, sealed: str, out: str) -> dict[str, int]:
    """Open our linked-case list and put our own references in."""
    counts = resolve(Path(profile), Path(sealed), Path(out))
    show_counts("linked-cases", counts)
    return counts
