"""Make a package at home: read, validate, encode, seal to the unit. The only way in which records leave.

The rules of this room:
1. What leaves: sorted encoded postings, counts of non-matching level patterns, and the manifest; no record id, no record boundary.
2. Common tokens are dropped and postings drawn before anything is encoded (``drawing``).
3. The crosswalk is sealed before the package, so that no package exists whose answers could not be resolved.
4. Same table, key and agreement: same postings, byte for byte; only the seal differs.
5. The report is at home before anything is sealed. Where a quality gate of the agreement is not met nothing is sealed, unless somebody
   answers for it by name, which is logged first.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.owner.blocking_tokens import Blocking
from linkage.owner.checking import CheckedTable
from linkage.owner.committed_rows import CommittedRows
from linkage.owner.conformance import conformance_digest
from linkage.owner.crosswalk import CrosswalkWriter, crosswalk_draft, crosswalk_path, read_crosswalk
from linkage.owner.drawing import Draw
from linkage.owner.encoding import Encoder
from linkage.owner.gathering import Gathering
from linkage.owner.keys import EncodingKey
from linkage.owner.non_matches import OwnPairs
from linkage.owner.overriding import Override, answering, log_override
from linkage.owner.package_parts import Workshop
from linkage.owner.pads import Pads
from linkage.owner.posting_store import partition_bits
from linkage.owner.profile import OwnerProfile
from linkage.owner.quality_gates import Failed, Report, sentence
from linkage.owner.reading import count_rows
from linkage.owner.release_report import About, Shown, last_release, release_report
from linkage.owner.report_page import write_reports
from linkage.owner.revealed import passes_of
from linkage.owner.risk import RiskSample
from linkage.owner.validation import Quarantine
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import scratch_folder
from linkage.protocol.budgets import Subject, check_package
from linkage.protocol.errors import GatesNotMet, InvalidPackage, TrilinkError
from linkage.protocol.guarded import Guarded
from linkage.protocol.kept_agreement import keep_agreement
from linkage.protocol.ledger import open_ledger
from linkage.protocol.pace import AT_EASE, Pace
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Draft, Parts, seal


class Release(Guarded):
    """What one release is made with: profile, agreement, party keys, epoch, epoch key, declared sizes by owner and entity."""

    __slots__ = ("agreement", "by", "declared", "epoch", "key", "profile")

    def __init__(
        self, profile: OwnerProfile, agreement: Agreement, by: PartyKeys, epoch: tuple[str, EncodingKey, Mapping[str, Mapping[str, int]]]
    ) -> None:
        self.profile, self.agreement, self.by = profile, agreement, by
        self.epoch, self.key, self.declared = epoch

    def largest(self, entity: str) -> int:
        """The largest declared size of an owner; decides, the same everywhere, how fine passes and partitions are."""
        return max((sizes.get(entity, 0) for sizes in self.declared.values()), default=0)

    @property
    def home(self) -> Path:
        folder = self.profile.home / "epochs" / self.epoch
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder


def declared_sizes(profile: OwnerProfile) -> dict[str, int]:
    """Rows of each table, rounded up: what the other owners learn of our sizes."""
    return {entity: rounded_up(count_rows(source)) for entity, source in sorted(profile.sources.items())}


def rounded_up(size: int) -> int:
    """A declared size: two significant digits, rounded up, so that it does not give the exact number away.

    >>> rounded_up(4871)
    4900
    """
    step = int(10 ** max(len(str(size)) - 2, 0))
    return -(-size // step) * step


def release_package(release: Release, entity: str, out: Path, pace: Pace = AT_EASE) -> Report:
    """Write the sealed package to ``out`` and crosswalk, quarantine and report at home; returns the report (counts only)."""
    profile, agreement, largest = release.profile, release.agreement, release.largest(entity)
    source, rule = profile.sources[entity], agreement.entities[entity]
    keep_agreement(release.home, agreement)
    blocking = Blocking(passes_of(agreement, entity, largest), entity, release.key.derive(f"trilink/v1/blocking/{entity}"))
    with scratch_folder(release.home, "encoding") as folder:
        heard = f"read {entity}", release.declared.get(profile.party, {}).get(entity, 0)
        checked = CheckedTable(source, rule, heard, pace, withdrawn_records(profile.home).among(entity))
        gathering = Gathering(folder / "postings", rule, blocking, partition_bits(largest))
        workshop, crosswalk = Workshop(folder, gathering, rule), CrosswalkWriter(folder)
        rows = CommittedRows(release.by, release.epoch, entity)
        sample = RiskSample(release.declared.get(profile.party, {}).get(entity, 0))
        for records in checked.entities():
            sample.take_in(records)
            workshop.take_in(records)
            references = records.references()
            crosswalk.add_entities(references)
            rows.add(references)
        met = gathering.settle(_draw(release, entity), pace)
        about = About(profile.party, entity, release.epoch, largest)
        shown = Shown(met, sample.risk(agreement, entity, largest))
        report = release_report(about, checked, shown, agreement, last_release(profile.home, release.epoch, entity))
        _pass_gates(release, report, checked.quarantine)
        _keep_to_budget(release, report)
        _seal(release, (report, rows.root()), _encoded(release, entity, (workshop, crosswalk), pace), out)
    return report


def _pass_gates(release: Release, report: Report, quarantine: Quarantine) -> None:
    """Rule 5, and a table without a usable record makes no package.

    What is refused leaves its report as ``refused.<entity>``, so that the next release is not compared with it.
    """
    entity, failed, override = report["entity"], report["gates_not_met"], answering()
    refused = bool(failed) and override is None
    write_reports(release.home, "refused" if refused else "release", report, quarantine, release.profile.language)
    if refused:
        page = release.home / f"refused.{entity}.html"
        raise GatesNotMet(f"{entity}: not sealed, the agreement's quality gates are not met ({sentence(failed)}); see {page}")
    if failed and override is not None:
        _log_override(release, override, entity, failed)
    if not report["records"]:
        raise InvalidPackage(f"{entity}: no usable record, nothing to seal; see the quarantine file at home")


def _keep_to_budget(release: Release, report: Report) -> None:
    """Where the release is noted in a ledger: not more records than agreed, nor many more than in the last epoch."""
    ledger, party = open_ledger(release.profile.party), release.profile.party
    if ledger is not None:
        about = Subject(party, release.epoch, report["entity"])
        check_package(ledger, about, report["duplicates"]["entities"], datetime.now(UTC))


def _log_override(release: Release, override: Override, entity: str, failed: list[Failed]) -> None:
    """Name and reason stay at home; the ledger holds the digest of what was said."""
    now, ledger = datetime.now(UTC), open_ledger(release.profile.party)
    statement = log_override(release.profile.home, override, (release.epoch, entity), failed, now)
    if ledger is not None:
        gates = sorted({one["gate"] for one in failed})
        ledger.note("overridden", {"epoch": release.epoch, "entity": entity, "gates": gates, "statement": statement}, now)


def read_report(release: Release, entity: str) -> Report:
    """The report of the package that was sealed before, from home."""
    path = release.home / f"release.{entity}.json"
    if not path.is_file():
        raise InvalidPackage(f"{entity}: sealed before, but not from this home; take another folder for packages")
    _check_withdrawn(release, entity)
    report: Report = json.loads(path.read_text(encoding="utf-8"))
    return report


def _check_withdrawn(release: Release, entity: str) -> None:
    """A package that was sealed before a withdrawal still holds what was withdrawn."""
    gone, home = withdrawn_records(release.profile.home), release.profile.home
    if gone.among(entity) is not None:
        path = crosswalk_path(home, release.epoch, entity)
        crosswalk = read_crosswalk(path, release.agreement, release.epoch, release.by, datetime.now(UTC))
        count = sum(gone.touches(entity, own.records) for own in crosswalk.all_entities())
        if count:
            raise TrilinkError(
                f"{entity}: the package that is there holds {count} entities withdrawn since; "
                "if it was not sent, delete it and encode again; if it was, send the withdrawal"
            )


def _encoded(release: Release, entity: str, made: tuple[Workshop, CrosswalkWriter], pace: Pace) -> Parts:
    """The package's parts, on disk; the crosswalk is sealed."""
    (workshop, crosswalk), agreement = made, release.agreement
    encoder = Encoder(workshop.features(), agreement, entity, release.key)
    pairs = OwnPairs(encoder.table.firsts(), release.key, entity)
    id_key, home = (release.by.derive(f"trilink/v1/{use}/{release.epoch}/{entity}") for use in ("posting-ids", "missing-filters"))
    pads = Pads(encoder.rule, entity, release.key, home)
    parts: dict[str, Path | bytes] = {}
    meeting = []
    for part in workshop.parts((encoder, pads), pairs, (_draw(release, entity), id_key), (f"encode {entity}", pace)):
        crosswalk.add_postings(part.ids, part.records)
        parts[part.path.name] = part.path
        meeting.append(part.meeting)
    draft = crosswalk_draft(agreement, release.epoch, entity, release.by.party)
    crosswalk.seal(crosswalk_path(release.profile.home, release.epoch, entity), draft, release.by)
    parts["non-matches.arrow"] = pairs.counted(encoder, meeting, agreement.encoding.non_match_pairs).to_bytes()
    return parts


def _draw(release: Release, entity: str) -> Draw:
    encoding = release.agreement.encoding
    return Draw(encoding.token_cap, encoding.token_postings, release.key.derive(f"trilink/v1/drawing/{entity}"))


def _seal(release: Release, said: tuple[Report, str], parts: Parts, out: Path) -> None:
    """``said`` is the report, and the commitment to the rows."""
    (report, rows), agreement = said, release.agreement
    entity = report["entity"]
    body: dict[str, Any] = {
        "entity": entity, "records": report["duplicates"]["entities"], "postings": report["postings"],
        "partition_bits": partition_bits(release.largest(entity)), "postings_dropped": report["postings_dropped"],
        "key_check_value": release.key.key_check_value(), "conformance": conformance_digest(agreement, entity), "rows": rows,
    }  # fmt: skip
    draft = Draft("package", agreement.fingerprint, release.epoch, body, timedelta(days=agreement.exchange.message_days))
    out.parent.mkdir(parents=True, exist_ok=True)
    seal(draft, parts, public_keys_of(agreement, agreement.unit), release.by, out)
