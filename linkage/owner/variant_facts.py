"""What of a table's variants is counted for the release report, chunk by chunk: some thirty bytes a row, no value and no token."""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.variants import Variants
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

Flags = NDArray[np.bool_]


class VariantFacts(Guarded):
    """Of each variant row its record and which filters hold anything; of each record which fields its first variant holds.

    ``fields`` are the names of those fields; ``records`` and ``rows`` count records and variants, ``with_key`` (passes,) the records that
    make a key.
    """

    __slots__ = ("_held", "_owners", "_patterns", "_rule", "fields", "records", "rows", "with_key")

    def __init__(self, rule: EntityRule, passes: int) -> None:
        self._rule, self.fields = rule, sorted(name for name, field in rule.fields.items() if not field.replaces)
        self.records, self.rows, self.with_key = 0, 0, np.zeros(passes, dtype=np.int64)
        self._owners, self._patterns, self._held = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [self._packed({}, 0)]

    def add(self, variants: Variants, tokens: Tokens, records: int) -> None:
        """The variants of the next ``records`` records, and all their tokens."""
        first = variants.firsts()
        self._owners.append(variants.records + self.records)
        self._patterns.append(presence_patterns(variants, self._rule))
        held = {name: column.codes[first] >= 0 for name, column in variants.columns.items()}
        self._held.append(self._packed(held, records))
        keyed = np.zeros((self.with_key.size, records), dtype=bool)
        keyed[tokens.passes, variants.records[tokens.rows]] = True
        self.with_key += keyed.sum(axis=1)
        self.records += records
        self.rows += variants.count

    def owners(self) -> NDArray[np.int64]:
        """The record of each variant row, rising."""
        self._owners = [np.concatenate(self._owners)]
        return self._owners[0]

    def patterns(self) -> NDArray[np.int64]:
        """Which filters of each variant row hold anything, as bits in name order."""
        return np.concatenate(self._patterns)

    def held(self, name: str) -> Flags:
        """Whether the first variant of each record holds the field; an alias is no field of a variant."""
        if name not in self.fields:
            return np.zeros(self.records, dtype=bool)
        place = self.fields.index(name)
        bits = np.concatenate([part[:, place // 8] for part in self._held])
        return (bits >> np.uint8(7 - place % 8) & np.uint8(1)).astype(bool)

    def _packed(self, held: dict[str, Flags], records: int) -> NDArray[np.uint8]:
        flags = np.zeros((records, len(self.fields)), dtype=bool)
        for place, name in enumerate(self.fields):
            flags[:, place] = held.get(name, False)
        return np.packbits(flags, axis=1)


def presence_patterns(variants: Variants, rule: EntityRule) -> NDArray[np.int64]:
    """For each variant row, shape (rows,), which filters hold anything, as bits in name order."""
    pattern = np.zeros(variants.count, dtype=np.int64)
    for number, name in enumerate(rule.filter_names):
        pattern |= _present(variants, rule.filters[name].fields).astype(np.int64) << number
    return pattern


def _present(variants: Variants, fields: list[str]) -> Flags:
    held = [variants.columns[field].codes >= 0 for field in fields if field in variants.columns]
    return np.logical_or.reduce(held) if held else np.zeros(variants.count, dtype=bool)
