"""Recognise records by what they could show at all: for an attacker who holds one owner's people in clear, and the others' not.

Beside the others' packages a posting's tags say which filters it holds together with somebody; after the answers, which postings are one
record's, hence in which passes that record was met. Whom it met the attacker cannot know, so that distances tell it nothing.

The rules of this room:
1. A trace is what is seen of one record: how many postings in each pass, and which filters were shared. What a person could show is its
   trace with everybody: all its tokens, and all filters that it holds.
2. A person who lacks what is seen is not the one, up to ``ODDS``: who keeps two lists of the same people makes mistakes.
3. Of what a person could show and does not, each thing speaks against it, by how often such a thing is shown by those who could (naive
   Bayes); these rates are counted over all traces and all people, without the truth.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.protocol.recognition import Known, Numbers, Recognised, hits

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
ODDS = np.log(1000.0)  # against a person who lacks one thing that is seen
SURE = 0.98  # no rate is taken to be nearer to 0 or 1


class Traces(NamedTuple):
    """Entities (n,); how many postings each has in each pass (n, passes); which filters it shows, 0 or 1 (n, filters)."""

    entities: Numbers
    passes: Floats
    filters: Floats


def traces_of(side: Known, filters: Numbers, passes: int) -> Traces:
    """What the postings of each entity show together; ``filters`` (postings,) are bits in name order."""
    numbers, place = np.unique(side.entities, return_inverse=True)
    counted = np.bincount(place * passes + side.postings.passes, minlength=numbers.size * passes).reshape(numbers.size, passes)
    shown = np.zeros((numbers.size, len(side.postings.filters)))
    np.maximum.at(shown, place, _flags(filters, shown.shape[1]))
    return Traces(numbers, counted.astype(np.float64), shown)


def held(register: Known) -> Numbers:
    """Which filters each posting holds, as bits in name order, of postings without pads: there a tag is 1 where a filter is held."""
    return register.postings.tags.astype(np.int64) @ (1 << np.arange(register.postings.tags.shape[1], dtype=np.int64))


def told_apart(traces: Traces, people: Traces) -> NDArray[np.float64]:
    """Chance that each trace is taken for the right one of the people, shape (traces,): several who are equally likely share it."""
    cost = _cost(traces.passes, people.passes) + _cost(traces.filters, people.filters)
    best = cost <= cost.min(axis=1, keepdims=True) + 1e-6
    right = best & (traces.entities[:, None] == people.entities[None, :])
    return np.asarray(right.sum(axis=1) / best.sum(axis=1))


def recognised_beside(target: Known, shared: Numbers, register: Known) -> Recognised:
    """How many of the postings are guessed right by their pass and by which filters each holds with another's, ``shared`` (postings,)."""
    there = np.isin(target.entities, register.entities)
    if not there.any():
        return Recognised(0.0, 0.0, 0, 0.0)
    passes = target.postings.passes.astype(np.int64), register.postings.passes.astype(np.int64)
    chance = hits(target.entities, register.entities, passes)
    found, could = chance.copy(), held(register)
    for number in np.unique(passes[0][shared != 0]):
        rows, others = np.flatnonzero((passes[0] == number) & (shared != 0)), np.flatnonzero(passes[1] == number)
        if others.size:
            found[rows] = told_apart(_of_postings(target, shared, rows), _of_postings(register, could, others))
    return Recognised(float(found[there].mean()), float(chance[there].mean()), int(there.sum()), float(found.mean()))


def recognised_regrouped(target: Known, answered: Flags, register: Known, shared: Numbers | None = None) -> Recognised:
    """How many of the records of which an owner answered some postings are guessed right (``postings`` counts these records); chance is
    one of all people.

    ``register`` is what the people could show. ``shared`` (postings,) says which filters each posting holds with another's; without it
    only the passes of the answered postings are looked at, as of a package by itself.
    """
    rows = np.flatnonzero(answered & np.isin(target.entities, register.entities))
    if not rows.size:
        return Recognised(0.0, 0.0, 0, 0.0)
    passes = 1 + int(max(side.postings.passes.max(initial=0) for side in (target, register)))
    shown, could = (np.zeros(len(side.postings), dtype=np.int64) for side in (target, register))
    if shared is not None:
        shown, could = shared, held(register)
    people = traces_of(register, could, passes)
    found = told_apart(traces_of(target.rows(rows), shown[rows], passes), people)
    share = float(found.mean())
    return Recognised(share, 1 / people.entities.size, int(found.size), share)


def _of_postings(side: Known, bits: Numbers, rows: Numbers) -> Traces:
    """Single postings of one pass as traces of their filters alone."""
    return Traces(side.entities[rows], np.zeros((rows.size, 0)), _flags(bits[rows], len(side.postings.filters)))


def _flags(bits: Numbers, names: int) -> Floats:
    return np.asarray((bits[:, None] >> np.arange(names)) & 1, dtype=np.float64)


def _cost(seen: Floats, could: Floats) -> Floats:
    """Rules 2 and 3, minus the logarithm of a likelihood up to what is the same for all people, shape (traces, people)."""
    cost = np.zeros((seen.shape[0], could.shape[0]))
    for column in range(seen.shape[1]):
        ours, theirs = seen[:, column], could[:, column]
        rate = min(ours.mean() / max(theirs.mean(), 1e-9), SURE)
        more = ours[:, None] - theirs[None, :]
        cost += np.where(more > 0, more * ODDS, more * np.log1p(-rate))
    return cost
