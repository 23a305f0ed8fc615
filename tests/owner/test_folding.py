"""Folding never deletes a letter; the fast versions agree with the obvious ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.owner import folding
from tests import reference_normalisation as slow

LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F)).filter(lambda text: not slow.looks_damaged(text))
SERIALS = st.text("ABCDGILOQSUVZ0123456789?", max_size=20)


@given(LETTERS)
def test_fold_agrees_with_its_slow_twin(text: str) -> None:
    assert folding.fold(text) == slow.fold(text)


@given(LETTERS)
def test_no_letter_is_deleted(text: str) -> None:
    assert len(folding.fold(text)) >= len(text)


@given(SERIALS)
def test_ocr_fold_agrees_with_its_slow_twin(serial: str) -> None:
    assert folding.ocr_fold(serial) == slow.ocr_fold(serial)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("name", ["Muñoz", "Núñez", "Güemes", "Étienne", "François", "Ibáñez Óscar", "Gagné-Lévesque", "MUÑOZ"])
def test_mojibake_is_undone(name: str, encoding: str) -> None:
    assert folding.fold(slow.damage(name, encoding)) == folding.fold(name)


@pytest.mark.parametrize("name", ["Guimarães", "JOÃO", "Château", "Ångström", "Conceição", "SÃO"])
def test_real_letters_are_no_mojibake(name: str) -> None:
    assert folding.repair_mojibake(name) == name
