"""Invented firearms: made, sold, stolen or trafficked, recovered. What is true, before anyone writes it down.

1. A make's serial numbers have the shapes that were counted for it (`makes.csv`). No two guns share one, but for rule 3.
2. Three guns in ten were bought together with others: same make and model, next serial number (multiple sale, straw purchase). Where a
   network got them all, they were recovered together too.
3. Two guns in a hundred have the serial number of a gun of another make. They are different guns (DOMAIN 1.1, 6).
4. A gun is recovered in one country; what others hold of it is the trace, the theft report or the purchase.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.lab.cases import Docket
from linkage.lab.draws import (
    Chance,
    Codes,
    Columns,
    Flags,
    Texts,
    blank,
    chosen,
    column,
    filled,
    happens,
    space_of,
    table,
    texts,
    weights_of,
)
from linkage.lab.plan import COUNTRIES
from linkage.lab.scattering import Numbers

BOX = 5  # guns of one sale at most
IN_BOX, SAME_SERIAL = 0.3, 0.02
HOME_MADE = {"mx": 0.12, "ca": 0.02, "us": 0.03}  # of guns that one country alone holds: 1,664 of 21,751 in Mexico 2021 (DOMAIN 3.3)
MADE = ("make", "importer", "model", "calibre", "kind", "country", "barrel_mm")
STOLEN, EXHIBIT = 0.08, 0.2
SOURCE_STATES = {"TX": 40, "AZ": 17, "CA": 12, "NM": 4, "FL": 7, "GA": 4, "OH": 4, "NV": 3, "OK": 3, "CO": 3, "MI": 2, "WA": 1}


class Firearms(NamedTuple):
    """True facts of the guns of a chunk, a column each."""

    facts: Columns
    leader: Codes
    sold: NDArray[np.datetime64]
    source_state: Texts
    stolen: Flags
    home_made: Flags
    sequential: Flags
    same_serial: Flags

    @property
    def size(self) -> int:
        """How many."""
        return len(self.leader)


def invent_firearms(rng: Chance, held: Flags, numbers: Numbers) -> Firearms:
    """One gun for each row of `held`; guns of one sale follow each other and have the same `leader`, the others -1."""
    count = len(held)
    leader, place = _sales(rng, count)
    first = np.where(leader < 0, np.arange(count), leader)
    make = chosen(rng, count, weights_of("makes"))[first]
    serial, same_serial = _with_same(rng, _serials(rng, make, first, place, numbers), make, leader)
    home_made = _home_made(rng, held) & (leader < 0) & ~same_serial
    facts = {name: np.asarray(column("makes", name)[make]) for name in MADE}
    for name in ("make", "importer", "model", "country"):
        facts[name] = np.where(home_made, "", facts[name])
    facts["serial_number"] = np.where(home_made, "", serial)
    exhibit = "IB" + filled(numbers.scattered("ballistic", np.arange(count), 10**8), "99-999999")
    facts["ballistic_id"] = np.where(happens(rng, EXHIBIT, count), exhibit, "")
    states = texts(SOURCE_STATES)[chosen(rng, count, list(SOURCE_STATES.values()))][first]
    stolen = happens(rng, STOLEN, count) & (leader < 0)
    sold = np.datetime64("2019-01-01") - rng.exponential(1500.0, size=count).astype(np.int64).astype("timedelta64[D]")
    return Firearms(facts, leader, sold[first], states, stolen, home_made, leader >= 0, same_serial)


def next_serial(serial: str) -> str:
    """The number of the gun that was made, and sold, next: `ABCD109` after `ABCD108`; the digits count, letters stay.

    >>> next_serial("710-00099"), next_serial("A999999A")
    ('710-00100', 'A000000A')
    """
    digit_places = [at for at, mark in enumerate(serial) if mark.isdigit()]
    marks = list(serial)
    for at in reversed(digit_places):
        marks[at] = str((int(marks[at]) + 1) % 10)
        if marks[at] != "0":
            break
    return "".join(marks)


def recovered_in(rng: Chance, held: Flags) -> Codes:
    """The country (place in COUNTRIES) that recovered each gun: Mexico where it holds one, then Canada, mostly."""
    return np.asarray(np.where(held, rng.random(held.shape) * np.array([6.0, 4.0, 1.0]), -1.0).argmax(axis=1))


def recoveries(firearms: Firearms, docket: Docket, where: Codes) -> Columns:
    """Date and region of each recovery: those of the case in the country where it was."""
    date, region = blank(firearms.size), blank(firearms.size)
    for at, cases in enumerate(docket.cases):
        rows = np.flatnonzero(where == at)
        case = docket.of["firearm"][rows, at]
        date[rows] = cases.facts["date"][case]
        region[rows] = column("places", "region")[cases.place[case]]
    return {"recovery_date": date, "recovery_region": region}


def _sales(rng: Chance, count: int) -> tuple[Codes, Codes]:
    """For each gun the first of its sale (-1 when bought alone), and its place in the box."""
    sizes = np.where(happens(rng, IN_BOX / 3, count), rng.integers(2, BOX + 1, size=count), 1)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), count)) + 1]
    starts = np.cumsum(sizes) - sizes
    place = (np.arange(count) - np.repeat(starts, sizes)[:count]).astype(np.int64)
    size = np.repeat(sizes, sizes)[:count].copy()
    if place[-1] == 0:
        size[-1] = 1  # the last box is cut off after its first gun
    return np.where(size > 1, np.arange(count) - place, -1), place


def _serials(rng: Chance, make: Codes, first: Codes, place: Codes, numbers: Numbers) -> Texts:
    """A number for the sale out of the shape's space in steps of a box, then the gun's place in the box."""
    found = blank(len(make))
    shape = _shapes(rng, make, numbers.first + len(make))[first]
    for text in sorted(set(shape.tolist())):
        rows = np.flatnonzero(shape == text)
        box = numbers.scattered(f"serial {text}", first[rows], space_of(text) // BOX)
        found[rows] = filled(box * BOX + place[rows], text)
    return found


def _shapes(rng: Chance, make: Codes, last: int) -> Texts:
    """A shape for every gun, as often as it was counted; shapes too small for a corpus of this size are left out."""
    found = blank(len(make))
    for at, row in enumerate(table("makes")):
        rows = np.flatnonzero(make == at)
        shapes = [part.rsplit(":", 1) for part in row["serial_shapes"].split("|")]
        large = [(shape, float(weight)) for shape, weight in shapes if space_of(shape) // BOX > max(last, 10 * BOX)]
        large = large or [(max((shape for shape, _ in shapes), key=space_of) + "9", 1.0)]
        found[rows] = texts(shape for shape, _ in large)[chosen(rng, len(rows), [weight for _, weight in large])]
    return found


def _with_same(rng: Chance, serial: Texts, make: Codes, leader: Codes) -> tuple[Texts, Flags]:
    """The serials, some of them replaced by that of a gun of another make, and which guns share one."""
    maker = column("makes", "make")[make]
    same = np.flatnonzero(happens(rng, SAME_SERIAL, len(make)) & (leader < 0))
    other = rng.integers(len(make), size=len(same))
    usable = (maker[same] != maker[other]) & ~np.isin(other, same)
    same, other = _once(same[usable], other[usable])
    shared, found = np.zeros(len(make), dtype=bool), serial.copy()
    found[same] = serial[other]
    shared[same] = shared[other] = True
    return found, shared


def _home_made(rng: Chance, held: Flags) -> Flags:
    """Guns without any number: only guns that one country alone holds."""
    shares = held @ np.array([HOME_MADE[code] for code in COUNTRIES])
    return np.asarray(happens(rng, shares, len(held)) & (held.sum(axis=1) == 1))


def _once(rows: Codes, others: Codes) -> tuple[Codes, Codes]:
    """No gun is copied twice, so that three never share a number."""
    _, at = np.unique(others, return_index=True)
    return rows[np.sort(at)], others[np.sort(at)]
