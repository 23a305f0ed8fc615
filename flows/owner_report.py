"""The owner's step of the seizure report. No flow: it takes seconds, and the flow engine has no business with a table of seizures."""

from pathlib import Path

from flows._progress import progress
from flows.owner import at_home
from linkage.owner.seizure_report import counted_release, seal_release
from linkage.owner.seizures import Recoveries, read_recoveries
from linkage.protocol.pace import Pace
from linkage.protocol.seizure_tables import SeizureAggregates


def release_year(profile_path: Path, year: int, out: Path | None) -> tuple[SeizureAggregates, Recoveries, Path | None]:
    """Count and control a year's tables; seal them to the joint team where ``out`` is a folder."""
    with at_home(profile_path, "report") as home:
        recoveries = read_recoveries(home.profile, home.agreement, year, Pace(progress=progress))
        of = (home.profile.party, home.agreement, year)
        aggregates, memory = counted_release(home.profile.home, recoveries, of, home.now.date())
        return aggregates, recoveries, seal_release(home, aggregates, memory, out) if out is not None else None
