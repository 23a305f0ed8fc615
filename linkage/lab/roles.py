"""Who has to do with what inside a country's cases: possessors of guns, officers of companies, leaders of groups.

Edges of the truth for case networks and reports. A possessor is not a purchaser: roles are never merged (DOMAIN 1.1).
"""

import numpy as np

from linkage.lab.cases import Docket
from linkage.lab.draws import Chance, Columns, Flags, Texts, happens
from linkage.lab.plan import COUNTRIES

ROLES = {"firearm": ("possessor", 0.7), "organization": ("officer or member", 0.6)}


def roles_of(rng: Chance, country: str, docket: Docket, ids: dict[str, Texts], held: dict[str, Flags]) -> Columns:
    """Rows of `roles.csv`: for guns and organizations a suspect of the same case, where there is one and he is known."""
    at = COUNTRIES.index(country)
    cases = {entity: docket.of[entity][held[entity][:, at], at] for entity in ids}
    order = np.argsort(cases["suspect"], kind="stable")
    sorted_cases = cases["suspect"][order]
    found: list[Columns] = []
    for entity, (role, share) in ROLES.items():
        first = np.searchsorted(sorted_cases, cases[entity], side="left")
        many = np.searchsorted(sorted_cases, cases[entity], side="right") - first
        rows = np.flatnonzero((many > 0) & happens(rng, share, len(many)))
        person = order[first[rows] + (rng.random(len(rows)) * many[rows]).astype(np.int64)]
        fixed = {"owner": country, "entity": entity}
        columns = {name: np.full(len(rows), text, dtype=object) for name, text in fixed.items()}
        named = {"record_id": ids[entity][rows], "suspect_id": ids["suspect"][person], "role": np.full(len(rows), role, dtype=object)}
        found.append(columns | named)
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}
