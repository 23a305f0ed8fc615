"""Check digits of whole columns are those of python-stdnum, number by number; scattered numbers are distinct."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import lei as stdnum_lei
from stdnum import luhn
from stdnum.mx import curp as stdnum_curp
from stdnum.mx import rfc as stdnum_rfc

from linkage.lab import identifiers
from linkage.lab.draws import LETTERS, filled, space_of, texts
from linkage.lab.plan import Plan
from linkage.lab.population import invent_world
from linkage.lab.scattering import Numbers
from linkage.owner.identifiers import check, normalise_bn, normalise_fbi_ucn, normalise_ffl, normalise_neq

PLAN = Plan(400, 0.2, "typical", seed=2)
WORLD = invent_world(PLAN.rng(0), PLAN, 0)


def given_out(column: np.ndarray) -> list[str]:
    return [number for number in column.tolist() if number]


@pytest.mark.parametrize("kind", ["curp", "rfc", "sin", "fbi_ucn"])
def test_numbers_of_people_check(kind: str) -> None:
    numbers = given_out(WORLD.people.facts[kind])
    assert len(numbers) > 100
    assert all(check(kind, number) for number in numbers)


def test_stdnum_agrees() -> None:
    assert all(stdnum_curp.is_valid(code) for code in given_out(WORLD.people.facts["curp"]))
    assert all(stdnum_rfc.calc_check_digit(code[:-1]) == code[-1] for code in given_out(WORLD.people.facts["rfc"]))
    companies = WORLD.organizations.facts
    assert all(stdnum_rfc.calc_check_digit(code[:-1]) == code[-1] for code in given_out(companies["rfc"]))
    assert all(stdnum_lei.is_valid(code) for code in given_out(companies["lei"]))
    assert all(luhn.is_valid(normalise_bn(code) or "") for code in given_out(companies["bn"]))
    assert len(given_out(companies["lei"])) > 20


def test_a_curp_is_that_of_its_person() -> None:
    people = WORLD.people
    for code, born, sex in zip(people.facts["curp"], people.facts["date_of_birth"], people.sex, strict=True):
        if code:
            assert str(stdnum_curp.get_birth_date(code)) == born and stdnum_curp.get_gender(code) == {"F": "F", "M": "M"}[sex]


def test_an_rfc_begins_as_the_curp() -> None:
    people = WORLD.people.facts
    assert all(rfc[:10] == curp[:10] for rfc, curp in zip(people["rfc"], people["curp"], strict=True))


def test_the_owner_reads_them_all() -> None:
    assert all(normalise_fbi_ucn(code) == code for code in given_out(WORLD.people.facts["fbi_ucn"]))
    licences = given_out(WORLD.organizations.facts["ffl"])
    assert licences and len({normalise_ffl(code) for code in licences}) == len(licences)
    assert all(normalise_neq(code) == code for code in given_out(WORLD.organizations.facts["neq"]))


@given(st.integers(0, 2**31), st.integers(0, 10**6), st.integers(10**6 + 100, 10**12))
def test_scattered_numbers_are_distinct(seed: int, first: int, space: int) -> None:
    found = Numbers(seed, first).scattered("x", np.arange(100), space)
    assert len(set(found.tolist())) == 100 and found.min() >= 0 and found.max() < space


def test_chunks_never_meet() -> None:
    whole = Numbers(1, 0).scattered("ssn", np.arange(5000), 664 * 99 * 9999)
    parts = [Numbers(1, start).scattered("ssn", np.arange(1000), 664 * 99 * 9999) for start in range(0, 5000, 1000)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_too_small_a_space_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        Numbers(1, 90).scattered("x", np.arange(20), 100)


@pytest.mark.parametrize("shape", ["AAA999", "99-A9", "A", "ABC"])
def test_a_shape_is_filled_in_order_and_each_number_once(shape: str) -> None:
    many = min(space_of(shape), 5000)
    made = filled(np.arange(many), shape).tolist()
    assert len(set(made)) == many and made == sorted(made)
    assert all(len(text) == len(shape) for text in made)


def test_look_alike_letters_are_left_out() -> None:
    assert not set("IOQ") & set(LETTERS)


def test_namesakes_are_counted() -> None:
    assert identifiers.namesakes(texts(["a", "b", "a", "a"])).tolist() == [0, 0, 1, 2]
