"""When two records of one table are the same: how values compare, and which agreement is enough. Policy, in tables."""

from collections.abc import Callable

import numpy as np
from jellyfish import jaro_winkler_similarity
from numpy.typing import NDArray

Texts = frozenset[str]
Comparison = Callable[[Texts, Texts], float]
Levels = NDArray[np.float64]

AGREES, DIFFERS = 0.93, 0.86  # Jaro-Winkler similarity of names
SHORTEST_SERIAL = 5


def similar(left: Texts, right: Texts) -> float:
    """Best similarity of any two values: 1 from ``AGREES`` on, 0 below ``DIFFERS``."""
    best = max(jaro_winkler_similarity(one, other) for one in left for other in right)
    return 1.0 if best >= AGREES else 0.0 if best < DIFFERS else 0.5


def given_similar(left: Texts, right: Texts) -> float:
    """As ``similar``, word by word: José Luis and José Manuel are brothers, Daniel and Daniela twins, José and José Luis may be one man."""
    best = max(min(map(_word, one.split(), other.split())) for one in left for other in right)
    return 1.0 if best >= AGREES else 0.0 if best < DIFFERS else 0.5


def _word(left: str, right: str) -> float:
    return 0.0 if left + "A" == right or right + "A" == left else jaro_winkler_similarity(left, right)


def equal(left: Texts, right: Texts) -> float:
    """1 when any value is shared, 0 otherwise."""
    return float(not left.isdisjoint(right))


def equal_serial(left: Texts, right: Texts) -> float:
    """As ``equal``, but what is shared and shorter than ``SHORTEST_SERIAL`` says nothing: every maker has a gun number 375."""
    shared = left & right
    if not shared:
        return 0.0
    return 1.0 if any(len(serial) >= SHORTEST_SERIAL and "?" not in serial for serial in shared) else 0.5


def equal_date(left: Texts, right: Texts) -> float:
    """As ``equal``, but neither where one is a part of the other, or a typing error away: one other digit, day and month turned."""
    if not left.isdisjoint(right):
        return 1.0
    return 0.5 if any(_near(one, other) for one in left for other in right) else 0.0


def _near(one: str, other: str) -> bool:
    wrong = sum(a != b for a, b in zip(one, other, strict=False))
    return wrong <= (len(one) == len(other)) or one == other[:4] + other[6:8] + other[4:6]


def same_name(left: Texts, right: Texts) -> float:
    """1 when the words of two names of organizations are the same up to spelling, 0 when neither has all the words of the other.

    Numbers must be the same, and no word may stand without its like: East is not West.
    """
    return max(_words(one.split(), other.split()) for one in left for other in right)


def _words(left: list[str], right: list[str]) -> float:
    short, long = sorted((left, right), key=len)
    rest = list(long)
    for word in short:
        like = max(rest, key=lambda other: (jaro_winkler_similarity(word, other), other), default="")
        if not like or jaro_winkler_similarity(word, like) < AGREES or (word != like and not (word + like).isalpha()):
            return 0.0
        rest.remove(like)
    if rest:
        return 0.5 if len(short) > 1 else 0.0
    return 1.0


# what says that a cell, whatever it holds, is the same as itself; a short serial is not
CERTAIN_OF_ITSELF: frozenset[Comparison] = frozenset({similar, given_similar, equal, equal_date, same_name})

# kind of field -> class, how values compare
IDENTIFIERS = (
    "curp", "rfc", "ine", "ssn", "fbi_ucn", "fps", "sin", "passport", "driver_licence", "ein", "bn", "neq", "lei", "ffl", "ballistic_id",
)  # fmt: skip
KINDS: dict[str, tuple[str, Comparison]] = {
    "given_names": ("given_name", given_similar),
    "surname": ("surname", similar),
    "organization_name": ("name", same_name),
    "date": ("date", equal_date),
    "sex": ("sex", equal),
    "street": ("street", similar),
    "house_number": ("house_number", equal),
    "postal_code": ("postal_code", equal),
    "phone": ("contact", equal),
    "email": ("contact", equal),
    "serial": ("serial_number", equal_serial),
    "make": ("make", equal),
    "model": ("model", equal),
    "calibre": ("calibre", equal),
    "firearm_type": ("firearm_type", equal),
    **dict.fromkeys(IDENTIFIERS, ("identifier", equal)),
}

