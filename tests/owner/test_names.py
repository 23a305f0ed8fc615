"""Full names taken apart, and registers that write one person in several ways."""

import pytest

from linkage.owner.full_names import split_full_name
from linkage.owner.names import normalise_given_names, normalise_surname

FULL_NAMES = [  # as written, given names, first surname, second surname
    ("José de la Torre Muñoz", "JOSE", "TORRE", "MUNOZ"),
    ("Torre Munoz, Jose de la", "JOSE", "TORRE", "MUNOZ"),  # how a US manual indexes the same person
    ("MARTINEZ CRUZ, Juan Carlos", "JUAN CARLOS", "MARTINEZ", "CRUZ"),
    ("de la Cruz Peña, María", "MARIA", "CRUZ", "PENA"),
    ("SMITH, JOHN, JR", "JOHN", "SMITH", None),
    ("John Smith, Jr.", "JOHN", "SMITH", None),  # the comma separates a suffix
    ("Madonna", None, "MADONNA", None),
    ("Juan Pérez", "JUAN", "PEREZ", None),
    ("Juan Pérez Gómez", "JUAN", "PEREZ", "GOMEZ"),
    ("Juan Carlos Pérez Gómez", "JUAN CARLOS", "PEREZ", "GOMEZ"),
    ("Ma. de los Ángeles García de la Peña", "MARIA ANGELES", "GARCIA", "PENA"),
    ("María del Carmen López", "MARIA CARMEN", "LOPEZ", None),  # a devotional name stays with María
    ("José de Jesús García Pérez", "JOSE JESUS", "GARCIA", "PEREZ"),
    ("Jean-Pierre Tremblay", "JEAN PIERRE", "TREMBLAY", None),
    ("Ana García-López", "ANA", "GARCIA", "LOPEZ"),  # hyphenated surnames are two
    ("José Ortega y Gasset", "JOSE", "ORTEGA", "GASSET"),
    ("Ludwig van Beethoven", "LUDWIG", "VANBEETHOVEN", None),
    ("Dr. Juan Pérez", "JUAN", "PEREZ", None),
    ("N/A", None, None, None),
    (", ,", None, None, None),
]

SAME_SURNAME = [  # left, right, same spelling after normalising?
    ("De La Cruz", "DELACRUZ", True),
    ("De La Cruz", "Cruz", True),
    ("García-López", "Garcia Lopez", True),
    ("O'Neill", "O NEILL", True),
    ("St-Pierre", "Saint-Pierre", True),
    ("LeBlanc", "Le Blanc", True),
    ("Van Buren", "VanBuren", True),
    ("Muñoz", "Munoz", True),
    ("Peña", "Pérez", False),
    ("Tremblay", "Gauthier", False),
]


@pytest.mark.parametrize(("written", "given", "first", "second"), FULL_NAMES)
def test_split_full_name(written: str, given: str | None, first: str | None, second: str | None) -> None:
    assert split_full_name(written) == (given, first, second)


@pytest.mark.parametrize(("left", "right", "same"), SAME_SURNAME)
def test_same_surname(left: str, right: str, same: bool) -> None:
    assert (normalise_surname(left) == normalise_surname(right)) is same


def test_long_names_are_cut_between_words() -> None:
    name = normalise_given_names("Guadalupe " * 20) or ""
    assert len(name) <= 64
    assert set(name.split()) == {"GUADALUPE"}
