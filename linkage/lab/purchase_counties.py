"""The county in which an invented gun was first sold: one for each gun, whoever traces it, drawn from the gun's own number.

Large counties sell more, and those at the crossing that the gun went over eight times as many (judgement). A trace names no county in one
of four cases.
"""

import hashlib
from bisect import bisect_right
from functools import cache
from itertools import accumulate

from linkage.lab.draws import table

NEAR, NAMED = 8, 0.75


def county_of(gun: str, state: str, crossing: str) -> str:
    """The county, "" where a trace names none; the same gun, state and crossing always have the same."""
    names, bounds = _counties(state, crossing)
    if not names or share_of(f"named/{gun}") >= NAMED:
        return ""
    return names[bisect_right(bounds, share_of(f"county/{gun}") * bounds[-1])]


def share_of(text: str) -> float:
    """A number in 0..1 that follows from a text, evenly spread."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


@cache
def _counties(state: str, crossing: str) -> tuple[list[str], list[int]]:
    """Names, and where each one's part of the weights ends."""
    rows = [row for row in table("counties") if row["state"] == state]
    weights = [int(row["population"]) * (NEAR if row["corridor"] and row["corridor"] == crossing else 1) for row in rows]
    return [row["county"] for row in rows], list(accumulate(weights))
