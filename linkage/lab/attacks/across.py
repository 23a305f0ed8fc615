"""What the postings of different owners show beside each other: the unit compares them, so it may as well look at them.

One posting a token leaves nothing to compare inside a package. Two owners' postings under one token still differ in so many bits, and their
tags say which filters both hold. Who holds the people of all owners in clear can ask of each posting whose these differences are.
"""

from collections.abc import Sequence

import numpy as np

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.recognition import Known


def beside_each_other(sides: Sequence[Known]) -> Known:
    """The postings of all owners as one package, sorted by token.

    A posting is sorted by its owner and pass, which the unit knows both. The same entity of two owners is two entities: the record is what
    is asked for.
    """
    columns = [np.concatenate([getattr(side.postings, name) for side in sides]) for name in ("tokens", "ids", "tags")]
    passes = np.concatenate([side.postings.passes.astype(np.int64) * len(sides) + number for number, side in enumerate(sides)])
    filters = {name: np.concatenate([side.postings.filters[name] for side in sides]) for name in sides[0].postings.filters}
    ends = np.cumsum([0, *(int(side.entities.max(initial=-1)) + 1 for side in sides)])
    entities = np.concatenate([side.entities + start for side, start in zip(sides, ends, strict=False)])
    order = np.lexsort((columns[0][:, 1], columns[0][:, 0]))
    tokens, ids, tags = (column[order] for column in columns)
    ordered = {name: words[order] for name, words in filters.items()}
    return Known(EncodedPostings(tokens, ids, passes[order].astype(np.uint8), tags, ordered), entities[order])
