"""What the postings of different owners show beside each other: the unit compares them, so it may as well look at them.

One posting a token leaves nothing to compare inside a package. Two owners' postings under one token still differ in so many bits, and their
tags say which filters both hold. Who holds the people of all owners in clear can ask of each posting whose these differences are; who holds
one owner's, which filters these people could share with anybody (``one_register``).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.encoded import EncodedPostings
from linkage.protocol.recognition import Known, Numbers, block_numbers

Flags = NDArray[np.bool_]


def beside_each_other(sides: Sequence[Known]) -> Known:
    """The postings of all owners as one package, sorted by token.

    A posting is sorted by its owner and pass, which the unit knows both: pass ``p`` of side ``i`` becomes ``p * sides + i``. The same
    entity of two owners is two entities, numbered in the same way: the record is what is asked for, and a record that has no posting
    moves no other's number.
    """
    columns = [np.concatenate([getattr(side.postings, name) for side in sides]) for name in ("tokens", "ids", "tags")]
    passes = np.concatenate([side.postings.passes.astype(np.int64) * len(sides) + number for number, side in enumerate(sides)])
    entities = np.concatenate([side.entities * len(sides) + number for number, side in enumerate(sides)])
    filters = {name: np.concatenate([side.postings.filters[name] for side in sides]) for name in sides[0].postings.filters}
    order = np.lexsort((columns[0][:, 1], columns[0][:, 0]))
    tokens, ids, tags = (column[order] for column in columns)
    ordered = {name: words[order] for name, words in filters.items()}
    return Known(EncodedPostings(tokens, ids, passes[order].astype(np.uint8), tags, ordered), entities[order])


def of_side(merged: Known, side: int, sides: int) -> tuple[Numbers, Known]:
    """The rows of one owner's postings in ``beside_each_other`` of so many, and these postings with passes and entities as its own."""
    rows = np.flatnonzero(merged.entities % sides == side)
    own = merged.rows(rows)
    passes = (own.postings.passes // sides).astype(np.uint8)
    postings = EncodedPostings(own.postings.tokens, own.postings.ids, passes, own.postings.tags, own.postings.filters)
    return rows, Known(postings, own.entities // sides)


def in_company(merged: Known) -> Flags:
    """Which postings have another one under their token."""
    runs = block_numbers(merged.postings.tokens)
    return np.asarray(np.bincount(runs)[runs] > 1) if runs.size else np.zeros(0, dtype=bool)


def met_by_the_same(merged: Known, persons: Numbers) -> Flags:
    """Which postings have one of the same person under their token; ``persons`` says whose record an entity is, -1 of nobody known."""
    whose = persons[merged.entities]
    pairs = np.stack([block_numbers(merged.postings.tokens), whose], axis=1)
    _, place, counts = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    return np.asarray((counts[place.ravel()] > 1) & (whose >= 0))
