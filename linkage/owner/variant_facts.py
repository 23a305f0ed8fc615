"""What of a table's variants is counted for the release report, chunk by chunk: some thirty bytes a row, no value and no token."""

import numpy as np
from numpy.typing import NDArray

from linkage.owner.blocking_tokens import Tokens
from linkage.owner.drawing import Made, made_by, together
from linkage.owner.variants import Variants
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.guarded import Guarded

Flags = NDArray[np.bool_]


class VariantFacts(Guarded):
    """Of each variant row its record; of each record which fields its first variant holds.

    ``fields`` are the names of those fields; ``records`` and ``rows`` count records and variants, ``with_key`` (passes,) the records that
    make a key, ``made()`` what tokens each makes.
    """

    __slots__ = ("_held", "_made", "_owners", "fields", "records", "rows", "with_key")

    def __init__(self, rule: EntityRule, passes: int) -> None:
        self.fields = sorted(name for name, field in rule.fields.items() if not field.replaces)
        self.records, self.rows, self.with_key = 0, 0, np.zeros(passes, dtype=np.int64)
        self._owners, self._held, self._made = [np.zeros(0, np.int64)], [self._packed({}, 0)], list[Made]()

    def add(self, variants: Variants, tokens: Tokens, records: int) -> None:
        """The variants of the next ``records`` records, and all their tokens."""
        first = variants.firsts()
        self._owners.append(variants.records + self.records)
        held = {name: column.codes[first] >= 0 for name, column in variants.columns.items()}
        self._held.append(self._packed(held, records))
        keyed = np.zeros((self.with_key.size, records), dtype=bool)
        keyed[tokens.passes, variants.records[tokens.rows]] = True
        self.with_key += keyed.sum(axis=1)
        self._made.append(made_by(tokens, variants.records, records))
        self.records += records
        self.rows += variants.count

    def owners(self) -> NDArray[np.int64]:
        """The record of each variant row, rising."""
        self._owners = [np.concatenate(self._owners)]
        return self._owners[0]

    def made(self) -> Made:
        """What tokens each record makes."""
        self._made = [together(self._made)]
        return self._made[0]

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


def held_filters(variants: Variants, rule: EntityRule) -> NDArray[np.int64]:
    """For each variant row, shape (rows,), how many filters hold anything."""
    return np.asarray(np.sum([_present(variants, rule.filters[name].fields) for name in rule.filter_names], axis=0), dtype=np.int64)


def _present(variants: Variants, fields: list[str]) -> Flags:
    held = [variants.columns[field].codes >= 0 for field in fields if field in variants.columns]
    return np.logical_or.reduce(held) if held else np.zeros(variants.count, dtype=bool)
