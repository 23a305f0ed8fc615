"""What a release would give away to an attacker who holds the same people in clear, measured at home before anything is sealed.

The rules of this room:
1. A sample of our own records stands for all of them: spread over the table while it streams, the same for the same table. Fewer people are
   easier to tell apart than many, so the figure for a large table is on the safe side; common tokens are rarer in a sample, which is not.
2. They are encoded twice, under two keys that no release is ever made with: once as the package, once as the attacker would to compare.
3. Numbers leave this room, no value and no posting. What the numbers mean: docs/spec/release-report.md.
4. Linear algebra runs on one thread. Its products are small, and threads that wait for each other cost more than half of the time; sums
   come out the same on any number of processors.
"""

from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from linkage.owner.encoded_records import encoded_under, filters_in_clear, lone_filters, measuring_key, together
from linkage.owner.variants import CanonicalRecords
from linkage.protocol.agreement import Agreement
from linkage.protocol.guarded import Guarded
from linkage.protocol.recognition import EVIDENCE, recognised
from linkage.protocol.risk_measures import (
    Bits,
    bit_frequency_gini,
    fullness_variation,
    known_pairs_top,
    largest_bit_correlation,
    similarity_rank,
)

Risk = dict[str, Any]
SAMPLE = 2_000  # records
RECOGNISED = 500  # of them, whose every posting is attacked
LOOKED_AT = ("fullness of filters", "all of these")  # of the evidence; the lab looks at each kind alone
PAIRS = 20_000  # of records, for the rank correlation
ENOUGH = 1_000  # people with a filter, for its bits to be measured: chance alone makes correlations of 0.1 there
KNOWN = (250, 1_000)
OTHERS = 1_000  # people to be told apart with the known pairs, at most
FEWEST = 500  # and at least: among few, chance is large
SEED = 20_261_124
KEYS = (measuring_key("package"), measuring_key("attacker"))
NOBODY: Risk = {"people": 0, "attacked": 0, "recognised": {}, "known_pairs": {str(known): None for known in KNOWN}, "filters": {}}


class RiskSample(Guarded):
    """About ``SAMPLE`` of the records that stream by; ``expected`` is how many will."""

    __slots__ = ("_chance", "_chunks", "_share")

    def __init__(self, expected: int) -> None:
        self._share = min(1.0, SAMPLE / max(expected, 1))
        self._chance = np.random.default_rng(SEED)
        self._chunks: list[CanonicalRecords] = []

    def take_in(self, records: CanonicalRecords) -> None:
        """Rule 1, for the next entities, each with all its records."""
        chosen = np.flatnonzero(self._chance.random(records.count()) < self._share)
        room = SAMPLE - sum(chunk.count() for chunk in self._chunks)
        if room and chosen.size:
            self._chunks.append(records.of_entities(chosen[:room].tolist()))

    def risk(self, agreement: Agreement, entity: str, largest: int) -> Risk:
        """All measures, rule 2; shares and coefficients, None where there are too few people for one."""
        people = together(self._chunks)
        if not people.count():
            return NOBODY
        self._chunks = [people]
        with threadpool_limits(1, "blas"):
            few = people.of_entities(range(min(RECOGNISED, people.count())))
            package, attacker = encoded_under(KEYS, few, agreement, entity, largest)
            found = {name: recognised(package, attacker, EVIDENCE[name]) for name in LOOKED_AT}
            return {
                "people": people.count(),
                "attacked": few.count(),
                "recognised": {name: {"share": _round(one.share), "chance": _round(one.chance)} for name, one in found.items()},
                **_of_filters(people, agreement, entity),
            }


def _of_filters(people: CanonicalRecords, agreement: Agreement, entity: str) -> Risk:
    """What needs more people than most tables of a trial have; nothing is encoded for fewer."""
    if people.count() < min(ENOUGH, min(KNOWN) + FEWEST):
        return {"known_pairs": NOBODY["known_pairs"], "filters": {}}
    encoded, clear = lone_filters(people, agreement, entity, KEYS[0]), filters_in_clear(people, agreement, entity)
    return {
        "known_pairs": {str(known): _known_pairs(encoded, clear, known) for known in KNOWN},
        "filters": {name: _of_filter(encoded[name], clear[name]) for name in sorted(encoded) if _held(clear[name]) >= ENOUGH},
    }


def _known_pairs(encoded: dict[str, Bits], clear: dict[str, Bits], known: int) -> float | None:
    """Learned from all filters together; None with too few others to be told apart."""
    bits, features = (np.concatenate([side[name] for name in sorted(side)], axis=1)[: known + OTHERS] for side in (encoded, clear))
    if bits.shape[0] < known + FEWEST:
        return None
    return _round(known_pairs_top(bits, features, known, np.random.default_rng(SEED)))


def _held(bits: Bits) -> int:
    return int(bits.any(axis=1).sum())


def _of_filter(bits: Bits, clear: Bits) -> dict[str, float]:
    """Measures of one filter among those who have it, which the filter itself does not tell."""
    has = clear.any(axis=1)
    bits, clear = bits[has], clear[has]
    return {
        "bit_gini": _round(bit_frequency_gini(bits)),
        "bit_correlation": _round(largest_bit_correlation(bits)),
        "fullness_variation": _round(fullness_variation(bits)),
        "similarity_rank": _round(similarity_rank(bits, clear, PAIRS, np.random.default_rng(SEED))),
    }


def _round(number: float) -> float:
    return round(number, 4)
