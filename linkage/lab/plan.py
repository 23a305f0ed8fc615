"""How large an invented corpus is, who shares what with whom, and in which pieces it is made.

1. Every owner holds `suspects` suspects, as many firearms and three fifths as many organizations, exactly.
2. Any two owners have the share `overlap` of their records in common, exactly up to rounding; a fifth of that is known to all three.
   Mexico and Canada share hardly a firearm, but one at least (DOMAIN 3.3).
3. It is made in chunks, each from its own child of the seed: whoever makes a chunk, and when, its bytes are the same. Families,
   sales and cases lie inside a chunk; numbers are unique across all (`scattering`).
"""

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np

from linkage.lab.draws import Chance, Codes, Flags
from linkage.lab.scattering import Numbers

COUNTRIES = ("mx", "ca", "us")
ENTITIES = {"suspect": 1.0, "firearm": 1.0, "organization": 0.6}  # records per suspect
IN_ALL = 0.2  # of what two share
SHARED = {("firearm", "mx", "ca"): 0.05}  # of the overlap, where it is not all of it
NOISE = {"low": 0.4, "typical": 1.0, "harsh": 2.0}  # times the clerical rates
SIZES = {"small": 400, "medium": 10_000, "large": 1_000_000}
DEFAULT_OVERLAP = {"small": 0.22, "medium": 0.05, "large": 0.02}
SMALLEST, LARGEST = 20, 1_000_000
CHUNK = 5_000


class Plan(NamedTuple):
    """What to invent: suspects of each owner, the share that two have in common, clerical noise, seed, suspects in a chunk."""

    suspects: int
    overlap: float
    noise: str
    seed: int
    chunk: int = CHUNK

    @property
    def chunks(self) -> int:
        """How many pieces; the last one takes the rest, so that none is too small for families and sales."""
        return max(self.suspects // self.chunk, 1)

    def records(self, entity: str, chunk: int) -> int:
        """An owner's records of this type in one chunk."""
        return self.start(entity, chunk + 1) - self.start(entity, chunk)

    def start(self, entity: str, chunk: int) -> int:
        """An owner's records of this type before this chunk."""
        return round((chunk * self.chunk if chunk < self.chunks else self.suspects) * ENTITIES[entity])

    def numbers(self, entity: str, chunk: int) -> Numbers:
        """Numbers for the entities of a chunk: at most one for every record of three owners."""
        return Numbers(self.seed, len(COUNTRIES) * self.start(entity, chunk))

    def rng(self, chunk: int) -> Chance:
        """The chunk's own stream of chance."""
        return np.random.default_rng(np.random.SeedSequence(self.seed).spawn(self.chunks)[chunk])


def plan(size: str, overlap: float | None, noise: str, seed: int) -> Plan:
    """The plan for `small`, `medium`, `large` or a number of suspects; without an overlap that of the size, a number's being medium's.

    Raises ValueError, in words for the operator, when size, overlap, noise or seed is out of range.
    """
    if size not in SIZES and not (size.isascii() and size.isdigit()):
        raise ValueError(f"size: expected {', '.join(SIZES)} or a number of suspects")
    suspects = SIZES[size] if size in SIZES else int(size)
    if not SMALLEST <= suspects <= LARGEST:
        raise ValueError(f"size: expected at least {SMALLEST} and at most {LARGEST} suspects for each country")
    share = DEFAULT_OVERLAP.get(size, DEFAULT_OVERLAP["medium"]) if overlap is None else overlap
    if not 0 <= share <= 0.5:
        raise ValueError("overlap: expected a share between 0 and 0.5")
    if noise not in NOISE:
        raise ValueError(f"noise: expected {', '.join(NOISE)}")
    if seed < 0:
        raise ValueError("seed: expected 0 or more")
    return Plan(suspects, share, noise, seed)


def memberships(rng: Chance, entity: str, count: int, overlap: float) -> Flags:
    """Which countries hold a record of each entity, shape (entities, 3), in random order; every country holds `count`."""
    pairs = {pair: _shared(entity, pair, count, overlap) for pair in combinations(COUNTRIES, 2)}
    in_all = round(IN_ALL * min(pairs.values()))
    patterns = [(COUNTRIES, in_all), *((pair, number - in_all) for pair, number in pairs.items())]
    alone = {country: count - sum(number for held, number in patterns if country in held) for country in COUNTRIES}
    patterns += [((country,), number) for country, number in alone.items()]
    held = np.array([[country in pattern for country in COUNTRIES] for pattern, _ in patterns])
    return np.asarray(held[rng.permutation(np.repeat(np.arange(len(patterns)), [number for _, number in patterns]))])


def homes(rng: Chance, held: Flags, foreign: float) -> Codes:
    """The home country of each entity (place in COUNTRIES): of those that hold it, Mexico before others; some come from elsewhere."""
    draws = np.where(held, rng.random(held.shape) * np.array([4.0, 1.0, 1.0]), -1.0)
    home = draws.argmax(axis=1)
    return np.where(rng.random(len(held)) < foreign, rng.integers(len(COUNTRIES), size=len(held)), home)


def _shared(entity: str, pair: tuple[str, str], count: int, overlap: float) -> int:
    share = overlap * SHARED.get((entity, *pair), 1.0)
    return max(math.floor(count * share + 1e-9), 1 if share else 0)  # rounded down: two halves of an odd number are no more than it
