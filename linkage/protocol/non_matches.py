"""Counts of level patterns among an owner's own pairs: part ``non-matches.arrow`` of a package."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.protocol.errors import InvalidPackage
from linkage.protocol.postings import read_table, table_bytes
from linkage.protocol.similarity import Codes

SCHEMA = pa.schema(
    [("code", pa.int64()), ("met", pa.int64()), ("sampled", pa.int64())],
    metadata={"met_pairs": "", "all_pairs": ""},
)


class NonMatches:
    """Distinct pattern codes, rising, with their counts in two strata, shape (patterns,).

    ``met``: pairs that share a token, of which there are ``met_pairs`` in all; ``sampled``: a random sample of all other pairs;
    ``all_pairs`` is the number of pairs that the strata stand for.
    """

    __slots__ = ("all_pairs", "codes", "met", "met_pairs", "sampled")

    def __init__(self, codes: Codes, met: Codes, sampled: Codes, totals: tuple[int, int]) -> None:
        self.codes, self.met, self.sampled = codes, met, sampled
        self.met_pairs, self.all_pairs = totals

    @classmethod
    def of(cls, met: Codes, sampled: Codes, met_pairs: int, all_pairs: int) -> "NonMatches":
        """Count the patterns of the compared pairs of both strata."""
        codes, place = np.unique(np.concatenate([met, sampled]), return_inverse=True)
        place = place.reshape(-1)
        counts = [np.bincount(part, minlength=codes.size).astype(np.int64) for part in (place[: met.size], place[met.size :])]
        return cls(codes, counts[0], counts[1], (met_pairs, all_pairs))

    def weighted(self) -> NDArray[np.float64]:
        """How many of all pairs each pattern stands for, shape (patterns,)."""
        others = self.sampled * ((self.all_pairs - self.met_pairs) / max(int(self.sampled.sum()), 1))
        return np.asarray(self.weighted_met() + others, dtype=np.float64)

    def weighted_met(self) -> NDArray[np.float64]:
        """How many of the pairs that met each pattern stands for, shape (patterns,)."""
        return np.asarray(self.met * (self.met_pairs / max(int(self.met.sum()), 1)), dtype=np.float64)

    def to_bytes(self) -> bytes:
        """The Arrow file; the totals stand in its schema's metadata."""
        schema = SCHEMA.with_metadata({"met_pairs": str(self.met_pairs), "all_pairs": str(self.all_pairs)})
        return table_bytes(pa.table([pa.array(self.codes), pa.array(self.met), pa.array(self.sampled)], schema=schema))


def read_non_matches(path: Path) -> NonMatches:
    """Read and check the part: codes rising, counts and totals that can be."""
    table = read_table(path, SCHEMA)
    codes, met, sampled = (table[name].to_numpy() for name in ("code", "met", "sampled"))
    totals = [(table.schema.metadata or {}).get(name, b"") for name in (b"met_pairs", b"all_pairs")]
    sound = all(total.isdigit() and len(total) < 19 for total in totals)
    if not sound or (np.diff(codes) <= 0).any() or (codes < 0).any() or (met < 0).any() or (sampled < 0).any():
        raise InvalidPackage(f"part {path.name}: counts that cannot be")
    met_pairs, all_pairs = (int(total) for total in totals)
    counted = [sum(counts.tolist()) for counts in (met, sampled)]  # Python's numbers: 64 bits could be made to overflow
    if not counted[0] <= met_pairs <= all_pairs or counted[1] > all_pairs:
        raise InvalidPackage(f"part {path.name}: more pairs counted than there are")
    return NonMatches(codes, met, sampled, (met_pairs, all_pairs))
