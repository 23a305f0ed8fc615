"""Are the probabilities true? They are held against pairs that are known to be no matches: the owners' own that met.

The rules of this room:
1. Pairs inside one deduplicated owner are real people with real relatives and are never matches: decoys that cost nothing. Each is weighed
   as if it had not been counted for u, by the weights that decide between the owners.
2. How many false pairs between the owners there are for one own pair is seen below the threshold, where matches are few, among the pairs
   that could still be matches. Pairs that lost to a better one do not count, here and above: where all records have a match, hardly any
   false pair is left, and the ratio says so. What loses below might win above: with those that lost the ratio is larger, and by so much
   the number of false pairs is unsure, beside chance.
3. Above, there are as many false pairs as own pairs, times the ratio. What is more than that is matches; the share rises with the weight
   (isotonic regression), and own pairs are smeared over ``SMEARED`` bits, so that a gap between few of them proves nothing [Kall2008].
4. Own pairs that foretell far more false pairs than there are pairs at all do not stand for pairs between these owners (boxes of guns
   lie with one owner), and too few pairs, at home or between the owners, tell nothing. Then the model's own probabilities stay.
5. Where less than half of the links that self-training believes in are left, it has diverged, as it does where hardly any record has a
   match. The agreement's default weights and overlap take its place, and are held against the own pairs in their turn.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

from linkage.protocol.similarity import Codes
from linkage.unit.distributions import Floats
from linkage.unit.training import Model, PairGroup, compete, untrained
from linkage.unit.weights import Evidence

FEWEST, FEWEST_BETWEEN = 20.0, 10.0  # own pairs, and pairs between the owners, below the threshold that say something
BELOW = -3.0  # bits: where rule 2 ends, and before matches that fit badly are many
LOST = 0.5  # of its chance, what a pair has left that did not lose to a better one
SMEARED, STEPS = 4.0, 9  # bits to either side of an own pair, and into how many parts it is cut
BIN, BINS, CHANCE = 1.5, 22, 2.0  # rule 4 in bins of so many bits; as many standard deviations are chance
REFUTED = 0.05  # of the foretold false pairs, those for which there is no room
DIVERGED = 0.5
SUREST = 1e-6


class Basis(NamedTuple):
    """What probabilities rest on: own pairs, or the model alone; false pairs for one own pair; the relative standard error of the number of
    false pairs; whether self-training diverged; on how many reviewed links the odds were moved, and by how many bits."""

    own_pairs: bool
    ratio: float
    error: float
    diverged: bool = False
    reviewed: int = 0
    shift: float = 0.0


class Calibrated(NamedTuple):
    """The model that decides, the odds of each pattern, shape (patterns,), and what they rest on."""

    model: Model
    odds: Floats
    basis: Basis

    def moved(self, reviewed: int, shift: float) -> "Calibrated":
        """With odds moved by ``shift`` bits, after what people found out about ``reviewed`` links."""
        return Calibrated(self.model, self.odds * 2.0**shift, self.basis._replace(reviewed=reviewed, shift=shift))


class _Scales(NamedTuple):
    """Weights less the threshold: of patterns between the owners and of own pairs, with how many there are of each."""

    between: Floats
    pairs: Floats
    own: Floats
    counts: Floats


def calibrate(model: Model, evidence: Evidence, group: PairGroup, codes: Codes, possible: float) -> Calibrated:
    """True odds of the patterns ``codes`` of a group of pairs of records; owners were asked from the probability ``possible`` on."""
    learned = _calibrated(model, evidence, group, codes, possible)
    if not learned.basis.own_pairs:
        return learned
    believed, left = (_right_links(group, odds) for odds in (model.odds(codes), learned.odds))
    if left >= DIVERGED * believed:
        return learned
    default = _calibrated(untrained(evidence, model.strangers), evidence, group, codes, possible)
    return default._replace(basis=default.basis._replace(diverged=True))


def _right_links(group: PairGroup, odds: Floats) -> float:
    """How many right ones there are among the pairs that are likelier matches than not."""
    probability = compete(group, odds)
    return float(probability[probability >= 0.5].sum())


def _calibrated(model: Model, evidence: Evidence, group: PairGroup, codes: Codes, possible: float) -> Calibrated:
    """Rules 1 to 4."""
    odds, own = model.odds(codes), evidence.own
    met, probability = own.counts > 0, compete(group, odds)
    standing = probability >= LOST * (odds / (1.0 + odds))[group.patterns]
    scales = _Scales(
        between=model.weights.of(codes) - model.threshold,
        pairs=np.bincount(group.patterns[standing], minlength=codes.size).astype(np.float64),
        own=model.weights.of(own.codes[met], without=1.0) - model.threshold,
        counts=own.counts[met],
    )
    lowest = float(np.log2(possible / (1.0 - possible)))
    below = float(scales.counts[(scales.own >= lowest) & (scales.own < BELOW)].sum())
    here = ((scales.between >= lowest) & (scales.between < BELOW))[group.patterns]
    strangers, with_losers = (float((1.0 - probability[which]).sum()) for which in (here & standing, here))
    if below < FEWEST or strangers < FEWEST_BETWEEN:
        return Calibrated(model, odds, Basis(False, 0.0, 1.0))
    ratio = strangers / below
    if _refuted(scales, ratio):
        return Calibrated(model, odds, Basis(False, ratio, 1.0))
    above = float(scales.counts[scales.own >= 0].sum())
    error = float(np.sqrt(1.0 / below + 1.0 / strangers + 1.0 / (above + 1.0) + (with_losers / strangers - 1.0) ** 2))
    return Calibrated(model, _odds(scales, ratio, lowest, odds), Basis(True, ratio, error))


def _refuted(scales: _Scales, ratio: float) -> bool:
    """Rule 4, in bins from where rule 2 ends."""
    edges = np.append(BELOW + np.arange(BINS) * BIN, np.inf)
    foretold = ratio * np.histogram(scales.own, edges, weights=scales.counts)[0]
    seen = np.histogram(scales.between, edges, weights=scales.pairs)[0]
    no_room = np.maximum(foretold - seen - CHANCE * np.sqrt(foretold + 1.0), 0.0)
    return bool(no_room.sum() > REFUTED * foretold.sum())


def _odds(scales: _Scales, ratio: float, lowest: float, odds: Floats) -> Floats:
    """Rule 3: of each pattern, the share of matches over the share of none; those below ``lowest`` keep what the model says, or less."""
    rising = np.argsort(scales.between, kind="stable")
    rising = rising[(scales.between[rising] >= lowest) & (scales.pairs[rising] > 0)]
    if not rising.size:
        return odds
    own = np.add.outer(np.linspace(-SMEARED, SMEARED, STEPS), scales.own).ravel()
    false = np.tile(ratio * scales.counts / STEPS, STEPS)
    own, false = np.append(own, scales.between[rising[-1]]), np.append(false, 0.5 * ratio)  # half an own pair beside the surest
    own, false = own[own >= lowest], false[own >= lowest]
    at = np.concatenate([scales.between[rising], own])
    among = np.repeat([1.0, 0.0], [rising.size, own.size])
    order = np.lexsort((-among, at))
    fit = isotonic_regression(among[order], weights=np.concatenate([scales.pairs[rising], false])[order])
    share = np.empty(at.size)
    share[order] = fit.x
    share = share[: rising.size]  # of the pairs between owners among these and the false ones: 1 / (2 - p)
    probability = np.clip((2.0 * share - 1.0) / np.maximum(share, 0.5), SUREST, 1.0 - SUREST)
    of_all = np.interp(scales.between, scales.between[rising], probability)
    found = of_all / (1.0 - of_all)
    return np.asarray(np.where(scales.between < lowest, np.minimum(odds, found), found))
