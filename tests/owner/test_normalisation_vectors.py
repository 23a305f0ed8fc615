"""The golden tables of canonical values, every kind covered."""

import tomllib
from itertools import chain
from pathlib import Path

import pytest

from linkage.owner.normalisation import NORMALISERS, normalise
from linkage.protocol.errors import InvalidValue

VECTORS = Path(__file__).parents[1] / "vectors"
TABLES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.glob("*.toml")) if path.stem != "encoding"]
KINDS = dict(chain.from_iterable(((kind, rows) for kind, rows in table.items() if kind in NORMALISERS) for table in TABLES))
ROWS = [(kind, typed, canonical) for kind, rows in KINDS.items() for typed, canonical, _ in rows]


@pytest.mark.parametrize(("kind", "typed", "canonical"), ROWS)
def test_canonical_value(kind: str, typed: str, canonical: str) -> None:
    if canonical == "!":
        with pytest.raises(InvalidValue):
            normalise(kind, typed)
    else:
        assert normalise(kind, typed) == (None if canonical == "-" else canonical)


def test_every_kind_has_its_vectors_and_every_vector_its_origin() -> None:
    assert set(KINDS) == set(NORMALISERS)
    assert all(row[-1] for table in TABLES for rows in table.values() for row in rows)
