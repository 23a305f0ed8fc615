"""Towns, streets and telephone numbers of the three countries.

Streets are put together by chance. A telephone number has a true area code and behind it a 0 or 1, with which nobody's number begins.
"""

from functools import cache

import numpy as np

from linkage.lab.draws import Chance, Codes, Columns, Texts, any_of, chosen, column, digits, filled, padded, texts, weights_of, words
from linkage.lab.scattering import Numbers

NATIONALITY = {"mx": "MEX", "ca": "CAN", "us": "USA"}
PHONE_BLOCKS = ("person", "organization", "person abroad", "organization abroad")
PER_BLOCK = 500_000  # of the two million numbers of an area that begin with 0 or 1


def draw_places(rng: Chance, country: Texts) -> Codes:
    """A town of each country (`mx`, `ca`, `us`), as likely as it is large; places in `places.csv`."""
    found = np.zeros(len(country), dtype=np.int64)
    for code in NATIONALITY:
        rows, pool = np.flatnonzero(country == code), _towns(code)
        found[rows] = pool[chosen(rng, len(rows), weights_of("places")[pool])]
    return found


def addresses(rng: Chance, places: Codes) -> Columns:
    """An address in each of these towns."""
    country = country_of(places)
    return {
        "house_number": padded(rng.integers(1, 4000, size=len(places)), 1),
        "street": _streets(rng, places),
        "locality": column("places", "locality")[places],
        "region": column("places", "region")[places],
        "postal_code": _postal_codes(rng, places),
        "country": texts(NATIONALITY[code] for code in country.tolist()),
    }


def country_of(places: Codes) -> Texts:
    """`mx`, `ca` or `us` of each town."""
    return np.asarray(texts(code.lower() for code in column("places", "country"))[places])


def phones(numbers: Numbers, purpose: str, country: Texts, places: Codes) -> Texts:
    """A telephone number in each country for the entities at these places of the chunk, ten digits; no two share one.

    `purpose` is one of PHONE_BLOCKS: each has numbers of its own.
    """
    made, start = texts([""] * len(country)), PER_BLOCK * PHONE_BLOCKS.index(purpose)
    for code in NATIONALITY:
        rows, areas = np.flatnonzero(country == code), sorted(set(column("places", "area_code")[_towns(code)]))
        at, local = np.divmod(numbers.scattered(f"phone {purpose} {code}", places[rows], len(areas) * PER_BLOCK), PER_BLOCK)
        pairs = zip(at.tolist(), (local + start).tolist(), strict=True)
        made[rows] = texts(f"{areas[area]}{number:0{10 - len(areas[area])}d}" for area, number in pairs)
    return made


@cache
def _towns(country: str) -> Codes:
    return np.flatnonzero(column("places", "country") == country.upper())


def _streets(rng: Chance, places: Codes) -> Texts:
    country, made = country_of(places), texts([""] * len(places))
    french = column("places", "region")[places] == "QC"
    for code, rows in (("mx", country == "mx"), ("fr", french), ("en", (country != "mx") & ~french)):
        at = np.flatnonzero(rows)
        kind, name = any_of(rng, len(at), words(f"street_kind_{code}")), any_of(rng, len(at), words(f"street_name_{code}"))
        made[at] = name + " " + kind if code == "en" else kind + " " + name
    return made


def _postal_codes(rng: Chance, places: Codes) -> Texts:
    prefix = column("places", "postal_prefix")[places]
    rest = digits(rng, len(places), 5)
    plain = texts(start + tail[len(start) :] for start, tail in zip(prefix.tolist(), rest.tolist(), strict=True))
    canadian = prefix + filled(rng.integers(23, size=len(places)), "A") + " " + filled(rng.integers(2300, size=len(places)), "9A9")
    return np.asarray(np.where(country_of(places) == "ca", canadian, plain))
