"""What a package shows the unit, in counts, and what blocking will find: before anything is sealed.

The rules of this room:
1. Counts only. A token is counted and forgotten; which key it was made under changes no count. Records are counted as they leave,
   duplicates merged.
2. Key coverage is measured; pairs completeness is predicted under a stated model (``tables/field_errors.toml``): the other side holds
   the same fields as we do, as often, and each field differs independently of the others. Real errors cluster.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.drawing import only
from linkage.owner.fact_tables import read_table
from linkage.owner.variant_facts import Flags, VariantFacts
from linkage.protocol.agreement import Agreement
from linkage.protocol.entity_rules import Component, EntityRule
from linkage.protocol.guarded import Guarded

SAMPLE = 20_000
SEED = 20_261_124  # a prediction is the same every time
_MODEL: dict[str, dict[str, float]] = read_table("field_errors")

Passes = dict[str, list[Component]]


def passes_of(agreement: Agreement, entity: str, largest: int) -> Passes:
    """The passes in use when the largest owner declares so many records."""
    return {name: block.components(largest) for name, block in agreement.entities[entity].passes.items()}


class PassCounts(TypedDict):
    """``with_key``: records that make a key; ``meet``: records that keep a token; ``predicted``: share of true pairs that would meet."""

    with_key: int
    meet: int
    postings: int
    dropped: int
    predicted: float


class Met(Guarded):
    """What the tokens of a table come to once common ones are dropped and postings are drawn, told part by part."""

    __slots__ = ("_dropped", "_facts", "_kept", "_meeting", "_owners", "_passes", "_rule", "_sharing", "_shown", "_together")

    def __init__(self, facts: VariantFacts, passes: Passes, rule: EntityRule) -> None:
        self._facts, self._passes, self._rule, self._owners = facts, passes, rule, facts.owners()
        self._shown = np.zeros(self._owners.size, dtype=bool)
        self._meeting = np.zeros((len(passes), facts.records), dtype=bool)
        self._kept, self._dropped = np.zeros(len(passes), dtype=np.int64), np.zeros(len(passes), dtype=np.int64)
        self._sharing: Counter[int] = Counter()
        self._together: Counter[int] = Counter()

    def add(self, tokens: Tokens, chosen: Flags, dropped: NDArray[np.uint8]) -> None:
        """The records of some tokens, sorted by token, which of them were ``chosen`` to have a posting, and the passes of those dropped."""
        drawn = only(tokens, chosen)
        self._sharing.update(_sizes(tokens))
        self._together.update(_sizes(drawn))
        self._shown[drawn.rows] = True
        self._meeting[drawn.passes, self._owners[drawn.rows]] = True
        self._kept += np.bincount(drawn.passes, minlength=self._kept.size)
        self._dropped += np.bincount(dropped, minlength=self._kept.size)

    def revealed(self) -> dict[str, Any]:
        """Postings, other postings beside one, tokens by how many records share them, and how many records show anything at all."""
        sharing = {number: count for number, count in sorted(self._sharing.items()) if count}
        return {
            "postings": int(self._kept.sum()),
            "neighbours": _neighbours(self._together),
            "tokens": sum(sharing.values()),
            "tokens_by_records": {str(number): count for number, count in sharing.items()},
            "records_shown": int(_distinct(self._owners[self._shown]).size),
        }

    def blocking_counts(self) -> tuple[dict[str, PassCounts], float]:
        """Counts of each pass by name, and the predicted pairs completeness of all passes together."""
        found = self._predicted()
        counts = {
            name: PassCounts(
                with_key=int(self._facts.with_key[number]), meet=int(self._meeting[number].sum()), postings=int(self._kept[number]),
                dropped=int(self._dropped[number]), predicted=_share(found[number]),
            )
            for number, name in enumerate(sorted(self._passes))
        }  # fmt: skip
        return counts, _share(np.logical_or.reduce(found, axis=0))

    def _predicted(self) -> Flags:
        """Whether a sample of records, each with an imagined counterpart, meets it in each pass: shape (passes, sample)."""
        count = self._facts.records
        sample = np.unique(np.linspace(0, count - 1, SAMPLE).astype(np.int64)) if count else np.zeros(0, np.int64)
        rng = np.random.default_rng(SEED)
        agreeing: dict[str, NDArray[np.float64]] = {}
        for field in sorted(self._rule.fields):
            draws = rng.random((2, sample.size))  # drawn for every field, so that one column more does not move the others
            ours = self._facts.held(field)[sample]
            theirs = draws[0] < (ours.mean() if sample.size else 0.0)
            agreeing[field] = np.where(ours & theirs, draws[1], -1.0)
        met = self._meeting[:, sample].copy()
        for number, name in enumerate(sorted(self._passes)):
            for component in self._passes[name]:
                held = [self._agree(fields, component.function, agreeing) for fields in component.fields]
                met[number] &= np.logical_or.reduce(held)
        return met

    def _agree(self, fields: str, function: str, agreeing: dict[str, NDArray[np.float64]]) -> Flags:
        """Whether a component of a field would be the same; of joined fields (``one+other``), of all those that both sides hold."""
        remaining, names = _of("remaining", function), fields.split("+")
        known = np.array([agreeing[name] >= 0 for name in names])
        rates = np.array([[remaining * _of("disagree", self._rule.fields[name].kind)] for name in names])
        differs = known & (np.array([agreeing[name] for name in names]) < rates)
        return np.asarray(known.any(axis=0) & ~differs.any(axis=0))


def _sizes(tokens: Tokens) -> dict[int, int]:
    """How many tokens have so many postings; of tokens in order."""
    first = np.ones(tokens.rows.size, dtype=bool)
    first[1:] = (tokens.halves[1:] != tokens.halves[:-1]).any(axis=1)
    counts = np.bincount(np.bincount(np.cumsum(first) - 1)).tolist()
    return {size: count for size, count in enumerate(counts) if count}


def _neighbours(sharing: Mapping[int, int]) -> dict[str, float]:
    """Other postings under a posting's token: half of all have at most ``median``, and ``mean`` of them."""
    numbers = np.array(sorted(sharing), dtype=np.int64)
    weights = np.array([sharing[number] * number for number in numbers.tolist()], dtype=np.int64)
    if not weights.sum():
        return {"median": 0, "mean": 0.0}
    middle = int(np.searchsorted(np.cumsum(weights), weights.sum() / 2))
    return {"median": int(numbers[middle]) - 1, "mean": round(float(weights @ (numbers - 1) / weights.sum()), 3)}


def _distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted distinct numbers, by sorting: numpy's own way over a hash table is ten times slower on numbers such as these."""
    rising = np.sort(numbers)
    return rising[np.flatnonzero(np.diff(rising, prepend=rising[:1] - 1))]


def _of(section: str, name: str) -> float:
    return _MODEL[section].get(name, _MODEL[section]["default"])


def _share(flags: Flags) -> float:
    return round(float(flags.mean()), 3) if flags.size else 0.0
