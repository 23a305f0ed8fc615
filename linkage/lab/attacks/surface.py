"""What lies open without looking into any filter: the order of rows, posting ids, how many postings there are."""

import numpy as np

from linkage.protocol.recognition import Known
from linkage.protocol.risk_measures import spearman


def row_order(target: Known) -> float:
    """Rank correlation, without sign, of a posting's row with the place of its entity in the owner's table."""
    return abs(spearman(np.arange(len(target.postings), dtype=np.float64), target.entities.astype(np.float64)))


def id_order(target: Known) -> float:
    """The same of posting ids: they must not count."""
    return abs(spearman(target.postings.ids[:, 0].byteswap().astype(np.float64), target.entities.astype(np.float64)))
