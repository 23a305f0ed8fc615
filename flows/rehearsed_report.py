"""The seizure report of a rehearsal on an invented corpus, by the same steps as in earnest. Invented cases alone.

Every owner's table of seizures, what its laboratories assert and what its desks found out are invented beside the corpus; each owner
counts, controls and seals at home; the joint team takes in and writes. Beside it stands how far its corridors are from the true ones.
"""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import tomlkit

from flows._noted import noted
from flows.owner import open_owner
from flows.owner_laboratory import release_laboratory
from flows.owner_report import release_year
from flows.unit import read_unit_profile
from flows.unit_report import report_year
from linkage.lab.corridors import Distortion, as_markdown, beside, distortions, true_corridors
from linkage.lab.laboratory_tables import write_laboratory_tables
from linkage.lab.seizure_tables import write_seizure_tables
from linkage.lab.told_outcomes import outcomes_of
from linkage.owner.places import normalise_region
from linkage.protocol.agreement import read_agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.errors import TrilinkError
from linkage.protocol.outcomes import KIND, PART, PERIOD, as_message
from linkage.protocol.party_profile import agreement_in_force, public_keys_of, unlock
from linkage.protocol.received import Received
from linkage.protocol.sealing import Draft, seal
from linkage.protocol.seizure_tables import SeizureAggregates
from linkage.unit.outcomes_intake import take_outcomes
from linkage.unit.owner_tables import Desk

EPOCH = "rehearsal"
YEARS_BEFORE = 2  # whose recoveries the trend shows


class Reported(NamedTuple):
    """The report's files, and how far the published corridors are from the true ones, by owner."""

    files: list[Path]
    distortions: list[Distortion]


class _Owner(NamedTuple):
    """An owner of the rehearsal: its folder there, and its profile with the invented tables."""

    folder: Path
    profile: Path

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox"


def report_rehearsal(run: Path, out: Path, year: int) -> Reported:
    """Invent, release, take in, write; the tables of the year and of two before it. A rerun seals nothing anew."""
    corpus, agreement = _corpus(run), read_agreement(run / "agreement.toml")
    write_seizure_tables(corpus, out / "seizures")
    write_laboratory_tables(corpus, out / "laboratory")
    told, owners = outcomes_of(run, corpus), [_owner(run, out, owner) for owner in agreement.owners]
    released = {one: [release_year(owner.profile, one, owner.outbox) for owner in owners] for one in range(year - YEARS_BEFORE, year + 1)}
    sealed = [path for of_year in released.values() for _, _, path in of_year if path is not None]
    unit = run / "parties" / agreement.unit / "profile.toml"
    _take_in(unit, [_sealed_outcomes(owner, told[owner.folder.name]) for owner in owners])
    _, files = report_year(unit, (sealed, [_laboratory(owner) for owner in owners]), (year, EPOCH), out)
    page, found = _corridors(corpus, out, year, [aggregates for aggregates, _, _ in released[year]], agreement.report.base)
    return Reported([*files, page], found)


def _corpus(run: Path) -> Path:
    if not (run / "rehearsal.json").is_file() or not (run / "lists").is_dir():
        raise TrilinkError(f"{run}: no rehearsal that has come to its lists; run `trilink rehearse --out {run}` first")
    corpus = Path(json.loads((run / "rehearsal.json").read_text(encoding="utf-8"))["data"])
    if not all((corpus / name).is_file() for name in ("seizures.csv", "truth.csv")):
        raise TrilinkError(f"{corpus}: not an invented corpus (seizures.csv, truth.csv); rehearse on what `trilink lab invent` makes")
    return corpus


def _owner(run: Path, out: Path, owner: str) -> _Owner:
    """The owner's own profile, and where its tables for the report are."""
    folder = (run / "parties" / owner).resolve()
    document = tomllib.loads((folder / "profile.toml").read_text(encoding="utf-8"))
    tables = {name: {"path": str((out / name / f"{owner}.csv").resolve())} for name in ("seizures", "laboratory")}
    path = folder / "report-profile.toml"
    with written_whole(path, PRIVATE) as file:
        file.write(tomlkit.dumps(document | tables).encode())
    return _Owner(folder, path)


def _laboratory(owner: _Owner) -> Path:
    """Sealed once: every further message would have another number."""
    there = sorted(owner.outbox.glob(f"laboratory.{EPOCH}.*.sealed"))
    return there[0] if there else release_laboratory(owner.profile, EPOCH, owner.folder / "inbox", owner.outbox)[1]


def _sealed_outcomes(owner: _Owner, told: dict[str, str]) -> Path:
    """What the owner's desk would send, sealed once."""
    profile, agreement = open_owner(owner.profile)
    path = owner.outbox / f"outcomes.{profile.party}.1.sealed"
    if not path.exists():
        draft = Draft(KIND, agreement.fingerprint, PERIOD, {"number": 1}, timedelta(days=agreement.exchange.message_days))
        with noted(profile, agreement, "disclose"):
            seal(draft, {PART: as_message(profile.party, 1, told)}, public_keys_of(agreement, agreement.unit), unlock(profile), path)
    return path


def _take_in(unit: Path, outcomes: list[Path]) -> None:
    profile, now = read_unit_profile(unit), datetime.now(UTC)
    agreement = agreement_in_force(profile, "unit", now.date())
    with noted(profile, agreement, "cluster") as ledger:
        take_outcomes(Desk(profile.home, agreement, unlock(profile), Received(ledger, now), now), outcomes)


def _corridors(corpus: Path, out: Path, year: int, released: list[SeizureAggregates], base: int) -> tuple[Path, list[Distortion]]:
    true = true_corridors(corpus, year, normalise_region)
    rows = beside(true, released)
    found, page = distortions(rows, true, released), out / f"corridors.{year}.md"
    with written_whole(page) as file:
        file.write(as_markdown(rows, found, base, year).encode())
    return page, found
