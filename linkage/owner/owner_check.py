"""Check one source of an owner: all of the release report, without keys, encoding or anything that leaves.

Tokens are made under a key of zeros and only counted. The passes are as fine as our own size asks for: a larger partner makes them finer.
"""

from linkage.owner.blocking_tokens import Blocking
from linkage.owner.checking import CheckedTable
from linkage.owner.drawing import Draw
from linkage.owner.gathering import Gathering
from linkage.owner.posting_store import partition_bits
from linkage.owner.profile import OwnerProfile
from linkage.owner.quality_gates import Report
from linkage.owner.reading import count_rows
from linkage.owner.release_report import About, Shown, last_release, release_report
from linkage.owner.revealed import passes_of
from linkage.owner.risk import RiskSample
from linkage.owner.withdrawn import withdrawn_records
from linkage.protocol.agreement import Agreement
from linkage.protocol.atomic_files import scratch_folder
from linkage.protocol.pace import AT_EASE, Pace

NO_KEY = bytes(32)


def owner_check(profile: OwnerProfile, agreement: Agreement, entity: str, pace: Pace = AT_EASE) -> tuple[Report, CheckedTable]:
    """The report on one entity type, and what it is about."""
    source, rule = profile.sources[entity], agreement.entities[entity]
    largest = count_rows(source)
    checked = CheckedTable(source, rule, (f"check {entity}", largest), pace, withdrawn_records(profile.home).among(entity))
    blocking = Blocking(passes_of(agreement, entity, largest), entity, NO_KEY)
    with scratch_folder(profile.home, "encoding") as folder:
        gathering = Gathering(folder / "postings", rule, blocking, partition_bits(largest))
        sample = RiskSample(largest)
        for records in checked.entities():
            sample.take_in(records)
            gathering.take_in(records)
        met = gathering.settle(Draw(agreement.encoding.token_cap, agreement.encoding.token_postings, NO_KEY), pace)
    about, shown = About(profile.party, entity, "", largest), Shown(met, sample.risk(agreement, entity, largest))
    return release_report(about, checked, shown, agreement, last_release(profile.home, "", entity)), checked
