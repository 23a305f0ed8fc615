"""A table of counts as it may be published: rounded so that it adds up, sensitive cells and their complements withheld, and audited."""

import numpy as np

from linkage.protocol.controlled_rounding import Counts, Floats, rounded, rounded_alone
from linkage.protocol.errors import TrilinkError
from linkage.protocol.report_rules import ReportRule
from linkage.protocol.suppression import Flags, protection, withheld
from linkage.protocol.suppression_audit import Seen, undone


def released(counts: Counts, sensitive: Flags, also: Flags, draws: Floats, terms: tuple[ReportRule, str]) -> Seen:
    """Arrays have the table's shape with totals; ``also``: cells to withhold that need no protection; terms: rule and area.

    Nothing is released that the audit can undo.
    """
    rule, area = terms
    total = rounded_alone(int(counts[-1, -1]), float(draws[-1, -1]), rule.base)
    shown = rounded(counts, draws, rule.base, total)
    wanted = protection(counts, shown, sensitive, rule.base, rule.protect)
    hidden, reached = withheld(counts, shown, sensitive | also, wanted)
    seen = Seen(np.where(hidden, 0, shown), hidden, rule.base, rule.cases(area))
    if undone(seen, counts, reached):
        raise TrilinkError("withheld counts of a table could be worked out; nothing was released, tell the maintainers")
    return seen
