"""Make a package at home: read, validate, encode, seal to the unit. The only way in which records leave.

The rules of this room:
1. What leaves: sorted encoded postings, counts of non-matching level patterns, and the manifest; no record id, no record boundary.
2. Common tokens are dropped before anything is written (fineness, ``blocking_tokens`` rule 3).
3. The crosswalk is sealed before the package, so that no package exists whose answers could not be resolved.
4. Same table, key and agreement: same postings, byte for byte; only the seal differs.
"""

import json
import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from linkage.owner.conformance import conformance_digest
from linkage.owner.crosswalk import CrosswalkWriter, crosswalk_draft, crosswalk_path
from linkage.owner.entities import Entities
from linkage.owner.keys import EncodingKey
from linkage.owner.non_matches import OwnPairs
from linkage.owner.package_parts import Keyed, Workshop
from linkage.owner.profile import OwnerProfile, Source
from linkage.owner.reading import RawRow, read_source
from linkage.owner.validation import Quarantine, Validation
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.pace import AT_EASE, Pace
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.sealing import Draft, Parts, seal

RECORDS_PER_PART = 10_000

Report = dict[str, Any]


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
    return {entity: rounded_up(_count_rows(source)) for entity, source in sorted(profile.sources.items())}


def _count_rows(source: Source) -> int:
    return sum(1 for _ in read_source(source)[1])


def rounded_up(size: int) -> int:
    """A declared size: two significant digits, rounded up, so that it does not give the exact number away.

    >>> rounded_up(4871)
    4900
    """
    step = int(10 ** max(len(str(size)) - 2, 0))
    return -(-size // step) * step


def release_package(release: Release, entity: str, out: Path, pace: Pace = AT_EASE) -> Report:
    """Write the sealed package to ``out`` and crosswalk, quarantine and report at home; returns the report (counts only)."""
    source, rule = release.profile.sources[entity], release.agreement.entities[entity]
    header, rows = read_source(source)
    for left in release.home.glob(".encoding-*"):  # of a killed run
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=release.home, prefix=".encoding-") as folder:
        validation = Validation(header, source, rule)
        entities = Entities(validation.chunks(_heard(rows, release, entity, pace), pace.rows), source, rule)
        body, parts = _encoded(release, entity, entities.chunks(pace.rows), (Path(folder), pace))
        ignored = sum(1 for name in header if name not in _used_columns(source, list(rule.fields)))
        report = {
            "format": "trilink/release-report/v1", "owner": release.profile.party, "entity": entity, "epoch": release.epoch,
            "rows_read": validation.read, "records": entities.records, "left_out": validation.quarantine.counts(),
            "duplicates": entities.report(), "columns_ignored": ignored,
            "postings": body["postings"], "postings_dropped": body["postings_dropped"],
        }  # fmt: skip
        _write_home(release, entity, validation.quarantine, report)
        _seal(release, body, parts, out)
    return report


def _heard(rows: Iterator[RawRow], release: Release, entity: str, pace: Pace) -> Iterator[RawRow]:
    """The rows, and word of every thousandth; of how many, the declared size says, which is rounded up."""
    total = release.declared.get(release.profile.party, {}).get(entity, 0)
    for number, row in enumerate(rows, 1):
        yield row
        if number % 1000 == 0:
            pace.progress(f"read {entity}", number, max(total, number))


def read_report(release: Release, entity: str) -> Report:
    """The report of the package that was sealed before, from home."""
    path = release.home / f"release.{entity}.json"
    if not path.is_file():
        raise InvalidPackage(f"{entity}: sealed before, but not from this home; take another folder for packages")
    report: Report = json.loads(path.read_text(encoding="utf-8"))
    return report


def _used_columns(source: Source, fields: list[str]) -> set[str]:
    return {source.record_id, source.case_id, *(source.column(field) for field in fields)}


def _encoded(release: Release, entity: str, chunks: Iterator[CanonicalRecords], place: tuple[Path, Pace]) -> tuple[dict[str, Any], Parts]:
    """The manifest's body and the package's parts, on disk; the crosswalk is sealed."""
    (folder, pace), agreement, largest = place, release.agreement, release.largest(entity)
    id_key = release.by.derive(f"trilink/v1/posting-ids/{release.epoch}/{entity}")
    workshop = Workshop(folder, Keyed(agreement, entity, (release.key, id_key), largest), partition_bits(largest))
    crosswalk = CrosswalkWriter(folder)
    for records in chunks:
        workshop.take_in(records)
        crosswalk.add_entities(records.references())
    encoder = workshop.encoder()
    pairs = OwnPairs(encoder.table.firsts(), release.key, entity)
    parts: dict[str, Path | bytes] = {}
    meeting, dropped, postings = [], np.zeros(32, dtype=np.int64), 0
    for part in workshop.parts(encoder, pairs, pace):
        crosswalk.add_postings(part.ids, part.records)
        parts[part.path.name] = part.path
        meeting.append(part.meeting)
        dropped += np.bincount(part.dropped, minlength=dropped.size)
        postings += len(part.ids)
    crosswalk.seal(
        crosswalk_path(release.profile.home, release.epoch, entity), crosswalk_draft(agreement, release.epoch, entity), release.by
    )
    parts["non-matches.arrow"] = pairs.counted(encoder, meeting, agreement.encoding.non_match_pairs).to_bytes()
    names = sorted(agreement.entities[entity].passes)
    body = {
        "entity": entity, "records": workshop.records, "postings": postings, "partition_bits": partition_bits(largest),
        "postings_dropped": {name: int(count) for name, count in zip(names, dropped, strict=False) if count},
        "key_check_value": release.key.key_check_value(), "conformance": conformance_digest(agreement, entity),
    }  # fmt: skip
    return body, parts


def partition_bits(largest: int) -> int:
    """How many leading token bits number the parts: about ten thousand records a part, 1,024 parts at most."""
    return min(10, max(0, math.ceil(math.log2(max(largest, 1) / RECORDS_PER_PART))))


def _write_home(release: Release, entity: str, quarantine: Quarantine, report: Report) -> None:
    for name, text in ((f"quarantine.{entity}.csv", quarantine.csv()), (f"release.{entity}.json", json.dumps(report, indent=2) + "\n")):
        with written_whole(release.home / name, PRIVATE) as file:
            file.write(text.encode())


def _seal(release: Release, body: dict[str, Any], parts: Parts, out: Path) -> None:
    agreement = release.agreement
    if not body["records"]:
        raise InvalidPackage(f"{body['entity']}: no usable record, nothing to seal; see the quarantine file at home")
    draft = Draft("package", agreement.fingerprint, release.epoch, body, timedelta(days=agreement.exchange.message_days))
    out.parent.mkdir(parents=True, exist_ok=True)
    seal(draft, parts, public_keys_of(agreement, agreement.unit), release.by, out)
