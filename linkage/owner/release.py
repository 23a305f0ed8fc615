"""Make a package at home: read, validate, encode, seal to the unit. The only way in which records leave.

The rules of this room:
1. What leaves: sorted encoded postings, counts of non-matching level patterns, and the manifest; no record id, no record boundary.
2. Common tokens are dropped before anything is written (fineness, ``blocking_tokens`` rule 3).
3. The crosswalk is sealed before the package, so that no package exists whose answers could not be resolved.
4. Same table, key and agreement: same postings, byte for byte; only the seal differs.
5. The report is at home before anything is sealed. Where a quality gate of the agreement is not met nothing is sealed, unless somebody
   answers for it by name, which is logged first.
"""

import json
import math
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.checking import check_source
from linkage.owner.conformance import conformance_digest
from linkage.owner.crosswalk import crosswalk_draft, crosswalk_path, write_crosswalk
from linkage.owner.encoding import Encoder, encode_postings, posting_ids
from linkage.owner.keys import EncodingKey
from linkage.owner.non_matches import non_matches
from linkage.owner.overriding import answering, log_override
from linkage.owner.profile import OwnerProfile, Source
from linkage.owner.quality_gates import Report, sentence
from linkage.owner.reading import read_source
from linkage.owner.release_report import About, last_release, passes_of, release_report
from linkage.owner.report_page import write_reports
from linkage.owner.revealed import Met, meet
from linkage.owner.validation import Quarantine
from linkage.owner.variants import CanonicalRecords, variants_of
from linkage.protocol.agreement import Agreement
from linkage.protocol.errors import GatesNotMet, InvalidPackage
from linkage.protocol.guarded import Guarded
from linkage.protocol.party_keys import PartyKeys
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.postings import postings_bytes
from linkage.protocol.sealing import Draft, seal

RECORDS_PER_PART = 10_000


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


def release_package(release: Release, entity: str, out: Path) -> Report:
    """Write the sealed package to ``out`` and crosswalk, quarantine and report at home; returns the report (counts only)."""
    checked = check_source(release.profile.sources[entity], release.agreement.entities[entity])
    met = _met(release, entity, checked.records)
    about = About(release.profile.party, entity, release.epoch, release.largest(entity))
    last = last_release(release.profile.home, release.epoch, entity)
    report = release_report(about, checked, met, release.agreement, last)
    _pass_gates(release, report, checked.quarantine)
    body, parts = _encoded(release, entity, checked.records, met)
    _seal(release, body, parts, out)
    return report


def _pass_gates(release: Release, report: Report, quarantine: Quarantine) -> None:
    """Rule 5. What is refused leaves its report as ``refused.<entity>``, so that the next release is not compared with it."""
    entity, failed, override = report["entity"], report["gates_not_met"], answering()
    refused = bool(failed) and override is None
    write_reports(release.home, "refused" if refused else "release", report, quarantine, release.profile.language)
    if refused:
        page = release.home / f"refused.{entity}.html"
        raise GatesNotMet(f"{entity}: not sealed, the agreement's quality gates are not met ({sentence(failed)}); see {page}")
    if failed and override is not None:
        log_override(release.profile.home, override, (release.epoch, entity), failed, datetime.now(UTC))


def read_report(release: Release, entity: str) -> Report:
    """The report of the package that was sealed before, from home."""
    path = release.home / f"release.{entity}.json"
    if not path.is_file():
        raise InvalidPackage(f"{entity}: sealed before, but not from this home; take another folder for packages")
    report: Report = json.loads(path.read_text(encoding="utf-8"))
    return report


def _met(release: Release, entity: str, records: CanonicalRecords) -> Met:
    rule, largest = release.agreement.entities[entity], release.largest(entity)
    subkey = release.key.derive(f"trilink/v1/blocking/{entity}")
    passes = passes_of(release.agreement, entity, largest)
    return meet(variants_of(records, rule), passes, entity, subkey, release.agreement.encoding.token_cap)


def _encoded(release: Release, entity: str, records: CanonicalRecords, met: Met) -> tuple[dict[str, Any], "_Parts"]:
    rule, largest = release.agreement.entities[entity], release.largest(entity)
    variants, tokens = met.variants, met.kept
    id_key = release.by.derive(f"trilink/v1/posting-ids/{release.epoch}/{entity}")
    ids = posting_ids(id_key, tokens.halves, variants.records[tokens.rows], tokens.rows)
    order = np.lexsort((ids[:, 1], ids[:, 0], tokens.halves[:, 1], tokens.halves[:, 0]))
    encoder = Encoder(variants, release.agreement, entity, release.key)
    draft = crosswalk_draft(release.agreement, release.epoch, entity)
    path = crosswalk_path(release.profile.home, release.epoch, entity)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_crosswalk(path, ids, variants.records[tokens.rows], (records.ids, records.cases), draft, release.by)
    bits = partition_bits(largest)
    names = sorted(rule.passes)
    body = {
        "entity": entity, "records": len(records.ids), "postings": int(order.size), "partition_bits": bits,
        "postings_dropped": {names[number]: int(count) for number, count in enumerate(np.bincount(met.every.passes[met.dropped])) if count},
        "key_check_value": release.key.key_check_value(), "conformance": conformance_digest(release.agreement, entity),
    }  # fmt: skip
    counted = non_matches(encoder, tokens, release.key, entity, release.agreement.encoding.non_match_pairs)
    return body, _Parts(encoder, tokens, (ids, order), bits, counted.to_bytes())


def partition_bits(largest: int) -> int:
    """How many leading token bits number the parts: about ten thousand records a part, 1,024 parts at most."""
    return min(10, max(0, math.ceil(math.log2(max(largest, 1) / RECORDS_PER_PART))))


class _Parts(Guarded):
    """Package parts, made one by one."""

    __slots__ = ("bits", "encoder", "ids", "non_matches", "order", "tokens")

    def __init__(
        self, encoder: Encoder, tokens: Tokens, rows: tuple[NDArray[np.uint64], NDArray[np.int64]], bits: int, non_matches: bytes
    ) -> None:
        self.encoder, self.tokens, self.bits, self.non_matches = encoder, tokens, bits, non_matches
        self.ids, self.order = rows

    def write(self, folder: Path) -> dict[str, Path | bytes]:
        """Encode partition by partition into ``folder``; memory holds one partition's filters."""
        high = self.tokens.halves[self.order, 0]
        parts: dict[str, Path | bytes] = {"non-matches.arrow": self.non_matches}
        for number in range(1 << self.bits):
            first, last = np.searchsorted(high >> np.uint64(64 - self.bits), [number, number + 1]) if self.bits else (0, high.size)
            chosen = self.order[first:last]
            name = part_name(number)
            (folder / name).write_bytes(postings_bytes(encode_postings(self.encoder, self.tokens, self.ids, chosen), self.encoder.rule))
            parts[name] = folder / name
        return parts


def part_name(number: int) -> str:
    return f"part-{number:04d}.arrow"


def _seal(release: Release, body: dict[str, Any], parts: _Parts, out: Path) -> None:
    agreement = release.agreement
    if not body["records"]:
        raise InvalidPackage(f"{body['entity']}: no usable record, nothing to seal; see the quarantine file at home")
    draft = Draft("package", agreement.fingerprint, release.epoch, body, timedelta(days=agreement.exchange.message_days))
    out.parent.mkdir(parents=True, exist_ok=True)
    for left in release.home.glob(".encoding-*"):  # of a killed run
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=release.home, prefix=".encoding-") as folder:
        seal(draft, parts.write(Path(folder)), public_keys_of(agreement, agreement.unit), release.by, out)
