"""Look people up: encode a list of them and search the package for the same tokens and filters [Kuzu2011].

Without the key nothing is found. With it, which the unit has as soon as one owner hands it over, everybody is: nothing that is keyed and
shared stands against that (docs/threat-model.md).
"""

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.recognition import Known


def looked_up(target: Known, encoded: Known) -> float:
    """Share of the entities on both sides that are found: one posting of each under the same token with equal filters."""
    wanted = np.intersect1d(target.entities, encoded.entities)
    if not wanted.size:
        return 0.0
    held: dict[bytes, set[int]] = {}
    for row, entity in zip(_rows(encoded), encoded.entities.tolist(), strict=True):
        held.setdefault(row, set()).add(entity)
    found = {
        entity for row, entity in zip(_rows(target), target.entities.tolist(), strict=True) if entity in held.get(row, ())
    }  # fmt: skip
    return len(found & set(wanted.tolist())) / wanted.size


def _rows(side: Known) -> list[bytes]:
    """Token and filters of each posting as bytes."""
    columns: list[NDArray[np.uint64]] = [side.postings.tokens, *(side.postings.filters[name] for name in sorted(side.postings.filters))]
    return [row.tobytes() for row in np.concatenate(columns, axis=1)]
