"""From when to when an epoch's key may be used, and how far two epochs may overlap.

The owners state the dates with their commitments and must state the same. The agreement's ``keys`` table bounds them: short epochs, so that
what is learned of one never helps for long, and a short overlap, in which the old epoch is finished while the new one begins.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import PRIVATE, written_whole
from linkage.protocol.canonical import canonical_json
from linkage.protocol.errors import InvalidKey
from linkage.protocol.stated_formats import require_format

FORMAT = "trilink/epoch-dates/v1"
FILE = "dates.json"


@dataclass(frozen=True)
class EpochDates:
    """First and last day, both included, by UTC."""

    starts: date
    ends: date

    def __str__(self) -> str:
        return f"{self.starts} to {self.ends}"

    def require_open(self, epoch: str, today: date) -> None:
        """Refuse to encode before the epoch's first day or after its last one."""
        if today < self.starts:
            raise InvalidKey(f"epoch {epoch} starts on {self.starts}, today is {today}: wait for it")
        if today > self.ends:
            raise InvalidKey(
                f"epoch {epoch} ended on {self.ends}, today is {today}: nothing is encoded under its key any more; begin a new one"
            )

    def days_with(self, other: "EpochDates") -> int:
        """How many days both have.

        >>> november, late = EpochDates(date(2026, 11, 1), date(2026, 11, 30)), EpochDates(date(2026, 11, 30), date(2026, 12, 30))
        >>> november.days_with(late)
        1
        """
        return max((min(self.ends, other.ends) - max(self.starts, other.starts)).days + 1, 0)


def default_dates(agreement: Agreement, today: date) -> EpochDates:
    """From today, as long as the agreement allows."""
    return EpochDates(today, min(today + timedelta(days=agreement.keys.epoch_days - 1), agreement.valid_until))


def require_sound(dates: EpochDates, agreement: Agreement, epoch: str, home: Path) -> None:
    """Refuse dates that the agreement does not allow, or that overlap another epoch of ours for too long."""
    rule, days = agreement.keys, (dates.ends - dates.starts).days + 1
    if not 1 <= days <= rule.epoch_days:
        raise InvalidKey(f"epoch {epoch}, {dates}: {days} days, the agreement allows 1 to {rule.epoch_days}")
    if not agreement.valid_from <= dates.starts or not dates.ends <= agreement.valid_until:
        raise InvalidKey(f"epoch {epoch}, {dates}: the agreement is in force from {agreement.valid_from} to {agreement.valid_until} only")
    for name, other in known_epochs(home).items():
        if name != epoch and (both := dates.days_with(other)) > rule.overlap_days:
            raise InvalidKey(
                f"epoch {epoch}, {dates}: {both} days together with epoch {name}, the agreement allows {rule.overlap_days}; "
                f"let it start later than {other.ends - timedelta(days=rule.overlap_days)}"
            )


def known_epochs(home: Path) -> dict[str, EpochDates]:
    """Epochs of which this home has taken part in the ceremony, by name of their folder."""
    return {path.parent.name: _read(path) for path in sorted(home.glob(f"epochs/*/{FILE}"))}


def remember(dates: EpochDates, epoch: str, home: Path) -> None:
    """Note an epoch's dates at home."""
    folder = home / "epochs" / epoch
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with written_whole(folder / FILE, PRIVATE) as file:
        file.write(canonical_json({"format": FORMAT, "ends": dates.ends.isoformat(), "starts": dates.starts.isoformat()}) + b"\n")


def _read(path: Path) -> EpochDates:
    said = json.loads(path.read_bytes())
    require_format(said, FORMAT, f"{path.parent.name}/{FILE}")
    return EpochDates(date.fromisoformat(said["starts"]), date.fromisoformat(said["ends"]))
