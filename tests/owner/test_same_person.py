"""Same person? Which registrations meet in a block by their names, and how they compare: a table for a domain expert.

Written as given names | first surname | second surname. A pair meets when a pass over names alone makes a key for both, with birth
when one over names and a birth date does. Levels run from 1, different, to the best of the shipped agreement; - is no evidence.
"""

from pathlib import Path

import numpy as np
import pytest

from linkage.owner.blocking_tokens import blocking_tokens
from linkage.owner.conformance import PUBLIC_KEY
from linkage.owner.encoding import Encoder
from linkage.owner.features import feature_table
from linkage.owner.keys import EncodingKey
from linkage.owner.names import normalise_given_names, normalise_surname
from linkage.owner.variants import CanonicalRecords, Variants, variants_of
from linkage.protocol.agreement import read_agreement
from linkage.protocol.similarity import levels_of, pattern_codes

AGREEMENT = read_agreement(Path(__file__).parents[2] / "configs" / "agreement.toml")
RULE = AGREEMENT.entities["suspect"]
NAMES = ("given_names", "surname_1", "surname_2")

SAME = [  # left, right, meet by names alone?, meet with the birth date?, lowest level of the whole name (8 is the best)
    ("José|Muñoz|Peña", "JOSE|MUNOZ|PENA", True, True, 8),
    ("José|Muñoz|Peña", "JOSE|MUÃ‘OZ|PEÃ‘A", True, True, 8),
    ("José|Muñoz|Peña", "JOSE|MUNNOZ|PENNA", True, True, 6),
    ("Ma. Guadalupe|García|López", "Maria Gpe.|Garcia|Lopez", True, True, 8),
    ("María Guadalupe|García|López", "Guadalupe|Garcia|Lopez", True, True, 5),  # María dropped
    ("Juan|Martínez|Cruz", "Juan|Martinez|", True, True, 5),  # maternal surname dropped
    ("Juan|Martínez|Cruz", "Juan Martinez|Cruz|", True, True, 8),  # maternal surname last, paternal in the middle
    ("Juan|Martínez|Cruz", "Juan|Martinez-Cruz|", True, True, 8),  # hyphenated
    ("Juan|Martínez|Cruz", "Juan|MARTINEZCRUZ|", True, True, 8),  # glued
    ("Juan|Martínez|Cruz", "Juan|Cruz|Martinez", True, True, 8),  # swapped
    ("Juan|Martínez|Cruz", "Martinez|Juan|Cruz", False, True, 8),  # given name and surname swapped
    ("José|de la Torre|Muñoz", "Jose|Torre Munoz|", True, True, 8),  # S27
    ("José|de la Torre|Muñoz", "Jose|Delatorre|Munoz", True, True, 8),
    ("Pancho|Villarreal|Rueda", "Francisco|Villarreal|Rueda", True, True, 6),
    ("Paco|Villarreal|Rueda", "Pancho|Villareal|Rueda", True, True, 6),
    ("Beto|Solís|Mora", "Humberto|Solis|Mora", True, True, 4),
    ("Bill|Thornton|", "William|Thornton|", True, True, 5),
    ("Jean-Pierre|Thibault|", "Jean Pierre|Thibeau|", True, True, 5),
    ("Marie|St-Pierre|", "Marie|Saint Pierre|", True, True, 8),
    ("Luc|L'Écuyer|", "Luc|Lecuyer|", True, True, 8),
    ("Luc|Gauthier dit Larouche|", "Luc|Larouche|", True, True, 4),
    ("Javier|Jiménez|Varela", "Xavier|Ximenez|Barela", True, True, 3),
]

OTHERS = [  # relatives and strangers: left, right, highest levels of second surname and whole name
    ("Héctor|Beltrán|Sánchez", "Hector|Beltran|Leyva", 1, 4),  # cousins: the second surname disagrees
    ("José|Ruelas|Torres", "Jose|Ruelas|Ávila", 1, 5),
    ("Ana|García|López", "Rosa|Garcia|Lopez", 3, 5),  # sisters
    ("Juan|Pérez|Gómez", "Luis|Hernández|Ruiz", 1, 1),
]


def variants(*written: str) -> Variants:
    cells: dict[str, list[tuple[object, ...]]] = {name: [] for name in NAMES} | {"date_of_birth": [("19800304",)] * len(written)}
    for person in written:
        given, *surnames = person.split("|")
        values = [normalise_given_names(given), *map(normalise_surname, surnames)]
        for name, value in zip(NAMES, values, strict=True):
            cells[name].append((value,) if value else ())
    return variants_of(CanonicalRecords(["left", "right"], ["", ""], cells), RULE)


def meet(pair: Variants, fields: set[str]) -> bool:
    """Whether a pass over these fields alone makes a token for both."""
    passes = {name: rule.components(5000) for name, rule in RULE.passes.items()}
    chosen = {name: parts for name, parts in passes.items() if {field for part in parts for field in part.held} <= fields}
    tokens = blocking_tokens(pair, chosen, "suspect", PUBLIC_KEY)
    left, right = ({tuple(half) for half in tokens.halves[tokens.rows == row].tolist()} for row in (0, 1))
    return not left.isdisjoint(right)


def levels(pair: Variants) -> dict[str, int]:
    filters = Encoder(feature_table(pair, RULE), AGREEMENT, "suspect", EncodingKey(PUBLIC_KEY)).encode(
        np.ones((2, 2), np.uint64), np.arange(2)
    )
    rows = (np.zeros(1, np.uint32), np.ones(1, np.uint32))
    found = levels_of(pattern_codes(RULE, AGREEMENT.encoding.diffusion, filters, filters, rows), RULE)[0].tolist()
    return dict(zip(RULE.filter_names, found, strict=True))


@pytest.mark.parametrize(("left", "right", "by_names", "with_birth", "whole_name"), SAME)
def test_one_person_meets_and_resembles(left: str, right: str, by_names: bool, with_birth: bool, whole_name: int) -> None:
    pair = variants(left, right)
    assert meet(pair, {*NAMES}) is by_names
    assert meet(pair, {*NAMES, "date_of_birth"}) is with_birth
    assert levels(pair)["whole_name"] >= whole_name


@pytest.mark.parametrize(("left", "right", "second", "whole_name"), OTHERS)
def test_another_person_differs(left: str, right: str, second: int, whole_name: int) -> None:
    found = levels(variants(left, right))
    assert found["surname_2"] <= second
    assert found["whole_name"] <= whole_name
