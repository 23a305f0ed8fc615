"""What a package shows the unit, in counts, and what blocking will find: before anything is sealed.

The rules of this room:
1. Counts only. A token is counted and forgotten; which key it was made under changes no count.
2. A record that shows a combination of present filters that no other record shows can be put together from its postings
   (docs/threat-model.md): such records are counted.
3. Key coverage is measured; pairs completeness is predicted under a stated model (``tables/field_errors.toml``): the other side holds
   the same fields as we do, as often, and each field differs independently of the others. Real errors cluster.
"""

from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens, blocking_tokens, drop_common
from linkage.owner.fact_tables import read_table
from linkage.owner.variants import Variants
from linkage.protocol.entity_rules import Component, EntityRule

SAMPLE = 20_000
SEED = 20_261_124  # a prediction is the same every time
_MODEL: dict[str, dict[str, float]] = read_table("field_errors")

Passes = dict[str, list[Component]]
Flags = NDArray[np.bool_]


class Met(NamedTuple):
    """Variants, every token of theirs, which of these postings are dropped (n,), and the tokens that stay."""

    variants: Variants
    every: Tokens
    dropped: Flags
    kept: Tokens


class PassCounts(TypedDict):
    """``with_key``: records that make a key; ``meet``: records that keep a token; ``predicted``: share of true pairs that would meet."""

    with_key: int
    meet: int
    postings: int
    dropped: int
    predicted: float


def meet(variants: Variants, passes: Passes, entity: str, subkey: bytes, cap: int) -> Met:
    """The tokens of the variants under a sub-key, common ones marked."""
    every = blocking_tokens(variants, passes, entity, subkey)
    kept, dropped = drop_common(every, variants.records, cap)
    return Met(variants, every, dropped, kept)


def revealed(met: Met, rule: EntityRule) -> dict[str, Any]:
    """Postings, tokens by how many records share them, and how many patterns of present filters there are, of which unique."""
    records = met.variants.records
    _, token = np.unique(met.kept.halves[:, 0], return_inverse=True)
    count = int(records.max(initial=-1)) + 1
    sharing = np.bincount(_distinct(token.reshape(-1) * count + records[met.kept.rows]) // max(count, 1))
    pattern = presence_patterns(met.variants, rule)
    shown = _distinct(met.kept.rows)
    holders = np.unique(_distinct(pattern[shown] * count + records[shown]) // max(count, 1), return_counts=True)[1]
    return {
        "postings": int(met.kept.rows.size),
        "tokens": int(sharing.size),
        "tokens_by_records": {str(number): int(found) for number, found in enumerate(np.bincount(sharing)) if found},
        "records_shown": int(_distinct(records[shown]).size),
        "presence_patterns": int(holders.size),
        "unique_patterns": int(np.count_nonzero(holders == 1)),
    }


def presence_patterns(variants: Variants, rule: EntityRule) -> NDArray[np.int64]:
    """For each variant row, shape (rows,), which filters hold anything, as bits in name order."""
    pattern = np.zeros(variants.count, dtype=np.int64)
    for number, name in enumerate(rule.filter_names):
        pattern |= _present(variants, rule.filters[name].fields).astype(np.int64) << number
    return pattern


def _present(variants: Variants, fields: list[str]) -> Flags:
    held = [variants.columns[field].codes >= 0 for field in fields if field in variants.columns]
    return np.logical_or.reduce(held) if held else np.zeros(variants.count, dtype=bool)


def blocking_counts(met: Met, passes: Passes, rule: EntityRule) -> tuple[dict[str, PassCounts], float]:
    """Counts of each pass by name, and the predicted pairs completeness of all passes together."""
    count = int(met.variants.records.max(initial=-1)) + 1
    records = met.variants.records[met.every.rows]
    names = sorted(passes)
    meeting = np.zeros((len(names), count), dtype=bool)
    counts: dict[str, PassCounts] = {}
    for number, name in enumerate(names):
        mine = met.every.passes == number
        kept = mine & ~met.dropped
        meeting[number, records[kept]] = True
        counts[name] = PassCounts(
            with_key=int(_distinct(records[mine]).size), meet=int(meeting[number].sum()), postings=int(kept.sum()),
            dropped=int((mine & met.dropped).sum()), predicted=0.0,
        )  # fmt: skip
    found = _predicted(met.variants, meeting, [passes[name] for name in names], rule)
    for number, name in enumerate(names):
        counts[name]["predicted"] = _share(found[number])
    return counts, _share(np.logical_or.reduce(found, axis=0))


def _predicted(variants: Variants, meeting: Flags, passes: list[list[Component]], rule: EntityRule) -> Flags:
    """Whether a sample of records, each with an imagined counterpart, meets it in each pass: shape (passes, sample)."""
    sample = np.unique(np.linspace(0, meeting.shape[1] - 1, SAMPLE).astype(np.int64)) if meeting.shape[1] else np.zeros(0, np.int64)
    first = variants.firsts()[sample] if sample.size else sample
    rng = np.random.default_rng(SEED)
    agreeing: dict[str, NDArray[np.float64]] = {}
    for field in sorted(rule.fields):
        draws = rng.random((2, sample.size))  # drawn for every field, so that one column more does not move the others
        if field in variants.columns:
            ours = variants.columns[field].codes[first] >= 0
            theirs = draws[0] < (ours.mean() if sample.size else 0.0)
            agreeing[field] = np.where(ours & theirs, draws[1], -1.0)
    met = meeting[:, sample].copy()
    for number, components in enumerate(passes):
        for component in components:
            remaining = _of("remaining", component.function)
            fields = [field for field in component.fields if field in agreeing]
            held = [agreeing[field] >= remaining * _of("disagree", rule.fields[field].kind) for field in fields]
            met[number] &= np.logical_or.reduce(held) if held else False
    return met


def _distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted distinct numbers, by sorting: numpy's own way over a hash table is ten times slower on numbers such as these."""
    rising = np.sort(numbers)
    return rising[np.flatnonzero(np.diff(rising, prepend=rising[:1] - 1))]


def _of(section: str, name: str) -> float:
    return _MODEL[section].get(name, _MODEL[section]["default"])


def _share(flags: Flags) -> float:
    return round(float(flags.mean()), 3) if flags.size else 0.0