# classes in which a difference means another person, gun or company
CONTRADICTING = frozenset(
    {"given_name", "surname", "name", "date", "sex", "identifier", "serial_number", "make", "calibre", "firearm_type"}
)

# any line is enough; a line is met when every set on it has a class that agrees
ENOUGH: list[list[set[str]]] = [
    [{"given_name"}, {"surname"}, {"identifier"}],
    [{"given_name"}, {"surname"}, {"date"}, {"street", "postal_code", "contact"}],
    [{"given_name"}, {"surname"}, {"near_date"}, {"address", "contact"}],
    [{"given_name"}, {"date"}, {"contact"}],
    [{"given_name"}, {"date"}, {"address"}],
    [{"name"}, {"address", "contact", "identifier"}],
    [{"near_name"}, {"address"}, {"contact"}],
    [{"serial_number"}, {"make"}, {"model"}],
]
NOT_NAMED = {"street", "house_number", "postal_code", "near_date", "near_name"}
ADDRESS = [{"street"}, {"house_number", "postal_code"}]


def class_of(kind: str) -> str:
    return KINDS[kind][0] if kind in KINDS else ""


def comparison_of(kind: str) -> Comparison:
    """How values of a kind compare; ``KeyError`` for a kind that says nothing about identity."""
    return KINDS[kind][1]


class Evidence:
    """Levels of the compared fields by class, each (pairs,): 1 agrees, 0 contradicts, 0.5 neither, NaN missing."""

    def __init__(self, levels: dict[str, Levels], kinds: dict[str, str]) -> None:
        self._agrees: dict[str, NDArray[np.bool_]] = {}
        self._differs: dict[str, NDArray[np.bool_]] = {}
        self._count = len(next(iter(levels.values())))
        near: dict[str, NDArray[np.bool_]] = {}
        for field, level in levels.items():
            name = class_of(kinds[field])
            for found, held in ((self._agrees, level == 1.0), (near, level >= 0.5), (self._differs, level == 0.0)):
                found[name] = found[name] | held if name in found else held
        self._agrees |= {f"near_{name}": near[name] for name in ("date", "name") if name in near}
        self._agrees["address"] = self._all(ADDRESS)

    def enough(self) -> NDArray[np.bool_]:
        """Pairs that meet a line of ``ENOUGH``."""
        return np.asarray(np.any([self._all(line) for line in ENOUGH], axis=0))

    def contradicted(self) -> NDArray[np.bool_]:
        """Pairs that differ in a class of ``CONTRADICTING``."""
        none = np.zeros(self._count, dtype=bool)
        return np.asarray(np.any([none, *(differs for name, differs in self._differs.items() if name in CONTRADICTING)], axis=0))

    def strength(self) -> NDArray[np.int64]:
        """How many classes agree."""
        return np.asarray(np.sum([agrees.astype(np.int64) for agrees in self._agrees.values()], axis=0))

    def agreeing(self, chosen: NDArray[np.int64]) -> list[str]:
        """The classes that agree, joined with ``+``, of each chosen pair; parts of an agreeing address are not named again."""
        names = sorted(set(self._agrees) - NOT_NAMED)
        return ["+".join(name for name in names if self._agrees[name][at]) for at in chosen]

    def _all(self, line: list[set[str]]) -> NDArray[np.bool_]:
        none = np.zeros(self._count, dtype=bool)
        met = [np.any([none, *(self._agrees[name] for name in names if name in self._agrees)], axis=0) for names in line]
        return np.asarray(np.all(met, axis=0))
