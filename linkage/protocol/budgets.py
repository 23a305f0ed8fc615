"""Hold what a party submits, and what it would be told, against the agreement's budgets (docs/spec/agreement.md, Budgets).

Who wants to look somebody up in the others' data sends invented records, many of them, or a table that suddenly grows. A cap does not
prevent that; it keeps it small, and makes it show: what is over a budget is noted in the ledger, then refused in one line. The owner holds
itself to it before it seals, and the unit holds every owner to it before anything comes in.
"""

from datetime import datetime
from typing import NamedTuple

from linkage.protocol.budget_rules import FEWEST
from linkage.protocol.errors import OverBudget
from linkage.protocol.ledger import Ledger


class Subject(NamedTuple):
    """What a budget is about: an owner, an epoch, and an entity type where it is about one."""

    owner: str
    epoch: str
    entity: str | None


def check_package(ledger: Ledger, about: Subject, records: int, now: datetime) -> None:
    """Refuse a package of so many records; the ledger, the owner's own or the unit's, knows the last epoch's."""
    rule, before = ledger.agreement.budgets, _last_records(ledger, about)
    if rule.max_records is not None and records > rule.max_records:
        _refuse(ledger, about, ("records", records, rule.max_records), now)
    if rule.max_growth is not None and before >= FEWEST and records > before * rule.max_growth:
        _refuse(ledger, about, ("growth", records, int(before * rule.max_growth)), now)


def check_list(ledger: Ledger, about: Subject, links: int, now: datetime) -> None:
    """Refuse a list of so many links."""
    most = ledger.agreement.budgets.max_links
    if most is not None and links > most:
        _refuse(ledger, about, ("links", links, most), now)


def _last_records(ledger: Ledger, about: Subject) -> int:
    """Records of the owner's last package of this entity type in another epoch; 0 when there was none."""
    event = "sealed" if about.owner == ledger.by.party else "received"
    facts = [entry.facts for entry in ledger.entries(event)]
    before = [one["counts"].get("records", 0) for one in facts if one["kind"] == "package" and one["entity"] == about.entity
              and one["epoch"] != about.epoch and one.get("from", about.owner) == about.owner]  # fmt: skip
    return int(before[-1]) if before else 0


def _refuse(ledger: Ledger, about: Subject, budget: tuple[str, int, int], now: datetime) -> None:
    name, found, allowed = budget
    facts = {"of": about.owner, "epoch": about.epoch, "entity": about.entity, "budget": name, "found": found, "allowed": allowed}
    ledger.note("over_budget", facts, now)
    what = {
        "records": f"its {about.entity} package has {found:,} records, the agreement allows {allowed:,} an epoch",
        "growth": f"its {about.entity} package grew to {found:,} records, the agreement allows {allowed:,} after the last epoch's",
        "links": f"its list would have {found:,} links, the agreement allows {allowed:,}",
    }
    raise OverBudget(f"over budget: {about.owner}: {what[name]}; it is noted: find out why before you agree on another budget")
