"""One chunk of an invented world: people, guns, organizations, the cases that join them, and three countries' views.

1. Who is known to whom comes first (`plan.memberships`), then what is true, then cases, then views; all draw from the chunk's stream.
2. A view is a new table: nothing of the truth travels with it but what the country wrote down.
3. Out come the rows of every file, by part: `mx/suspect.csv`, `truth.mx.suspect`, ... `invention` puts the parts together.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from linkage.lab.cases import Docket, open_cases
from linkage.lab.draws import Chance, Codes, Columns, Flags, Texts, column, padded, texts
from linkage.lab.firearms import Firearms, invent_firearms, recovered_in, recoveries
from linkage.lab.organizations import Organizations, invent_organizations
from linkage.lab.other_names import Aliases, invent_aliases
from linkage.lab.people import People, invent_people
from linkage.lab.plan import COUNTRIES, ENTITIES, NOISE, Plan, memberships
from linkage.lab.roles import roles_of
from linkage.lab.seizures import seizure_facts
from linkage.lab.view_firearms import view_firearms
from linkage.lab.view_organizations import view_organizations
from linkage.lab.view_people import Seen, view_people

CASE_COLUMNS = ("case_id", "agency", "date", "region", "municipality", "offence_class", "setting", "substance_class", "organization_class")


class World(NamedTuple):
    """What is true in a chunk; `recovered` is the country (place in COUNTRIES) that seized each gun."""

    held: dict[str, Flags]
    people: People
    aliases: Aliases
    firearms: Firearms
    organizations: Organizations
    docket: Docket
    recovered: Codes


def invent_chunk(plan: Plan, chunk: int) -> dict[str, Columns]:
    """All rows of one chunk by part, each a table of columns. Same plan and chunk, same rows, whoever makes them."""
    rng = plan.rng(chunk)
    world = invent_world(rng, plan, chunk)
    parts: dict[str, Columns] = {}
    for country in COUNTRIES:
        ids = {entity: _record_ids(plan, country, entity, chunk) for entity in ENTITIES}
        for entity in ENTITIES:
            parts |= _views(rng, plan, world, (country, entity, chunk), ids[entity])
        parts[f"cases.{country}"] = _case_rows(world.docket, country)
        parts[f"roles.{country}"] = roles_of(rng, country, world.docket, ids, world.held)
    return parts


def invent_world(rng: Chance, plan: Plan, chunk: int) -> World:
    """The truth of one chunk."""
    held = {entity: memberships(rng, entity, plan.records(entity, chunk), plan.overlap) for entity in ENTITIES}
    people = invent_people(rng, held["suspect"], plan.numbers("suspect", chunk), (chunk, plan.chunks))
    firearms = invent_firearms(rng, held["firearm"], plan.numbers("firearm", chunk))
    organizations = invent_organizations(rng, held["organization"], plan.numbers("organization", chunk))
    together = np.where(rng.random(firearms.size) < 0.5, firearms.leader, -1)
    docket = open_cases(rng, held, {"firearm": together}, plan.numbers("suspect", chunk))
    recovered = recovered_in(rng, held["firearm"])
    return World(held, people, invent_aliases(rng, people), firearms, organizations, docket, recovered)


def true_pairs(plan: Plan, chunk: int) -> dict[str, int]:
    """Pairs of records of one entity at two owners, by `entity owner_a owner_b`, in this chunk."""
    rng, found = plan.rng(chunk), {}
    for entity in ENTITIES:
        held = memberships(rng, entity, plan.records(entity, chunk), plan.overlap)
        for left, right in (("ca", "mx"), ("ca", "us"), ("mx", "us")):
            found[f"{entity} {left} {right}"] = int((held[:, COUNTRIES.index(left)] & held[:, COUNTRIES.index(right)]).sum())
    return found


def _views(rng: Chance, plan: Plan, world: World, where: tuple[str, str, int], ids: Texts) -> dict[str, Columns]:
    country, entity, chunk = where
    at = COUNTRIES.index(country)
    rows = np.flatnonzero(world.held[entity][:, at])
    cases, case = world.docket.cases[at], world.docket.of[entity][rows, at]
    carelessness = cases.carelessness[case] * NOISE[plan.noise]
    who = (rows, plan.numbers(entity, chunk))
    parts: dict[str, Columns] = {}
    if entity == "suspect":
        seen = view_people(rng, country, who, world.people, world.aliases, carelessness)
    elif entity == "organization":
        seen = view_organizations(rng, country, who, world.organizations, carelessness)
    else:
        shared = world.held[entity][rows].sum(axis=1) > 1
        recovery = recoveries(world.firearms, world.docket, world.recovered)
        seen = view_firearms(rng, country, rows, world.firearms, (cases, case, carelessness), (shared, recovery))
        seized = np.flatnonzero(world.recovered[rows] == at)
        traits = {name: flags[seized] for name, flags in seen.traits.items()}
        facts = seizure_facts(rng, country, (cases, case[seized]), rows[seized], world.firearms, traits)
        parts[f"seizures.{country}"] = {"owner": _all(country, len(seized)), "record_id": ids[seized]} | facts
    first = plan.numbers(entity, chunk).first
    entity_ids = f"{entity}-" + padded(rows + first, 8)
    heads = {"owner": _all(country, len(rows)), "entity": _all(entity, len(rows)), "record_id": ids}
    parts[f"{country}/{entity}.csv"] = {"record_id": ids, "case_id": cases.column("case_id", case)} | seen.record
    parts[f"truth.{country}.{entity}"] = heads | {"entity_id": entity_ids}
    parts[f"traits.{country}.{entity}"] = _trait_rows(heads, seen)
    return parts


def _trait_rows(heads: Columns, seen: Seen) -> Columns:
    places = [np.flatnonzero(flags) for flags in seen.traits.values()]
    rows = np.concatenate(places)
    traits = np.repeat(texts(seen.traits), [len(place) for place in places])
    return {name: np.asarray(values[rows]) for name, values in heads.items()} | {"trait": traits}


def _case_rows(docket: Docket, country: str) -> Columns:
    cases = docket.cases[COUNTRIES.index(country)]
    used = np.unique(np.concatenate([of[:, COUNTRIES.index(country)] for of in docket.of.values()]))
    used = used[used >= 0]
    facts = cases.facts | {
        name: column("places", place)[cases.place] for name, place in (("region", "region"), ("municipality", "locality"))
    }
    return {"owner": _all(country, len(used))} | {name: np.asarray(facts[name][used]) for name in CASE_COLUMNS}


def _record_ids(plan: Plan, country: str, entity: str, chunk: int) -> Texts:
    """Opaque ids: neither the id nor, after sorting by it, the row tells the entity or the chunk."""
    start = plan.start(entity, chunk)
    total = plan.start(entity, plan.chunks)
    numbers = _order(plan.seed, country, entity, total)[start : start + plan.records(entity, chunk)]
    return np.asarray(f"{country}-" + padded(numbers + 1, max(5, len(str(total)))))


@lru_cache(maxsize=9)
def _order(seed: int, country: str, entity: str, total: int) -> Codes:
    rng = np.random.default_rng([seed, 11, COUNTRIES.index(country), list(ENTITIES).index(entity)])
    return np.asarray(rng.permutation(total))


def _all(text: str, count: int) -> Texts:
    return np.full(count, text, dtype=object)
