"""Intervals of shares, of 95 %: of what the unit expects of its own work, and of what the lab measures."""

from math import sqrt
from statistics import NormalDist

Interval = list[float] | None

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


def wilson(part: float, whole: float) -> Interval:
    """The score interval of a share [Wilson1927]; null when there is no whole.

    >>> wilson(0, 0), [round(end, 3) for end in wilson(9, 10)]
    (None, [0.596, 0.982])
    """
    if not whole:
        return None
    share, square = part / whole, Z * Z / whole
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * sqrt(share * (1 - share) / whole + square / (4 * whole))
    return [0.0 if part == 0 else max(0.0, middle - half), 1.0 if part == whole else min(1.0, middle + half)]
