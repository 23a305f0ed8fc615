"""What links between records say about their cases, in names and classes, never in values or scores.

Everything here is worked out for all links of an entity type at once: what many rows of a list share is made once, and each row holds the
place of its own.
"""

import numpy as np

from linkage.protocol.agreement import DecisionRule
from linkage.protocol.entity_rules import EntityRule
from linkage.protocol.linked_cases import FieldClasses
from linkage.protocol.postings import binary_column
from linkage.protocol.similarity import Codes, levels_of
from linkage.unit.linking import Decided
from linkage.unit.nodes import Names, Numbers, Pairs

OUTCOMES = ("agree", "similar", "conflict", "missing")

Shared = dict[str, int]
"""Number of links by entity type."""


def released(decided: Decided, rule: DecisionRule) -> Pairs:
    """Links whose band the agreement releases."""
    links = decided.clusters.links
    return links.chosen(links.probabilities >= min(rule.bands[band] for band in rule.released_bands))


def case_links(everything: list[Decided], rule: DecisionRule) -> tuple[list[Shared], list[Numbers]]:
    """How many released links of each entity type the cases of a link share; several types together are stronger than one.

    Distinct answers, and for each entity type which of them each of its released links has, shape (links,).
    """
    if not everything:
        return [], []
    links = [released(one, rule) for one in everything]
    cases = _cases([one.names("case") for one in everything])
    two = [np.stack([own[pairs.left], own[pairs.right]], axis=1) for own, pairs in zip(cases, links, strict=True)]
    together = np.concatenate([np.zeros((1, 2), np.int64), *two])  # the first stands for having no case
    together[(together == 0).any(axis=1)] = 0
    _, place = np.unique(together[:, 0] * (together.max() + 1) + together[:, 1], return_inverse=True)
    place, types = place.reshape(-1), np.repeat(np.arange(len(two)), [len(pairs) for pairs in two])
    counts = np.zeros((place.max() + 1, len(everything)), np.int64)
    np.add.at(counts, (place[1:], types), 1)
    counts[0] = 0
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    names = [one.entity for one in everything]
    shared = [{name: count for name, count in zip(names, row, strict=True) if count} for row in kinds.tolist()]
    return shared, np.split(kind.reshape(-1)[place[1:]], np.cumsum([len(pairs) for pairs in two])[:-1])


def _cases(names: list[Names]) -> list[Numbers]:
    """Every case as a number from 1, over all entity types; 0 for none, which is a name of zeros."""
    together = np.concatenate([np.zeros((1, 2), np.uint64), *names])
    numbers = binary_column(together).dictionary_encode().indices.to_numpy().astype(np.int64)
    return np.split(numbers[1:], np.cumsum([len(part) for part in names])[:-1])


def field_classes(codes: Codes, rule: EntityRule) -> tuple[list[FieldClasses], Numbers]:
    """Labels by outcome: distinct ones, and which of them each code has, shape (codes,).

    A label of several filters agrees if all present ones agree best, conflicts if none agrees at all, and is similar otherwise.
    """
    levels = levels_of(codes, rule)
    best = np.array([rule.filters[name].codes - 1 for name in rule.filter_names])
    labels = sorted({rule.filters[name].label for name in rule.filter_names})
    outcomes = np.empty((codes.size, len(labels)), np.int8)
    for at, label in enumerate(labels):
        members = [place for place, name in enumerate(rule.filter_names) if rule.filters[name].label == label]
        missing, conflict = levels[:, members] == 0, levels[:, members] == 1
        agree = (levels[:, members] == best[members]) & ~conflict
        said = [(missing | agree).all(axis=1), (missing | conflict).all(axis=1), missing.all(axis=1)]
        outcomes[:, at] = np.select(
            said[::-1], [OUTCOMES.index(name) for name in ("missing", "conflict", "agree")], OUTCOMES.index("similar")
        )
    kinds, kind = np.unique(outcomes, axis=0, return_inverse=True)
    named = [{name: [label for label, said in zip(labels, row, strict=True) if said == number] for number, name in enumerate(OUTCOMES)}
             for row in kinds.tolist()]  # fmt: skip
    return [FieldClasses(**classes) for classes in named], kind.reshape(-1)
