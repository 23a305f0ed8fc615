"""Release a year's tables of seizures to the joint team: counted and controlled at home, shown here first, then sealed.

The rules of this room:
1. What was released of a year is remembered at home (``seizure-reports/<year>.json``, private): its cells, and which recoveries they were
   of, by digests under our own secret.
2. The same recoveries are the same release: it is sealed again under its number and never counted anew.
3. A further release of a year needs recoveries of enough cases and agencies that are new, gone or different; with less, the difference
   between two releases would be about them alone.
4. The secret of the rounding is drawn once and stays (``protocol/report_draws.py``).
"""

import hmac
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from linkage.owner.at_home import AtHome
from linkage.owner.seizure_cells import Before, Control, cells_of, total_of
from linkage.owner.seizures import Recoveries
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import TrilinkError
from linkage.protocol.party_profile import public_keys_of
from linkage.protocol.report_draws import Draws, report_secret
from linkage.protocol.sealing import Draft, seal
from linkage.protocol.seizure_tables import KIND, PART, TABLES, SeizureAggregates, period

FOLDER = "seizure-reports"

Memory = dict[str, Any]
"""``aggregates`` (as released), ``recoveries``: digest of each recovery's id -> digests of its facts, case and agency."""


def aggregates_of(
    recoveries: Recoveries, of: tuple[str, Agreement, int], secret: bytes, as_of: date, before: Memory | None
) -> SeizureAggregates:
    """What may leave: party, agreement and year say of whom; ``before``: the last release of this year."""
    party, agreement, year = of
    last = SeizureAggregates.model_validate(before["aggregates"]) if before else None
    draws = Draws(secret, str(year))
    total = total_of(recoveries.table, Control(agreement.report, draws))
    tables = {
        name: cells_of(recoveries.table, table, Control(agreement.report, draws, _before(last, name)))
        for name, table in TABLES.items()
        if total is not None
    }
    return SeizureAggregates(
        owner=party, country=agreement.parties[party].country, year=year, number=last.number + 1 if last else 1,
        as_of=as_of.isoformat(), recoveries=total, tables=tables,
    )  # fmt: skip


def counted_release(home: Path, recoveries: Recoveries, of: tuple[str, Agreement, int], as_of: date) -> tuple[SeizureAggregates, Memory]:
    """The release of this year as it is due, and what is to be remembered of it; nothing is written but our secret."""
    secret, before = report_secret(home), _remembered(home, of[2])
    digests = _digests(recoveries.table, secret)
    if before and before["recoveries"] == digests:
        return SeizureAggregates.model_validate(before["aggregates"]), before
    if before:
        _require_enough(before["recoveries"], digests, of[1], of[2])
    aggregates = aggregates_of(recoveries, of, secret, as_of, before)
    return aggregates, {"aggregates": aggregates.model_dump(mode="json"), "recoveries": digests}


def seal_release(at_home: AtHome, aggregates: SeizureAggregates, memory: Memory, out: Path) -> Path:
    """Remember, then seal to the joint team; a rerun seals what is not there."""
    agreement, home = at_home.agreement, at_home.profile.home
    path = out / f"seizures.{aggregates.year}.{aggregates.owner}.{aggregates.number}.sealed"
    (home / FOLDER).mkdir(exist_ok=True, mode=0o700)
    with written_whole(home / FOLDER / f"{aggregates.year}.json", PRIVATE) as file:
        file.write(canonical_json(memory))
    if not path.exists():
        out.mkdir(parents=True, exist_ok=True)
        body = {"number": aggregates.number, "year": aggregates.year}
        draft = Draft(KIND, agreement.fingerprint, period(aggregates.year), body, timedelta(days=agreement.exchange.message_days))
        content = canonical_json(aggregates.model_dump(mode="json"))
        seal(draft, {PART: content}, public_keys_of(agreement, agreement.unit), at_home.by, path)
    return path


def _before(last: SeizureAggregates | None, table: str) -> Before:
    if last is None or table not in last.tables:
        return Before()
    cells = last.tables[table]
    return Before(frozenset((cell.row, cell.column) for cell in cells if cell.count is None), frozenset(cell.row for cell in cells))


def _digests(table: pd.DataFrame, secret: bytes) -> dict[str, list[str]]:
    """By recovery: what it is, its case and its agency, each unreadable without our secret."""

    def digest(*words: str) -> str:
        return hmac.digest(secret, canonical_json(["trilink/v1/seizure-memory", *words]), "sha256")[:16].hex()

    found = {}
    for row in table.to_dict("records"):
        about = digest("facts", *map(str, row.values())), digest("case", row["case"]), digest("agency", row["agency"])
        found[digest("recovery", row["recovery"])] = list(about)
    return found


def _require_enough(before: dict[str, list[str]], now: dict[str, list[str]], agreement: Agreement, year: int) -> None:
    """Rule 3."""
    different = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    rows = [side[key] for key in different for side in (before, now) if key in side]
    cases, agencies = len({row[1] for row in rows}), len({row[2] for row in rows})
    rule = agreement.report
    if cases < rule.national_cases or agencies < rule.agencies:
        raise TrilinkError(
            f"seizures of {year}: released before, and what has changed since is of fewer than {rule.national_cases} cases or "
            f"{rule.agencies} agencies; release again when more has changed"
        )


def _remembered(home: Path, year: int) -> Memory | None:
    path = home / FOLDER / f"{year}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
