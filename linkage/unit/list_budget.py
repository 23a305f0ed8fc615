"""Hold the lists of a run against the budget before any of them is sealed."""

from collections import Counter
from datetime import datetime

import numpy as np

from linkage.protocol.budgets import Subject, check_list
from linkage.protocol.ledger import Ledger
from linkage.unit.cases import released
from linkage.unit.linking import Decided


def check_lists(ledger: Ledger, epoch: str, decided: list[Decided], now: datetime) -> None:
    """``OverBudget`` when a list would have more links than the agreement allows; no owner gets one then."""
    rule, links = ledger.agreement.decision, Counter[str]()
    for one in decided:
        pairs, owners = released(one, rule), one.clusters.nodes.owner_of_each()
        links.update(owners[np.concatenate([pairs.left, pairs.right])].tolist())
    for owner, count in sorted(links.items()):
        check_list(ledger, Subject(owner, epoch, None), count, now)
