"""A small invented tri-country corpus: owners `mx`, `ca` and `us`, all three entity types, cases, and the truth.

1. Every country has `size` suspects, four fifths as many firearms and three tenths as many organizations.
2. Of each, 6 % are known to all three countries and 16 % to each two: any two share 22 %. That is far more than in earnest
   (DOMAIN 6 says 1 to 5 %), so that a demonstration has something to show.
3. Things that the same countries know come in networks of up to five; each country has a case for the network, and the odd
   member sits in a case of its own. So linked cases often share several entities.
4. Same seed and size, same bytes.
"""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from linkage.lab.clerks import COUNTRIES, view
from linkage.lab.draws import Row, chance, one_of
from linkage.lab.layout import Truth, count_true_pairs, opaque_ids, write_records, write_truth
from linkage.lab.people import invent_people
from linkage.lab.things import invent_firearms, invent_organizations

IN_ALL, IN_EACH_TWO = 0.06, 0.16
INVENT = {  # entity: how, and how many per suspect
    "suspect": (invent_people, 1.0),
    "firearm": (invent_firearms, 0.8),
    "organization": (invent_organizations, 0.3),
}
CASE_NUMBERS = {"mx": "FED/{region}/{number}/{year}", "ca": "{year}-{number}", "us": "{short}-{region}-{number}"}
REGIONS = {"mx": ("SON", "SIN", "TAM", "JAL"), "ca": ("",), "us": ("ELP", "LRD", "SND", "TUS")}
Countries = tuple[str, ...]


class Known(NamedTuple):
    """One true entity: its type, its id in the truth, what is true of it, the countries that hold a record, and in which case."""

    entity: str
    entity_id: str
    true: Row
    cases: dict[str, str]


def write_sample(out: Path, seed: int, size: int = 400) -> dict[str, int]:
    """Write the corpus and its truth; returns the number of records per owner and entity type, and of true pairs per owner pair.

    `size` is the number of suspects of each country, 20 or more; ValueError otherwise.
    """
    if size < 20:
        raise ValueError("a sample needs at least 20 suspects for each country")
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    known = list(_invent(rng, size))
    truth: list[Truth] = []
    counts: dict[str, int] = {}
    for country in COUNTRIES:
        for entity in INVENT:
            here = [each for each in known if each.entity == entity and country in each.cases]
            records = _records(rng, country, here)
            write_records(out, country, entity, sorted(records, key=lambda record: record["record_id"]))
            truth += [(country, entity, row["record_id"], each.entity_id) for row, each in zip(records, here, strict=True)]
            counts[f"{country} {entity}"] = len(records)
    write_truth(out, truth)
    return counts | count_true_pairs(truth)


def _records(rng: np.random.Generator, country: str, here: list[Known]) -> list[Row]:
    ids = opaque_ids(country, len(here), rng)
    return [
        {"record_id": record_id, "case_id": each.cases[country]} | view(rng, each.entity, country, each.true)
        for record_id, each in zip(ids, here, strict=True)
    ]


def _invent(rng: np.random.Generator, size: int) -> Iterator[Known]:
    invented: list[tuple[str, str, Row, Countries]] = []
    for entity, (invent, per_suspect) in INVENT.items():
        seen_by = _memberships(rng, round(size * per_suspect))
        rows = zip(invent(rng, seen_by), seen_by, strict=True)
        invented += [(entity, f"{entity}-{number:05d}", true, countries) for number, (true, countries) in enumerate(rows)]
    for entity, entity_id, true, cases in _in_cases(rng, invented):
        yield Known(entity, entity_id, true, cases)


def _memberships(rng: np.random.Generator, count: int) -> list[Countries]:
    """The countries that hold a record of each entity, home first, in random order; every country comes `count` times."""
    in_all, in_two = round(count * IN_ALL), round(count * IN_EACH_TWO)
    chosen: list[Countries] = [COUNTRIES] * in_all
    chosen += [pair for pair in combinations(COUNTRIES, 2) for _ in range(in_two)]
    chosen += [(country,) for country in COUNTRIES for _ in range(count - in_all - 2 * in_two)]
    return [_home_first(rng, chosen[index]) for index in rng.permutation(len(chosen)).tolist()]


def _home_first(rng: np.random.Generator, countries: Countries) -> Countries:
    home = "mx" if "mx" in countries and chance(rng, 0.75) else one_of(rng, countries)
    return (home, *(country for country in countries if country != home))


def _in_cases(rng: np.random.Generator, invented: list[tuple[str, str, Row, Countries]]) -> Iterator[tuple[str, str, Row, dict[str, str]]]:
    """Group what the same countries know into networks, and give every member a case number in each of these countries."""
    numbers = rng.permutation(900_000)  # no case number twice
    used = iter(numbers.tolist())
    for countries in sorted({tuple(sorted(each[3])) for each in invented}):
        members = [each for each in invented if tuple(sorted(each[3])) == countries]
        members = [members[index] for index in rng.permutation(len(members)).tolist()]
        while members:
            network, members = members[: (length := int(rng.integers(1, 6)))], members[length:]
            common = {country: _case_number(rng, country, next(used)) for country in countries}
            for entity, entity_id, true, _ in network:
                own = {country: _case_number(rng, country, next(used)) for country in countries if chance(rng, 0.15)}
                yield entity, entity_id, true, common | own


def _case_number(rng: np.random.Generator, country: str, number: int) -> str:
    year = int(rng.integers(2019, 2026))
    return CASE_NUMBERS[country].format(region=one_of(rng, REGIONS[country]), number=f"{number:06d}", year=year, short=year % 100)
