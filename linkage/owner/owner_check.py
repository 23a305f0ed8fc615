"""Check one source of an owner: all of the release report, without keys, encoding or anything that leaves.

Tokens are made under a key of zeros and only counted. The passes are as fine as our own size asks for: a larger partner makes them finer.
"""

from linkage.owner.checking import Checked, check_source
from linkage.owner.profile import OwnerProfile
from linkage.owner.quality_gates import Report
from linkage.owner.release_report import About, last_release, passes_of, release_report
from linkage.owner.revealed import meet
from linkage.owner.variants import variants_of
from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import EntityRule

NO_KEY = bytes(32)


def owner_check(profile: OwnerProfile, agreement: Agreement, entity: str) -> tuple[Report, Checked]:
    """The report on one entity type, and what it is about."""
    rule: EntityRule = agreement.entities[entity]
    checked = check_source(profile.sources[entity], rule)
    largest = checked.read
    passes = passes_of(agreement, entity, largest)
    met = meet(variants_of(checked.records, rule), passes, entity, NO_KEY, agreement.encoding.token_cap)
    about = About(profile.party, entity, "", largest)
    return release_report(about, checked, met, agreement, last_release(profile.home, "", entity)), checked
