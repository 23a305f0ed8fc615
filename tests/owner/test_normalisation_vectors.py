"""The golden table of canonical values, every kind covered."""

import tomllib
from pathlib import Path

import pytest

from linkage.owner.normalisation import NORMALISERS, normalise
from linkage.protocol.errors import InvalidValue

TABLE = tomllib.loads((Path(__file__).parents[1] / "vectors" / "normalisation.toml").read_text(encoding="utf-8"))
ROWS = [(kind, typed, canonical) for kind, rows in TABLE.items() for typed, canonical, _ in rows]


@pytest.mark.parametrize(("kind", "typed", "canonical"), ROWS)
def test_canonical_value(kind: str, typed: str, canonical: str) -> None:
    if canonical == "!":
        with pytest.raises(InvalidValue):
            normalise(kind, typed)
    else:
        assert normalise(kind, typed) == (None if canonical == "-" else canonical)


def test_every_kind_has_its_vectors_and_every_vector_its_origin() -> None:
    assert set(TABLE) == set(NORMALISERS)
    assert all(origin for rows in TABLE.values() for _, _, origin in rows)
