"""Lengths on the way tell counts in coarse classes alone."""

import math
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.protocol.errors import TrilinkError
from linkage.protocol.sealing import Draft, Expectation, open_sealed, seal
from linkage.protocol.size_classes import padded_length
from tests.ledger_parties import EPOCH, UNIT, Correspondents


def padme(length: int) -> int:
    """The paper's own words: keep as many leading bits as the exponent has bits, round the rest up."""
    if length < 2:
        return length
    exponent = math.floor(math.log2(length))
    last_bits = exponent - (math.floor(math.log2(exponent)) + 1 if exponent else 1)
    mask = (1 << max(last_bits, 0)) - 1
    return (length + mask) & ~mask


@given(length=st.integers(0, 2**45))
def test_classes_are_those_of_the_paper(length: int) -> None:
    padded = padded_length(length)
    assert padded == padme(length) == padded_length(padded)
    assert length <= padded <= length * 1.12 + 1


@given(length=st.integers(0, 2**40), more=st.integers(0, 2**20))
def test_more_is_never_less(length: int, more: int) -> None:
    assert padded_length(length) <= padded_length(length + more)


@pytest.fixture
def parties(tmp_path: Path) -> Correspondents:
    return Correspondents(tmp_path)


def sealed(parties: Correspondents, kind: str, size: int, name: str = "part") -> Path:
    path = parties.folder / f"{kind}.{size}.sealed"
    draft = Draft(kind, parties.agreement.fingerprint, EPOCH, {"entity": "suspect"}, timedelta(days=9))
    seal(draft, {name: b"x" * size}, parties.public[UNIT], parties.keys["mx"], path)
    return path


@pytest.mark.parametrize("kind", ["package", "regroup_request", "regroup_answer", "list"])
def test_two_counts_of_one_class_look_alike(kind: str, parties: Correspondents) -> None:
    """Positive control: a contribution, whose length is always the same, is not padded, and shows its length."""
    sizes = {sealed(parties, kind, size).stat().st_size for size in range(100_000, 101_000, 20)}
    assert len(sizes) <= 2 and sealed(parties, kind, 130_000).stat().st_size > max(sizes)
    assert len({sealed(parties, "contribution", size).stat().st_size for size in (100_001, 100_990)}) == 2


def test_padding_is_never_handed_out(parties: Correspondents) -> None:
    path = sealed(parties, "package", 100_001)
    expect = Expectation("package", parties.agreement.fingerprint, EPOCH, parties.now)
    with open_sealed(path, parties.keys[UNIT], parties.public, expect) as message:
        assert {part.name for part in message.manifest.parts} == {"part", "padding"}
        assert set(message.read_parts()) == {"part"}
    with open_sealed(path, parties.keys[UNIT], parties.public, expect) as message:
        assert set(message.extract(parties.folder / "out")) == {"part"}
    assert [left.name for left in (parties.folder / "out").iterdir()] == ["part"]


def test_no_part_of_ours_is_named_padding(parties: Correspondents) -> None:
    with pytest.raises(TrilinkError, match="padding is no name for a part"):
        sealed(parties, "package", 10, "padding")
    assert not list(parties.folder.glob("*.sealed"))
