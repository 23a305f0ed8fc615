"""Numbers that nobody shares by accident, however large the corpus and whoever draws them.

1. Every entity of a corpus has a number of its own, counted through all chunks.
2. A purpose (`ssn`, `serial AAAA999`) maps the numbers one to one onto its space, n to (a n + b) mod space, with a coprime to it:
   a collision is impossible, not unlikely, and no chunk has to know what another drew.
3. a and b come from seed and purpose alone. This is scattering, not secrecy.
"""

import math
import zlib
from typing import NamedTuple

import numpy as np

from linkage.lab.draws import Codes


class Numbers(NamedTuple):
    """Of one entity type in one chunk: the corpus seed, and the number of the chunk's first entity."""

    seed: int
    first: int

    def scattered(self, purpose: str, places: Codes, space: int) -> Codes:
        """For the entities at these places of the chunk distinct numbers in 0..space-1.

        Raises ValueError when an entity's number lies outside the space: two would share one.
        """
        numbers = places + self.first
        if len(numbers) and int(numbers.max()) >= space:
            raise ValueError(f"{purpose}: only {space} numbers; the corpus is too large for it")
        rng = np.random.default_rng([self.seed, zlib.crc32(purpose.encode())])
        factor = next(a for a in range(int(rng.integers(space // 3, space // 3 * 2)) | 1, 2 * space) if math.gcd(a, space) == 1) % space
        shift = int(rng.integers(space))
        largest = int(numbers.max(initial=0))
        if factor * largest + shift >= 2**63:
            raise ValueError(f"{purpose}: the space is too large for 64 bits")
        return (factor * numbers + shift) % space
