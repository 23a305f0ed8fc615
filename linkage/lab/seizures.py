"""Facts of each seizure for the tables T1 to T14 of the trilateral report (DOMAIN 3.2).

Seized, submitted, traced, source known and purchaser known stay five separate facts; every one has "unknown" where nobody knows.
"""

import numpy as np

from linkage.lab.cases import Cases
from linkage.lab.draws import Chance, Codes, Columns, Flags, Texts, column, happens
from linkage.lab.firearms import Firearms

SUBMITTED = {"mx": 0.62, "ca": 0.55, "us": 0.9}
TRACED, SOURCE_KNOWN, PURCHASER_KNOWN = 0.88, 0.87, 0.75  # of those one step before, where the serial can be read
UNREADABLE, HARDLY_WORTH_IT = 0.15, 0.5  # times, where it cannot
KEPT = ("organization_class", "setting", "substance_class")


def seizure_facts(
    rng: Chance, country: str, cases: tuple[Cases, Codes], rows: Codes, firearms: Firearms, traits: dict[str, Flags]
) -> Columns:
    """One row for each seized gun (`rows`), in the order of `seizures.csv` after owner and record id; `cases` with each one's case."""
    docket, case = cases
    count = len(rows)
    unreadable = traits["no_serial"] | traits["partial_serial"]
    readable = np.where(unreadable, UNREADABLE, 1.0)
    submitted = happens(rng, SUBMITTED[country] * np.where(unreadable, HARDLY_WORTH_IT, 1.0), count) & ~firearms.home_made[rows]
    traced = submitted & happens(rng, TRACED * readable, count)
    source = traced & happens(rng, SOURCE_KNOWN, count)
    purchaser = source & happens(rng, PURCHASER_KNOWN, count)
    days = (docket.day[case] - firearms.sold[rows]).astype(np.int64)
    place = docket.place[case]
    corridor = column("places", "corridor")[place]
    return {
        "case_id": docket.column("case_id", case),
        "seizure_date": docket.column("date", case),
        "region": column("places", "region")[place],
        "municipality": column("places", "locality")[place],
        "crossing_corridor": np.where((corridor != "") & source, corridor, "unknown"),
        **{name: docket.column(name, case) for name in KEPT},
        "identifier_quality": _quality(firearms.home_made[rows], traits),
        "submitted": _yes(submitted),
        "traced": _yes(traced),
        "source_known": _yes(source),
        "purchaser_known": _yes(purchaser),
        "origin_class": _origin(country, firearms.facts["country"][rows], source),
        "source_state": np.where(source, firearms.source_state[rows], "unknown"),
        "time_to_crime_days": np.where(purchaser, days.astype(str).astype(object), "unknown"),
        "modality": _modality(rng, firearms, rows, purchaser),
    }


def _yes(flags: Flags) -> Texts:
    return np.where(flags, "yes", "no").astype(object)


def _quality(home_made: Flags, traits: dict[str, Flags]) -> Texts:
    found = np.where(traits["partial_serial"], "partial", "readable").astype(object)
    return np.where(home_made, "privately made", np.where(traits["no_serial"], "none or obliterated", found))


def _origin(country: str, made_in: Texts, known: Flags) -> Texts:
    domestic = {"mx": "MX", "ca": "CA", "us": "US"}[country]
    sourced = np.where(made_in == "US", "US made", np.where(made_in == domestic, "domestic", "US imported"))
    return np.where(known, sourced, "undetermined").astype(object)


def _modality(rng: Chance, firearms: Firearms, rows: Codes, known: Flags) -> Texts:
    other = np.array(["straw purchase", "private sale", "parcel", "corruption"], dtype=object)[rng.integers(4, size=len(rows))]
    found = np.where(firearms.leader[rows] >= 0, "multiple sale", other)
    return np.where(firearms.stolen[rows], "theft", np.where(known, found, "unknown")).astype(object)
