"""Entity rules of a few bare filters, and non-matches of given counts."""

from collections.abc import Mapping, Sequence

import numpy as np

from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.non_matches import NonMatches
from tests.reference_unit import Levels, pattern_code

YES_NO = [0.9]  # cut points of a filter with levels 0 missing, 1 disagree, 2 agree


def rule_of(
    filters: Mapping[str, Sequence[float]], groups: Sequence[Sequence[str]] = (), labels: Mapping[str, str] | None = None
) -> EntityRule:
    """An entity type with one field and one filter of each name, with these cut points."""
    return EntityRule.model_validate(
        {
            "fields": {name: {"kind": "text"} for name in filters},
            "filters": {
                name: {"fields": [name], "levels": list(levels), "label": (labels or {}).get(name, name), "length": 64}
                for name, levels in filters.items()
            },
            "groups": [list(group) for group in groups],
            "passes": {"one": {"key": [f"exact({next(iter(filters))})"]}},
        }
    )


def codes_of(rule: EntityRule, patterns: Sequence[Levels]) -> np.ndarray:
    sizes = [rule.filters[name].codes for name in rule.filter_names]
    return np.array([pattern_code(levels, sizes) for levels in patterns], dtype=np.int64)


def counted(rule: EntityRule, counts: Mapping[Levels, float]) -> tuple[np.ndarray, np.ndarray]:
    """Pattern codes, rising, and the count of each."""
    codes = codes_of(rule, list(counts))
    order = np.argsort(codes)
    return codes[order], np.array(list(counts.values()), dtype=float)[order]


def sample_of(rule: EntityRule, counts: Mapping[Levels, int]) -> NonMatches:
    """Non-matches that were all in the random stratum, each standing for itself."""
    codes, numbers = counted(rule, counts)
    sampled = numbers.astype(np.int64)
    return NonMatches(codes, np.zeros_like(sampled), sampled, (0, int(sampled.sum())))
